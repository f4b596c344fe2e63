import type { FunctionTable, RemovedFunction, TemplateFunction } from '../template/function.ts';
import { conversion } from './chapters/conversion.ts';
import { crypto } from './chapters/crypto.ts';
import { dates } from './chapters/dates.ts';
import { defaults } from './chapters/defaults.ts';
import { dicts } from './chapters/dicts.ts';
import { encoding } from './chapters/encoding.ts';
import { floatMath } from './chapters/float-math.ts';
import { environment } from './chapters/environment.ts';
import { flow } from './chapters/flow.ts';
import { json } from './chapters/json.ts';
import { kubeconfig } from './chapters/kubeconfig.ts';
import { lists } from './chapters/lists.ts';
import { math } from './chapters/math.ts';
import { paths } from './chapters/paths.ts';
import { quoting } from './chapters/quoting.ts';
import { random } from './chapters/random.ts';
import { reflection } from './chapters/reflection.ts';
import { regex } from './chapters/regex.ts';
import { semver } from './chapters/semver.ts';
import { strings } from './chapters/strings.ts';
import { urls } from './chapters/urls.ts';
import { yaml } from './chapters/yaml.ts';

/**
 * Every function that templates may name besides Go's builtins: sprig v3.3.0's by chapter, Helm's for YAML, and this
 * project's own for kubeconfigs. Functions that are not available are included, with the reason.
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
    ...kubeconfig,
  }),
);

export { KubeconfigError, readKubeconfig } from './kubeconfig/read.ts';
export type { Kubeconfig, KubeconfigFault, KubeconfigNeed, KubeconfigOptions } from './kubeconfig/read.ts';
