import { undone } from '../../template/inverse.ts';
import { someMap } from '../../template/results.ts';
import { stringWith, unknown } from '../../template/typing/type.ts';
import { jsonOf } from './json.ts';
import type { CallContext } from '../../template/function.ts';
import type { Value } from '../../template/value.ts';
import { failure, fixed, ofString } from '../define.ts';
import type { Chapter, Traits } from '../define.ts';
import { UnsupportedValue } from '../kinds.ts';
import { unreadable } from '../unreadable.ts';
import { readYaml, YamlError } from '../yaml/reader.ts';
import { YamlWriter } from '../yaml/writer.ts';

function write(value: Value, context: CallContext): Value {
  return new YamlWriter(context).write(value);
}

/** Helm's `toYaml`: if a value cannot be written, the result is empty. */
function toYaml(value: Value, context: CallContext): Value {
  try {
    return write(value, context);
  } catch (error) {
    if (error instanceof UnsupportedValue) return '';
    throw error;
  }
}

function mustToYaml(value: Value, context: CallContext): Value {
  try {
    return write(value, context);
  } catch (error) {
    if (error instanceof UnsupportedValue) throw failure(error.message);
    throw error;
  }
}

/** Helm's `fromYaml`: if the text is not a YAML map, the result is a map with the reason under `Error`. */
function fromYaml(text: string, context: CallContext): Value {
  try {
    return readYaml(text, context);
  } catch (error) {
    if (error instanceof YamlError) return { Error: error.message };
    throw error;
  }
}

function mustFromYaml(text: string, context: CallContext): Value {
  try {
    return readYaml(text, context);
  } catch (error) {
    if (error instanceof YamlError) throw failure(error.message);
    throw error;
  }
}

/** For functions that write YAML, which is structure. */
const writesYaml = {
  result: ([value = unknown]) => stringWith({ encodes: { as: 'yaml', of: value } }),
  structure: 'encodes',
} as const satisfies Traits;

/** The YAML functions that Helm adds to sprig. */
export const yaml: Chapter = {
  toYaml: fixed(['any'], ([value], context) => toYaml(value, context), {
    ...writesYaml,
    example: '(dict "a" 1)',
  }),
  mustToYaml: fixed(['any'], ([value], context) => mustToYaml(value, context), {
    ...writesYaml,
    example: '(dict "a" 1)',
  }),
  fromYaml: ofString(fromYaml, {
    result: someMap,
    pointless: unreadable(mustFromYaml),
    inverse: undone(0, jsonOf),
    example: '"a: [1, x]"',
  }),
  mustFromYaml: ofString(mustFromYaml, {
    result: someMap,
    inverse: undone(0, jsonOf),
    example: '"a: [1, x]"',
  }),
};
