import type { FindingCode } from '../../policy/index.ts';
import { expressionTypesOf, readDraft } from '../../policy/index.ts';
import { describeReference, describeSource } from '../../reconcile/index.ts';
import { coverageOf } from '../cases/coverage.ts';
import type { PointCoverage } from '../cases/coverage.ts';
import type { FilePosition } from '../errors.ts';
import { ManifestError } from '../errors.ts';
import { Inventory } from '../manifests/inventory.ts';
import type { Manifest } from '../manifests/manifests.ts';
import { parseManifests } from '../manifests/manifests.ts';
import { asManifest, toYaml } from '../report/object-text.ts';
import type { Plan, SourceOutcome } from '../plan/plan.ts';
import { planOf } from '../plan/plan.ts';
import { viewOf } from '../plan/inventory-view.ts';
import { triedOf, witnessDocument } from '../report/human.ts';
import type { PlacedFinding, PolicyReport } from '../manifests/review.ts';
import { invalidManifest, isPolicy, reviewManifests } from '../manifests/review.ts';

/** The two texts that the page edits; the names are those of its editors. */
export const EDITORS = ['policy', 'objects'] as const;

export type Editor = (typeof EDITORS)[number];

export type Texts = { readonly [editor in Editor]: string };

/** Largest texts together, as JSON: as much as etcd takes for one object (1.5 MiB) and sample objects beside it. */
export const MAX_BYTES = 4 * 1024 * 1024;

/** Something found, with its place in the text of an editor. */
export interface PlaygroundFinding extends Place {
  readonly severity: 'error' | 'warning';
  readonly code: FindingCode;
  readonly field: string;
  readonly message: string;
  readonly suggestion?: string;
  /** A sample by which it was found, as YAML that `render` takes. */
  readonly witness?: string;
}

/** A place in the text of an editor. */
export interface Place {
  readonly editor: Editor;
  /** From 1; columns count characters. */
  readonly line: number;
  readonly column: number;
}

/** A decision of a template, and how often the sources among the texts took each of its outcomes. */
export interface PlaygroundBranch extends Place {
  readonly policy: string;
  readonly field: string;
  /** `if` */
  readonly kind: string;
  readonly outcomes: PointCoverage['outcomes'];
}

/** What an expression of a template can be. */
export interface PlaygroundType extends Place {
  /** As it stands at that place. */
  readonly text: string;
  /** `a string or nothing` */
  readonly type: string;
}

/** What became of one source. */
export interface PlaygroundOutcome {
  readonly policy: string;
  /** Whether admission refuses the policy: what is said then is what would become of the source without it. */
  readonly refused: boolean;
  readonly source: string;
  /** Empty where the policy does not select the source, or the name does not render. */
  readonly name: string;
  readonly state: 'created' | 'waiting' | 'unselected' | 'failed';
  readonly message: string;
  readonly conditions: readonly { type: string; status: string; reason: string; message: string }[];
  readonly references: readonly string[];
  /** As YAML. */
  readonly pediaCluster?: string;
}

export interface Evaluation {
  /** How many policies there are in the texts. */
  readonly policies: number;
  readonly findings: readonly PlaygroundFinding[];
  readonly outcomes: readonly PlaygroundOutcome[];
  /** What concerns a policy as a whole, e.g. that it finds no source. */
  readonly notes: readonly string[];
  /** What samples of the review's own reached in each policy, as `validate` says it. */
  readonly tried: readonly { readonly policy: string; readonly text: string }[];
  /** In the order of the texts. */
  readonly branches: readonly PlaygroundBranch[];
  /** The types of expressions, by the definitions among the texts. */
  readonly types: readonly PlaygroundType[];
}

/** Checks the policies and renders them with the objects, by the code of `validate` and `render`. Pure. */
export function evaluate(texts: Texts): Evaluation {
  const findings: PlaygroundFinding[] = [];
  const manifests = EDITORS.flatMap((editor) => manifestsOf(texts[editor], editor, findings));
  const policies = manifests.filter(isPolicy);
  const count = { policies: policies.length };
  if (findings.length > 0)
    return { ...count, findings, outcomes: [], notes: [], tried: [], branches: [], types: [] };
  const reports = reviewManifests(manifests);
  const refused = new Set(reports.filter(hasError).map(({ name }) => name));
  // What is wrong with the shape of the others is among the findings.
  const shaped = manifests.filter(
    (manifest) => !isPolicy(manifest) || readDraft(manifest.object).kind === 'policy',
  );
  const inventory = new Inventory(shaped);
  const plan = planOf(viewOf(inventory));
  return {
    ...count,
    findings: reports.flatMap((report) => report.findings.map(findingOf)),
    outcomes: plan.outcomes.map((outcome) => outcomeOf(outcome, refused.has(outcome.policy))),
    notes: notesOf(plan),
    tried: reports.flatMap(({ name, coverage }) =>
      coverage === undefined ? [] : [{ policy: name, text: triedOf(coverage) }],
    ),
    branches: coverageOf([{ manifests: shaped }], shaped.filter(isPolicy)).points.map(branchOf),
    types: policies.flatMap((policy) => typesOf(policy, inventory)),
  };
}

function typesOf(policy: Manifest, inventory: Inventory): readonly PlaygroundType[] {
  const draft = readDraft(policy.object);
  if (draft.kind === 'malformed') return [];
  const { spec } = draft.policy;
  const references = new Map(
    (spec.references ?? []).map((reference) => [reference.key, inventory.factsOf(reference)]),
  );
  return expressionTypesOf(spec, inventory.factsOf(spec.source), references).map(
    ({ field, line, column, text, type }) => ({
      text,
      type,
      ...placeOf(policy.positionOf(field, line, column)),
    }),
  );
}

const hasError = ({ findings }: PolicyReport) => findings.some(({ finding }) => finding.severity === 'error');

function findingOf({ finding, position }: PlacedFinding): PlaygroundFinding {
  const { severity, code, field, message, suggestion } = finding;
  const witness = witnessDocument(finding.witness);
  return {
    severity,
    code,
    field,
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(witness === undefined ? {} : { witness }),
    ...placeOf(position),
  };
}

const branchOf = ({ policy, field, kind, outcomes, position }: PointCoverage): PlaygroundBranch => ({
  policy,
  field,
  kind,
  outcomes,
  ...placeOf(position),
});

const placeOf = ({ file, line, column }: FilePosition): Place => ({
  editor: file === 'objects' ? 'objects' : 'policy',
  line,
  column,
});

function manifestsOf(text: string, editor: Editor, findings: PlaygroundFinding[]): readonly Manifest[] {
  try {
    return parseManifests(text, editor);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    findings.push(findingOf(invalidManifest(error)));
    return [];
  }
}

function outcomeOf(outcome: SourceOutcome, refused: boolean): PlaygroundOutcome {
  const { policy, source, evaluation, conditions, references, pediaCluster, problem } = outcome;
  return {
    policy,
    refused,
    source: describeSource(source),
    name: evaluation.kind === 'selected' ? evaluation.name : '',
    state: stateOf(outcome),
    message:
      problem?.message ??
      (evaluation.kind === 'unselected' ? 'selectorTemplate does not keep this source' : ''),
    conditions: conditions.map(({ type, status, reason, message }) => ({ type, status, reason, message })),
    references: references.map((reference) => `${reference.key}: ${describeReference(reference)}`),
    ...(pediaCluster === undefined ? {} : { pediaCluster: toYaml([asManifest(pediaCluster)]) }),
  };
}

function stateOf({ evaluation, pediaCluster, problem }: SourceOutcome): PlaygroundOutcome['state'] {
  if (problem?.failed === true) return 'failed';
  if (evaluation.kind === 'unselected') return 'unselected';
  return pediaCluster === undefined ? 'waiting' : 'created';
}

/** Problems of sources are told with the sources, and what is wrong with a policy is a finding. */
function notesOf({ problems }: Plan): readonly string[] {
  return problems
    .filter(({ subject, problem }) => !problem.failed && !subject.includes(', source '))
    .map(({ subject, problem }) => `${subject}: ${problem.message}`);
}
