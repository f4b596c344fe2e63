import type {
  ClusterImportPolicySpec,
  KubeObject,
  PediaClusterLifecycleSpec,
  PolicyReference,
  RenderedPediaCluster,
} from '../api/index.ts';
import type { RunOptions, Template } from '../template/index.ts';
import { TemplateError } from '../template/index.ts';
import { referenceField } from './field-path.ts';
import type { Finding } from './finding.ts';
import { findingOf, PolicyError, RenderError } from './finding.ts';
import { compilerFor, sharingCompilerFor } from './language.ts';
import type { Paced } from './paced.ts';
import { toEnd } from './paced.ts';
import type { PathTree } from './path-tree.ts';
import { emptyTree, mergeReadPaths } from './path-tree.ts';
import { startOf } from './place.ts';
import type { CompiledReference, References } from './reference.ts';
import { compiledReference } from './reference.ts';
import { nameHint, nameProblem } from './rendering/name.ts';
import { interpretRendered } from './rendering/rendered.ts';
import { asData, failure, guard, holds, renderText } from './rendering/template.ts';
import { YamlRenderer } from './rendering/yaml-shape.ts';
import { hiddenParts } from './secrecy.ts';
import type { LifecycleTemplates, PolicyTemplate, PolicyTemplates, TemplateText } from './templates.ts';
import { withPlace } from './places/field-place.ts';
import { outcomeKey } from './places/reach.ts';
import { inOrder, lifecycleTexts, mapLifecycle, mapPolicy, policyTexts } from './templates.ts';

export type { CompiledReference, ReferenceLocation, References } from './reference.ts';
export type { LocationPart } from './secrecy.ts';
export type { PolicyTemplate, TemplateRole } from './templates.ts';

/** The templates that a lifecycle carries. */
export interface CompiledLifecycle {
  readonly references: readonly CompiledReference[];
  /** Fields of the source and of each reference that any of the templates may read. */
  readonly readPaths: PolicyReadPaths;
  /** @throws {RenderError} if the template fails. */
  creationConditionHolds(source: KubeObject, references: References, run?: RunOptions): boolean;
  /** False if the policy has no deletion condition. @throws {RenderError} if the template fails. */
  deletionConditionHolds(source: KubeObject, references: References, run?: RunOptions): boolean;
  /**
   * The PediaCluster, checked against PediaCluster's schema. The template alone decides its structure.
   * @throws {RenderError} if the template fails, or if its result is not a PediaCluster.
   */
  render(source: KubeObject, references: References, run?: RunOptions): RenderedPediaCluster;
}

/** A policy whose templates are compiled. */
export interface CompiledPolicy extends CompiledLifecycle {
  /** Whether the selector keeps the source. @throws {RenderError} if the template fails. */
  selects(source: KubeObject, run?: RunOptions): boolean;
  /** Name of the lifecycle and of the PediaCluster. @throws {RenderError} if it fails or cannot be a name. */
  name(source: KubeObject, run?: RunOptions): string;
  /** Every template with its field, in the order of the policy. */
  readonly templates: readonly PolicyTemplate[];
  /** The same templates by their role. */
  readonly at: PolicyTemplates<PolicyTemplate>;
}

export interface PolicyReadPaths {
  readonly source: PathTree;
  readonly references: ReadonlyMap<string, PathTree>;
}

/** Compiles the templates of one spec. It collects all errors instead of stopping at the first one. */
class TemplateCollector {
  readonly findings: Finding[] = [];
  readonly #compile: (text: string) => Template;
  readonly #compiled = new Map<TemplateText, PolicyTemplate>();

  constructor(compile: (text: string) => Template) {
    this.#compile = compile;
  }

  /** The templates that compile, in the order in which they were added. */
  get templates(): readonly PolicyTemplate[] {
    return [...this.#compiled.values()];
  }

  add(written: TemplateText): void {
    const { text, ...rest } = written;
    try {
      const template = this.#compile(text);
      for (const error of template.certainErrors) this.findings.push(findingOf(rest.field, error));
      this.#compiled.set(written, { ...rest, template });
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      this.findings.push(findingOf(rest.field, error));
    }
  }

  /** The compiled form of a text. @throws {PolicyError} if any of the texts is wrong. */
  readonly compiled = (written: TemplateText): PolicyTemplate => {
    const template = this.#compiled.get(written);
    if (template === undefined || this.findings.length > 0) throw new PolicyError(this.findings);
    return template;
  };
}

const engineOf = ({ templateEngine }: Pick<ClusterImportPolicySpec, 'templateEngine'>) =>
  templateEngine ?? 'GoTemplate';

/** The templates of a policy that compile, and the errors of the others. */
export interface CompiledTemplates {
  /** In the order of the policy. */
  readonly templates: readonly PolicyTemplate[];
  readonly findings: readonly Finding[];
  /** Absent if there are findings. */
  readonly policy?: CompiledPolicy;
}

/** Compiles a policy, with a pause before each template. */
export function* compileInSteps(spec: ClusterImportPolicySpec): Paced<CompiledTemplates> {
  const collector = new TemplateCollector(sharingCompilerFor(engineOf(spec)));
  const texts = policyTexts(spec);
  for (const text of inOrder(texts)) {
    yield;
    collector.add(text);
  }
  const { templates, findings } = collector;
  if (findings.length > 0) return { templates, findings };
  return { templates, findings, policy: policyOf(spec, mapPolicy(texts, collector.compiled), templates) };
}

/**
 * Compiles a policy. Keep the result: compiling costs much more than rendering.
 * @throws {PolicyError} with everything that is wrong with its templates.
 */
export function compilePolicy(spec: ClusterImportPolicySpec): CompiledPolicy {
  const { policy, findings } = toEnd(compileInSteps(spec));
  if (policy === undefined) throw new PolicyError(findings);
  return policy;
}

/**
 * Compiles what a lifecycle copied from its policy.
 * @throws {PolicyError} with everything that is wrong with its templates.
 */
export function compileLifecycle(spec: PediaClusterLifecycleSpec): CompiledLifecycle {
  const references = (spec.references ?? []).map((reference) => ({
    ...reference,
    versions: [reference.version],
  }));
  const collector = new TemplateCollector(compilerFor(engineOf(spec)));
  const texts = lifecycleTexts(spec, references);
  for (const text of inOrder(texts)) collector.add(text);
  return lifecycleOf(spec, references, mapLifecycle(texts, collector.compiled), collector.templates);
}

function policyOf(
  spec: ClusterImportPolicySpec,
  texts: PolicyTemplates<PolicyTemplate>,
  templates: readonly PolicyTemplate[],
): CompiledPolicy {
  const { selector, name } = texts;
  return {
    ...lifecycleOf(spec, spec.references ?? [], texts, templates),
    templates,
    at: texts,
    selects: (source, run) => selector === undefined || holds(selector, { source }, run),
    name(source, run) {
      const text = renderText(name, { source }, run).trim();
      const problem = nameProblem(text);
      if (problem !== undefined)
        throw failure(name, 'invalid-name', `the rendered name ${problem}${nameHint(text)}`);
      return text;
    },
  };
}

/** The kind of the sources. */
type SourceKind = Pick<ClusterImportPolicySpec['source'], 'group' | 'resource'>;

function lifecycleOf(
  spec: Pick<ClusterImportPolicySpec, 'creationCondition'> & { readonly source: SourceKind },
  references: readonly PolicyReference[],
  {
    references: located,
    body,
    creationCondition: creation,
    deletionCondition: deletion,
  }: LifecycleTemplates<PolicyTemplate>,
  templates: readonly PolicyTemplate[],
): CompiledLifecycle {
  const yaml = new YamlRenderer();
  const hidden = hiddenParts(spec.source, references, located);
  return {
    references: references.flatMap((reference, index) => {
      const at = located[index];
      return at === undefined
        ? []
        : [compiledReference(reference, referenceField(index), at, hidden[index] ?? [])];
    }),
    readPaths: readPathsOf(templates),
    // An empty creationCondition, unlike an absent one, renders to nothing and so never holds, as in Clusterpedia.
    creationConditionHolds: (source, known, run) =>
      creation === undefined
        ? spec.creationCondition === undefined
        : holds(creation, { source, references: known }, run),
    deletionConditionHolds: (source, known, run) =>
      deletion !== undefined && holds(deletion, { source, references: known }, run),
    render(source, known, run) {
      const context = asData({ source, references: known });
      const write = (options?: RunOptions) =>
        guard(body, () => body.template.executeFragments(context, options));
      const fragments = write(run);
      try {
        return interpretRendered(body.field, yaml, fragments);
      } catch (error) {
        if (!(error instanceof RenderError)) throw error;
        const { finding, place } = error;
        throw new RenderError(finding, place, () => {
          // The template writes a field in several branches, so its place is known only from the decisions of the run.
          const trace = new Set<string>();
          write({ ...run, decided: (point, outcome) => void trace.add(outcomeKey(point, outcome)) });
          return { ...startOf(body.template), ...withPlace(finding, body.template, place, trace) };
        });
      }
    },
  };
}

function readPathsOf(templates: readonly PolicyTemplate[]): PolicyReadPaths {
  const source = emptyTree();
  const references = new Map<string, PathTree>();
  for (const { template, visibleReferences } of templates) {
    mergeReadPaths({ source, references }, template.readPaths, visibleReferences);
  }
  return { source, references };
}
