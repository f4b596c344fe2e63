import type { KubeObject } from '../../api/index.ts';
import { closest, types } from '../../template/index.ts';
import { digs } from '../../template/reads.ts';
import type { CompiledPolicy, PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
import { describeKeys, keysOf } from '../secret-keys.ts';
import type { Evidence, Followed } from '../trial/evidence.ts';
import type { Expression, Statement } from '../places/statements.ts';
import { callsOf, expressionsOf, isTaken, mapOf, partsOf } from '../places/statements.ts';
import type { Check } from './check.ts';
import { placeOfRead } from '../place.ts';

/** The kinds whose keys the author of a policy has to know. */
const kinds: ReadonlyMap<string, string> = new Map([
  ['secrets', 'Secret'],
  ['configmaps', 'ConfigMap'],
]);

/**
 * Keys that templates read from Secrets and ConfigMaps, and that none of the known objects has. If nothing checks
 * whether the key exists, that is an error, unless an existing source renders well without it. If something checks
 * that, only a key that resembles an existing one is reported, as a warning.
 */
export function checkSecretKeys(
  { references, templates }: Pick<CompiledPolicy, 'references' | 'templates'>,
  { existing }: Pick<Evidence, 'existing'>,
): readonly Finding[] {
  const tested = new Set(templates.flatMap(testedKeys));
  const reportedKeys = new Set<string>();
  const findings: Finding[] = [];
  for (const template of templates) {
    for (const read of template.template.readPaths) {
      const [root, reference, field, key] = read.path;
      if (root !== 'references' || reference === undefined || key === undefined || key === '*') continue;
      if (field !== 'data' && field !== 'binaryData') continue;
      const kind = kindOf(references, reference);
      const name = JSON.stringify([reference, key]);
      if (kind === undefined || reportedKeys.has(name)) continue;
      const followed = existing.filter((each) => comesBy(each, template, read));
      const objects = distinct(followed.flatMap(({ live }) => live.references[reference] ?? []));
      if (objects.length === 0 || objects.some((object) => keysOf(object).has(key))) continue;
      const keys = new Set(objects.flatMap((object) => [...keysOf(object)]));
      const suggestion = closest(key, keys);
      const isTested = tested.has(name);
      if (isTested && suggestion === undefined) continue;
      reportedKeys.add(name);
      const isWell = followed.some(({ outcome }) => outcome.kind === 'rendered');
      findings.push({
        severity: isTested || isWell ? 'warning' : 'error',
        code: 'unknown-key',
        field: template.field,
        ...placeOfRead(template.template, read),
        message: messageFor(kind, reference, key, objects.length, keys),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
  return findings;
}

function messageFor(
  kind: string,
  reference: string,
  key: string,
  count: number,
  keys: ReadonlySet<string>,
): string {
  const which =
    count === 1
      ? `the ${kind} at hand does not have the key "${key}"`
      : `none of the ${String(count)} ${kind}s at hand has the key "${key}"`;
  return `.references.${reference}: ${which}; ${count === 1 ? 'it has' : 'they have'} ${describeKeys(keys)}`;
}

function kindOf(references: CompiledPolicy['references'], key: string): string | undefined {
  const reference = references.find((each) => each.key === key);
  return reference?.group === '' ? kinds.get(reference.resource) : undefined;
}

type Read = PolicyTemplate['template']['readPaths'][number];

/** Whether the rendering of an existing source reached the place where a key is read. */
function comesBy({ outcome }: Followed, { field, template }: PolicyTemplate, read: Read): boolean {
  const map = mapOf(template);
  const placed = map.at(map.offsetOf(read));
  if (placed === undefined) return false;
  return [...outcome.traces].some(
    ([stage, trace]) => stage.template.field === field && isTaken(placed, trace),
  );
}

function distinct(objects: readonly KubeObject[]): readonly KubeObject[] {
  const place = ({ metadata: { namespace = '', name } }: KubeObject) => `${namespace}/${name}`;
  return [...new Map(objects.map((object) => [place(object), object])).values()];
}

/** The keys of references that a template tests before it uses them. */
function testedKeys({ role, template }: PolicyTemplate): readonly string[] {
  const map = mapOf(template);
  const conditions = map.all.flatMap(({ statement }) => conditionsIn(statement));
  const variables = new Set(
    conditions.flatMap(partsOf).flatMap((part) => (part.kind === 'variable' ? [part.id] : [])),
  );
  const asks = (statement: Statement): boolean =>
    conditionsIn(statement).length > 0 ||
    expressionsOf(statement)
      .flatMap(partsOf)
      .some((part) => part.kind === 'assignment' && part.ids.some((id) => variables.has(id)));
  return template.readPaths.flatMap((read) => {
    const [root, reference, , key] = read.path;
    if (root !== 'references' || reference === undefined || key === undefined) return [];
    const placed = map.at(map.offsetOf(read));
    const isAsked = role === 'condition' || (placed !== undefined && asks(placed.statement));
    return isAsked ? [JSON.stringify([reference, key])] : [];
  });
}

/**
 * The expressions on which a statement decides: the condition of a block, and calls that choose or return true or
 * false.
 */
function conditionsIn(statement: Statement): readonly Expression[] {
  const blocks = 'body' in statement ? [statement.value] : [];
  const calls = callsOf(expressionsOf(statement)).filter(
    ({ called, args }) =>
      called.choice !== undefined ||
      called.reads === digs ||
      called.result?.(args.map(() => types.unknown))?.booleans !== undefined,
  );
  return [...blocks, ...calls];
}

export const secretKeys: Check = {
  of: 'evidence',
  run: ({ compiled, evidence }) => checkSecretKeys(compiled, evidence),
};
