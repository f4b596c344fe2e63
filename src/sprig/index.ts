import type { FunctionTable, RemovedFunction, TemplateFunction } from '../template/function.ts';
import { conversion } from './conversion.ts';
import { crypto } from './crypto.ts';
import { dates } from './dates.ts';
import { defaults } from './defaults.ts';
import { dicts } from './dicts.ts';
import { encoding } from './encoding.ts';
import { floatMath } from './float-math.ts';
import { environment } from './environment.ts';
import { flow } from './flow.ts';
import { json } from './json.ts';
import { lists } from './lists.ts';
import { math } from './math.ts';
import { paths } from './paths.ts';
import { quoting } from './quoting.ts';
import { random } from './random.ts';
import { reflection } from './reflection.ts';
import { regex } from './regex.ts';
import { semver } from './semver.ts';
import { strings } from './strings.ts';
import { urls } from './urls.ts';
import { yaml } from './yaml.ts';

/**
 * Every function that templates may name beside Go's builtins: sprig v3.2.3's, by its chapters, and Helm's YAML ones.
 * The functions that are not to be had are in it too, with the reason.
 */
export const allFunctions: FunctionTable = new Map<string, TemplateFunction | RemovedFunction>(
  Object.entries({
    ...strings,
    ...quoting,
    ...lists,
    ...math,
    ...floatMath,
    ...defaults,
    ...json,
    ...encoding,
    ...dicts,
    ...conversion,
    ...reflection,
    ...paths,
    ...flow,
    ...urls,
    ...yaml,
    ...crypto,
    ...dates,
    ...random,
    ...environment,
    ...regex,
    ...semver,
  }),
);
