import { isDeepStrictEqual } from 'node:util';
import type { ClusterImportPolicy, ClusterImportPolicySpec } from '../../api/index.ts';
import { DELETION_PROTECTION_ANNOTATION } from '../../api/index.ts';
import { FieldPath, sourceField, specField } from '../field-path.ts';
import type { Finding } from '../finding.ts';
import type { ExistingLifecycle } from './facts.ts';
import type { LiveName } from '../trial/evidence.ts';
import { namesOf } from '../trial/evidence.ts';
import type { Check } from './check.ts';

/** The names that sources render now, for the sources that were examined. */
interface Names {
  readonly names: readonly LiveName[];
  /** Whether these are all names. */
  readonly complete: boolean;
}

/**
 * What an update would delete. With another source, no lifecycle of the policy is wanted any more. With other names or
 * a narrower selection, some are not. They are counted if all sources are known.
 */
export function checkChanges(
  before: ClusterImportPolicySpec | undefined,
  after: ClusterImportPolicySpec,
  ownLifecycles: readonly ExistingLifecycle[],
  live: Names,
): readonly Finding[] {
  const change = before === undefined ? undefined : changeOf(before, after);
  if (change === undefined || ownLifecycles.length === 0) return [];
  const kept = new Set(live.names.map(({ name, source }) => idOf(name, source.source.metadata)));
  const lost = change.everything
    ? ownLifecycles
    : ownLifecycles.filter(({ name, source }) => !kept.has(idOf(name, source)));
  if (lost.length === 0) return [];
  const count = `${change.everything || live.complete ? '' : 'up to '}${String(lost.length)}`;
  const objects = `${count} existing PediaCluster${lost.length === 1 ? '' : 's'}`;
  const message =
    after.deletionPolicy === 'Orphan'
      ? `${change.what} lets go of ${objects}, which nothing keeps up to date then`
      : `${change.what} ${change.verb} ${objects}`;
  return [{ severity: 'warning', code: 'would-delete', field: change.field.text, message }];
}

interface Change {
  readonly field: FieldPath;
  readonly what: string;
  readonly verb: 'replaces' | 'deletes';
  /** Whether no lifecycle stays, whatever its source. */
  readonly everything: boolean;
}

type Spec = ClusterImportPolicySpec;
type Compare = (before: Spec, after: Spec) => Change | undefined;

function changeOf(before: Spec, after: Spec): Change | undefined {
  if (before.source.group !== after.source.group || before.source.resource !== after.source.resource) {
    return { field: specField('source'), what: 'another source', verb: 'replaces', everything: true };
  }
  for (const compare of Object.values(costs)) {
    const change = compare?.(before, after);
    if (change !== undefined) return change;
  }
  return undefined;
}

const otherName: Compare = (before, after) =>
  before.nameTemplate === after.nameTemplate
    ? undefined
    : {
        field: specField('nameTemplate'),
        what: 'another nameTemplate',
        verb: 'replaces',
        everything: false,
      };

const otherSelection: Compare = (before, after) => {
  const changed = selection.find((field) => !isDeepStrictEqual(before.source[field], after.source[field]));
  return (
    changed && {
      field: sourceField(changed),
      what: changed === 'namespaces' ? 'another set of namespaces' : `another ${changed}`,
      verb: 'deletes',
      everything: false,
    }
  );
};

/**
 * How a change of each field may cost existing PediaClusters, if it may; the first one is reported. Leaving a field out
 * does not compile.
 */
const costs: { readonly [K in keyof Required<Spec>]: Compare | undefined } = {
  nameTemplate: otherName,
  source: otherSelection,
  references: undefined,
  template: undefined,
  creationCondition: undefined,
  deletionCondition: undefined,
  deletionPolicy: undefined,
  updatePolicy: undefined,
  adoption: undefined,
  suspend: undefined,
  templateEngine: undefined,
};

type SourceFields = Spec['source'];

/** Whether a field of the source narrows what is selected. Leaving a field out does not compile. */
const narrows: { readonly [K in keyof Required<SourceFields>]: boolean } = {
  group: false,
  resource: false,
  versions: false,
  selectorTemplate: true,
  labelSelector: true,
  fieldSelector: true,
  namespaces: true,
};

const selection = (Object.keys(narrows) as (keyof SourceFields)[]).filter((field) => narrows[field]);

const idOf = (
  lifecycle: string,
  { namespace = '', name }: { readonly namespace?: string; readonly name: string },
) => JSON.stringify([lifecycle, namespace, name]);

/** A policy that carries the deletion-protection annotation is not deleted. */
export function checkDeletion(object: ClusterImportPolicy): readonly Finding[] {
  if (object.metadata.annotations?.[DELETION_PROTECTION_ANNOTATION] !== 'true') return [];
  return [
    {
      severity: 'error',
      code: 'deletion-protected',
      field: FieldPath.root.child('metadata', 'annotations').text,
      message: `the policy is protected; remove the annotation ${DELETION_PROTECTION_ANNOTATION} first`,
    },
  ];
}

export const changes: Check = {
  of: 'request',
  run({ policy: { metadata, spec }, before, facts: { lifecycles = [] }, evidence }) {
    const own =
      metadata.uid === undefined ? [] : lifecycles.filter(({ policyUid }) => policyUid === metadata.uid);
    const names = evidence === undefined ? [] : namesOf(evidence);
    return checkChanges(before?.spec, spec, own, { names, complete: evidence?.complete === true });
  },
};
