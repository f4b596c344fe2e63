import { describeReference, describeSource } from '../../reconcile/index.ts';
import { ManifestError } from '../errors.ts';
import { Inventory } from '../manifests/inventory.ts';
import type { Manifest } from '../manifests/manifests.ts';
import { parseManifests } from '../manifests/manifests.ts';
import { asManifest, toYaml } from '../report/object-text.ts';
import type { Plan, SourceOutcome } from '../plan/plan.ts';
import { planOf } from '../plan/plan.ts';
import { viewOf } from '../plan/inventory-view.ts';
import { invalidManifest, isPolicy, reviewManifests } from '../manifests/review.ts';

/** The two texts that the page edits; the names are those of its editors. */
export const EDITORS = ['policy', 'objects'] as const;

export type Editor = (typeof EDITORS)[number];

export type Texts = { readonly [editor in Editor]: string };

/** Largest texts together, as JSON: as much as etcd takes for one object (1.5 MiB) and sample objects beside it. */
export const MAX_BYTES = 4 * 1024 * 1024;

/** Something found, with its place in the text of an editor. */
export interface PlaygroundFinding {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly field: string;
  readonly message: string;
  readonly suggestion?: string;
  readonly editor: Editor;
  /** From 1; columns count characters. */
  readonly line: number;
  readonly column: number;
}

/** What became of one source. */
export interface PlaygroundOutcome {
  readonly policy: string;
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
}

/** Checks the policies and renders them with the objects, by the code of `validate` and `render`. Pure. */
export function evaluate(texts: Texts): Evaluation {
  const findings: PlaygroundFinding[] = [];
  const manifests = EDITORS.flatMap((editor) => manifestsOf(texts[editor], editor, findings));
  const policies = manifests.filter(isPolicy).length;
  if (findings.length > 0) return { policies, findings, outcomes: [], notes: [] };
  const reviewed = reviewManifests(manifests).flatMap((report) =>
    report.findings.map(({ finding, position }): PlaygroundFinding => {
      const { severity, code, field, message, suggestion } = finding;
      const { file, line, column } = position;
      const place = { editor: file === 'objects' ? 'objects' : 'policy', line, column } as const;
      return {
        severity,
        code,
        field,
        message,
        ...(suggestion === undefined ? {} : { suggestion }),
        ...place,
      };
    }),
  );
  const plan = planOf(viewOf(new Inventory(manifests)));
  return { policies, findings: reviewed, outcomes: plan.outcomes.map(outcomeOf), notes: notesOf(plan) };
}

function manifestsOf(text: string, editor: Editor, findings: PlaygroundFinding[]): readonly Manifest[] {
  try {
    return parseManifests(text, editor);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    const { finding, position } = invalidManifest(error);
    findings.push({ ...finding, editor, line: position.line, column: position.column });
    return [];
  }
}

function outcomeOf(outcome: SourceOutcome): PlaygroundOutcome {
  const { policy, source, evaluation, conditions, references, pediaCluster, problem } = outcome;
  return {
    policy,
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
