import { NotSelfContainedError, PublicFunctionError } from '../../template/function.ts';
import type { CallContext } from '../../template/function.ts';
import { undone } from '../../template/inverse.ts';
import { always, aString } from '../../template/results.ts';
import { entriesOf, isPlainMap, itemsOf } from '../../template/types.ts';
import { base64, boolean, recordOf, string } from '../../template/typing/type.ts';
import type { Value, ValueMap } from '../../template/value.ts';
import type { Inverse } from '../../template/wish.ts';
import { chargeText, fixed, mapArgument, variadic } from '../define.ts';
import type { Chapter } from '../define.ts';
import { checkDepth, kindName, typeName } from '../kinds.ts';
import { KubeconfigError, readKubeconfig } from '../kubeconfig/read.ts';
import type { Kubeconfig, KubeconfigFault, KubeconfigNeed } from '../kubeconfig/read.ts';
import { KubeconfigPartError, textParts, writeKubeconfig } from '../kubeconfig/write.ts';
import type { TextPart } from '../kubeconfig/write.ts';

/** Messages quote nothing of a kubeconfig: people may read them who must not read the kubeconfig. */
const failure = (message: string): PublicFunctionError => new PublicFunctionError(message);

const faults: Readonly<Record<KubeconfigFault, string>> = {
  'context-not-found': 'it has no such context',
  'no-server': 'it has no server',
  'bad-proxy-url': 'its proxy-url is neither http, https nor socks5',
  'two-authorities': 'it has both certificate-authority and certificate-authority-data',
  'two-certificates': 'it has both client-certificate and client-certificate-data',
  'two-keys': 'it has both client-key and client-key-data',
  'certificate-without-key': 'it has a client certificate without its key',
  'several-methods': 'it has both a token and a user name with password',
  'impersonation-without-user': 'it has as-groups or kin without as',
};

function needText({ kind, field }: KubeconfigNeed): string {
  switch (kind) {
    case 'exec':
      return 'a program (exec)';
    case 'auth-provider':
      return 'a plugin (auth-provider)';
    case 'file':
      return `a file (${field})`;
  }
}

function problemOf({ faults: found, impersonates }: Kubeconfig): string | undefined {
  const [fault] = found;
  if (fault !== undefined) return faults[fault];
  return impersonates ? 'it acts as another user (as), for which there is no field' : undefined;
}

function fromKubeconfig(args: readonly Value[], context: CallContext): ValueMap {
  const [kubeconfig, name] = (args as readonly string[]).toReversed();
  if (kubeconfig === undefined || args.length > 2)
    throw failure('give a kubeconfig, or the name of a context and a kubeconfig');
  const config = read(kubeconfig, name, context);
  if (config.needs.length > 0) {
    const needs = config.needs.map(needText).join(', ');
    throw new NotSelfContainedError(`cannot use the kubeconfig: it does not stand alone, it needs ${needs}`);
  }
  const problem = problemOf(config);
  if (problem !== undefined) throw failure(`cannot use the kubeconfig: ${problem}`);
  const parts = Object.fromEntries(textParts.map((part) => [part, config[part] ?? '']));
  return { ...parts, insecure: config.insecure };
}

function read(kubeconfig: string, name: string | undefined, context: CallContext): Kubeconfig {
  try {
    return readKubeconfig(kubeconfig, { context: name, budget: context });
  } catch (error) {
    if (error instanceof KubeconfigError) throw failure(`cannot use the kubeconfig: ${error.message}`);
    throw error;
  }
}

/** Steps for each KiB of the parts, because they are decoded, encoded and joined. */
const STEPS_PER_KI_B = 60;

function toKubeconfig(map: ValueMap, context: CallContext): string {
  const parts: Partial<Record<TextPart, string>> = {};
  const keys = Object.keys(map);
  context.charge(keys.length);
  for (const key of keys) {
    const value = map[key];
    if (key === 'insecure' || key === 'exec' || value === undefined || value === null) continue;
    if (!isTextPart(key)) throw failure(`unknown part; a kubeconfig is made of ${KNOWN}`);
    if (typeof value !== 'string') throw failure(`${key} must be a string, but is ${kindName(value)}`);
    context.charge(1 + Math.ceil((value.length * STEPS_PER_KI_B) / 1024));
    parts[key] = value;
  }
  try {
    const exec = execOf(map['exec'], context);
    const text = writeKubeconfig({ ...parts, exec, insecure: insecureOf(map['insecure']) });
    context.checkLength(text.length);
    return text;
  } catch (error) {
    if (error instanceof KubeconfigPartError) throw failure(`cannot make a kubeconfig: ${error.message}`);
    throw error;
  }
}

const KNOWN = [...textParts, 'insecure', 'exec'].join(', ');

function isTextPart(key: string): key is TextPart {
  return (textParts as readonly string[]).includes(key);
}

function execOf(value: Value, context: CallContext): ValueMap {
  if (value === undefined || value === null) return {};
  if (!isPlainMap(value)) throw failure(`exec must be a map, but is ${typeName(value)}`);
  return copyOf(value, context, 0) as ValueMap;
}

/** A value in JSON's types: typed lists become lists. */
function copyOf(value: Value, context: CallContext, depth: number): Value {
  checkDepth(depth);
  context.charge(2);
  if (typeof value === 'string') chargeText(context, value.length * 8);
  const items = itemsOf(value);
  if (items) return items.map((item) => copyOf(item, context, depth + 1));
  if (!isPlainMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, copyOf(item, context, depth + 1)]),
  );
}

function insecureOf(value: Value): boolean {
  if (value === undefined || value === null || value === '') return false;
  if (typeof value !== 'boolean') throw failure(`insecure must be true or false, but is ${typeName(value)}`);
  return value;
}

const partsType = recordOf({
  ...Object.fromEntries(textParts.map((part) => [part, part.endsWith('Data') ? base64 : string])),
  insecure: boolean,
});

/** A kubeconfig with some given parts, for samples. Missing parts are made up, so that it is usable. */
function sampleOf(wished: Value): string {
  const map = entriesOf(wished) ?? {};
  const given = textParts.flatMap((part) => {
    const value = map[part];
    return typeof value === 'string' ? [[part, value] as const] : [];
  });
  const usual = { server: 'https://kubeconfig.example.com:6443', caData: 'Y2E=', tokenData: 'dG9rZW4=' };
  try {
    return writeKubeconfig({
      ...usual,
      ...Object.fromEntries(given.filter(([part, value]) => part !== 'server' || value !== '')),
      insecure: map['insecure'] === true,
    });
  } catch (error) {
    if (error instanceof KubeconfigPartError) return writeKubeconfig(usual);
    throw error;
  }
}

/** The last argument is the kubeconfig. */
const madeFromParts: Inverse = (wish, args) => undone(args.length - 1, sampleOf)(wish, args);

/** This project's own functions: they take kubeconfigs apart and put them together. */
export const kubeconfig: Chapter = {
  /**
   * The content of one context of a kubeconfig. The kubeconfig is text or base64. The name of a context may precede it;
   * otherwise the current one is used. The kubeconfig must not need a program, a plugin or a file.
   */
  fromKubeconfig: variadic(['string'], 'string', fromKubeconfig, {
    result: always(partsType),
    inverse: madeFromParts,
    example:
      '"clusters: [{name: c, cluster: {server: \'https://h:6443\'}}]\\nusers: [{name: u, user: {token: t}}]\\ncontexts: [{name: x, context: {cluster: c, user: u}}]\\ncurrent-context: x" | dig "server" ""',
  }),
  /**
   * The text of a kubeconfig, made from the parts that {@link fromKubeconfig} returns. With `exec`, which says how a
   * program is run, it needs that program: Clusterpedia gets it only if the configuration allows the program.
   */
  toKubeconfig: fixed(
    ['map[string]any'],
    ([map], context) => toKubeconfig(mapArgument(map ?? null), context),
    {
      result: aString,
      example: '(dict "server" "https://h:6443" "tokenData" "dA==")',
    },
  ),
};
