import { isDeepStrictEqual } from 'node:util';
import { readYaml, YamlError } from '../../../src/sprig/yaml/reader.ts';

/** What Go makes of a text. */
export interface Answer {
  readonly text: string;
  readonly go: unknown;
}

const unlimited = { charge: (): void => undefined };

/** What a text says for the product, in plain JSON, or undefined where it is refused. */
export function saidBy(text: string): unknown {
  try {
    return plain(readYaml(text, unlimited));
  } catch (error) {
    if (error instanceof YamlError) return undefined;
    throw error;
  }
}

/** Whether the product accepts a text, and reads it otherwise than Go does. */
export function isReadDifferently({ text, go }: Answer): boolean {
  const said = saidBy(text);
  return said !== undefined && !isDeepStrictEqual(said, go);
}

/** Numbers of templates are objects with a kind and a value. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('kind' in value && 'value' in value && Object.keys(value).length === 2) return value.value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}
