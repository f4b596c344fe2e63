import type {
  ClusterImportPolicySpec,
  KubeObject,
  PediaClusterLifecycleSpec,
  RenderedPediaCluster,
} from '../api/index.ts';
import type { RunOptions, Template, Value } from '../template/index.ts';
import { TemplateError } from '../template/index.ts';
import { conditionOutcome } from './rendering/condition.ts';
import type { Finding } from './finding.ts';
import { findingOf, PolicyError, RenderError, runFindingOf } from './finding.ts';
import { compilerFor } from './language.ts';
import { nameProblem } from './rendering/name.ts';
import type { Paced } from './paced.ts';
import { toEnd } from './paced.ts';
import type { PathTree } from './path-tree.ts';
import { emptyTree, mergeReadPaths } from './path-tree.ts';
import { interpretRendered } from './rendering/rendered.ts';
import { YamlRenderer } from './rendering/yaml-shape.ts';

/** The objects that references were resolved to, by key. One that does not exist is absent. */
export type References = { readonly [key: string]: KubeObject };

/** Where a reference points for one source. */
export interface ReferenceLocation {
  readonly namespace?: string;
  readonly name: string;
}

/** A reference of a policy or lifecycle, ready to be located. */
export interface CompiledReference {
  readonly key: string;
  readonly group: string;
  readonly resource: string;
  readonly versions: readonly string[];
  /** Path of the reference in the policy, e.g. `spec.references[0]`. */
  readonly field: string;
  /**
   * Namespace and name of the object for one source; `earlier` holds the references before this one.
   * @throws {RenderError} where a template fails, the name cannot be a name, or the namespace is not allowed.
   */
  locate(source: KubeObject, earlier: References, run?: RunOptions): ReferenceLocation;
}

/** The templates that a lifecycle carries. */
export interface CompiledLifecycle {
  readonly references: readonly CompiledReference[];
  /** Fields of the source and of each reference that any of the templates can read. */
  readonly readPaths: PolicyReadPaths;
  /** @throws {RenderError} where the template fails. */
  creationConditionHolds(source: KubeObject, references: References, run?: RunOptions): boolean;
  /** False where the policy has no deletion condition. @throws {RenderError} where the template fails. */
  deletionConditionHolds(source: KubeObject, references: References, run?: RunOptions): boolean;
  /**
   * The PediaCluster, its structure decided by the template alone, checked against PediaCluster's schema.
   * @throws {RenderError} where the template fails, or what it renders is no PediaCluster.
   */
  render(source: KubeObject, references: References, run?: RunOptions): RenderedPediaCluster;
}

/** A policy whose templates are compiled. */
export interface CompiledPolicy extends CompiledLifecycle {
  /** Whether the selector keeps the source. @throws {RenderError} where the template fails. */
  selects(source: KubeObject, run?: RunOptions): boolean;
  /** Name of the lifecycle and of the PediaCluster. @throws {RenderError} where it fails or cannot be a name. */
  name(source: KubeObject, run?: RunOptions): string;
  /** Every template with the field it stands in, in the order of the policy. */
  readonly templates: readonly PolicyTemplate[];
}

export interface PolicyReadPaths {
  readonly source: PathTree;
  readonly references: ReadonlyMap<string, PathTree>;
}

/** What a template is for decides what it sees and how its output is judged. */
export type TemplateRole =
  'selector' | 'name' | 'referenceNamespace' | 'referenceName' | 'condition' | 'pediaCluster';

export interface PolicyTemplate {
  readonly field: string;
  readonly role: TemplateRole;
  /** Keys of the references that its context holds. */
  readonly visibleReferences: readonly string[];
  readonly template: Template;
}

type LifecycleFields = Pick<
  ClusterImportPolicySpec,
  'template' | 'creationCondition' | 'deletionCondition' | 'templateEngine'
>;

interface ReferenceFields {
  readonly key: string;
  readonly group: string;
  readonly resource: string;
  readonly versions?: readonly string[];
  readonly namespaceTemplate?: string;
  readonly nameTemplate: string;
  readonly allowedNamespaces?: readonly string[];
}

/** Compiles the templates of one spec, keeping what is wrong instead of stopping at the first error. */
class TemplateCollector {
  readonly templates: PolicyTemplate[] = [];
  readonly findings: Finding[] = [];
  readonly #compile: (text: string) => Template;

  constructor(engine: ClusterImportPolicySpec['templateEngine']) {
    this.#compile = compilerFor(engine ?? 'GoTemplate');
  }

  /** `undefined` where the text does not compile; the finding is kept. */
  add(
    field: string,
    role: TemplateRole,
    visibleReferences: readonly string[],
    text: string,
  ): Template | undefined {
    try {
      const template = this.#compile(text);
      for (const error of template.certainErrors) this.findings.push(findingOf(field, error));
      this.templates.push({ field, role, visibleReferences, template });
      return template;
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      this.findings.push(findingOf(field, error));
      return undefined;
    }
  }
}

/** The templates of a policy as far as they compile, and what is wrong with the others. */
function compileTemplates(spec: ClusterImportPolicySpec): CompiledTemplates {
  return toEnd(compileInSteps(spec));
}

/** {@link compileTemplates}, with a pause before each template. */
export function* compileInSteps(spec: ClusterImportPolicySpec): Paced<CompiledTemplates> {
  const collector = new TemplateCollector(spec.templateEngine);
  for (const { field, role, visibleReferences, text } of templatesOf(spec)) {
    yield;
    collector.add(field, role, visibleReferences, text);
  }
  return collector;
}

interface CompiledTemplates {
  readonly templates: readonly PolicyTemplate[];
  readonly findings: readonly Finding[];
}

type TemplateText = Omit<PolicyTemplate, 'template'> & { readonly text: string };

/** Every template of a policy, in its order. */
export function templatesOf(spec: ClusterImportPolicySpec): readonly TemplateText[] {
  const { selectorTemplate } = spec.source;
  const references = spec.references ?? [];
  return [
    ...(isSet(selectorTemplate)
      ? [text('spec.source.selectorTemplate', 'selector', [], selectorTemplate)]
      : []),
    ...referenceTemplates(references),
    text('spec.nameTemplate', 'name', [], spec.nameTemplate),
    ...lifecycleTemplates(spec, references),
  ];
}

const text = (
  field: string,
  role: TemplateRole,
  visibleReferences: readonly string[],
  content: string,
): TemplateText => ({ field, role, visibleReferences, text: content });

/**
 * Compiles a policy. Keep the result: compiling costs far more than rendering.
 * @throws {PolicyError} with everything that is wrong with its templates.
 */
export function compilePolicy(spec: ClusterImportPolicySpec): CompiledPolicy {
  const { templates, findings } = compileTemplates(spec);
  if (findings.length > 0) throw new PolicyError(findings);
  const at = indexByField(templates);
  const selector = at.get('spec.source.selectorTemplate');
  const name = required(at, 'spec.nameTemplate');
  return {
    ...lifecycleOf(spec, spec.references ?? [], templates),
    templates,
    selects: (source, run) => selector === undefined || holds(selector, { source }, run),
    name(source, run) {
      const text = renderText(name, { source }, run).trim();
      const problem = nameProblem(text);
      if (problem !== undefined) throw failure(name.field, 'invalid-name', `the rendered name ${problem}`);
      return text;
    },
  };
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
  const collector = new TemplateCollector(spec.templateEngine);
  for (const { field, role, visibleReferences, text } of [
    ...referenceTemplates(references),
    ...lifecycleTemplates(spec, references),
  ])
    collector.add(field, role, visibleReferences, text);
  if (collector.findings.length > 0) throw new PolicyError(collector.findings);
  return lifecycleOf(spec, references, collector.templates);
}

const isSet = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';

function referenceTemplates(references: readonly ReferenceFields[]): readonly TemplateText[] {
  return references.flatMap(({ namespaceTemplate, nameTemplate }, index) => {
    const earlier = references.slice(0, index).map(({ key }) => key);
    const field = `spec.references[${String(index)}]`;
    return [
      ...(isSet(namespaceTemplate)
        ? [text(`${field}.namespaceTemplate`, 'referenceNamespace', earlier, namespaceTemplate)]
        : []),
      text(`${field}.nameTemplate`, 'referenceName', earlier, nameTemplate),
    ];
  });
}

function lifecycleTemplates(
  { template, creationCondition, deletionCondition }: LifecycleFields,
  references: readonly ReferenceFields[],
): readonly TemplateText[] {
  const keys = references.map(({ key }) => key);
  return [
    text('spec.template', 'pediaCluster', keys, template),
    ...(isSet(creationCondition)
      ? [text('spec.creationCondition', 'condition', keys, creationCondition)]
      : []),
    ...(isSet(deletionCondition)
      ? [text('spec.deletionCondition', 'condition', keys, deletionCondition)]
      : []),
  ];
}

const indexByField = (templates: readonly PolicyTemplate[]) =>
  new Map(templates.map((template) => [template.field, template]));

function required(templates: ReadonlyMap<string, PolicyTemplate>, field: string): PolicyTemplate {
  const template = templates.get(field);
  if (template === undefined) throw new Error(`no template was compiled for ${field}`);
  return template;
}

function lifecycleOf(
  spec: LifecycleFields,
  references: readonly ReferenceFields[],
  templates: readonly PolicyTemplate[],
): CompiledLifecycle {
  const at = indexByField(templates);
  const body = required(at, 'spec.template');
  const creation = at.get('spec.creationCondition');
  const deletion = at.get('spec.deletionCondition');
  const yaml = new YamlRenderer();
  return {
    references: references.map((reference, index) =>
      compiledReference(reference, `spec.references[${String(index)}]`, at),
    ),
    readPaths: readPathsOf(templates),
    // An empty creationCondition, unlike one that is absent, renders to nothing and so never holds, as in Clusterpedia.
    creationConditionHolds: (source, known, run) =>
      creation === undefined
        ? spec.creationCondition === undefined
        : holds(creation, { source, references: known }, run),
    deletionConditionHolds: (source, known, run) =>
      deletion !== undefined && holds(deletion, { source, references: known }, run),
    render(source, known, run) {
      const fragments = guard(body, () =>
        body.template.executeFragments(asData({ source, references: known }), run),
      );
      return interpretRendered(body.field, yaml, fragments);
    },
  };
}

function compiledReference(
  reference: ReferenceFields,
  field: string,
  templates: ReadonlyMap<string, PolicyTemplate>,
): CompiledReference {
  const namespaceTemplate = templates.get(`${field}.namespaceTemplate`);
  const nameTemplate = required(templates, `${field}.nameTemplate`);
  const allowed = reference.allowedNamespaces ?? [];
  return {
    key: reference.key,
    group: reference.group,
    resource: reference.resource,
    versions: reference.versions ?? [],
    field,
    locate(source, earlier, run) {
      const data = { source, references: earlier };
      const name = renderText(nameTemplate, data, run).trim();
      // First of all: a source that names no object yet names no namespace either.
      if (name === '') throw failure(nameTemplate.field, 'empty-name', 'the rendered name is empty');
      const namespace =
        namespaceTemplate === undefined ? '' : renderText(namespaceTemplate, data, run).trim();
      if (namespace !== '' && nameProblem(namespace) !== undefined) {
        throw failure(
          `${field}.namespaceTemplate`,
          'invalid-name',
          `the rendered namespace ${nameProblem(namespace) ?? ''}`,
        );
      }
      if (allowed.length > 0 && !allowed.includes(namespace)) {
        throw failure(
          `${field}.namespaceTemplate`,
          'namespace-not-allowed',
          `the rendered namespace is not one of allowedNamespaces (${allowed.join(', ')})`,
        );
      }
      const problem = pathSegmentProblem(name);
      if (problem !== undefined)
        throw failure(
          nameTemplate.field,
          name === '' ? 'empty-name' : 'invalid-name',
          `the rendered name ${problem}`,
        );
      return namespace === '' ? { name } : { namespace, name };
    },
  };
}

/** What no name of any resource may be, for it would be another path of the API (apimachinery `path.ValidatePathSegmentName`). */
function pathSegmentProblem(name: string): string | undefined {
  if (name === '.' || name === '..') return 'must not be "." or ".."';
  return /[/%\s\p{Cc}]/u.test(name) ? 'contains "/", "%", white space or a control character' : undefined;
}

function readPathsOf(templates: readonly PolicyTemplate[]): PolicyReadPaths {
  const source = emptyTree();
  const references = new Map<string, PathTree>();
  for (const { template, visibleReferences } of templates) {
    mergeReadPaths({ source, references }, template.readPaths, visibleReferences);
  }
  return { source, references };
}

type TemplateContext = {
  readonly source: JsonObject;
  readonly references?: { readonly [key: string]: JsonObject };
};

type JsonObject = { readonly [field: string]: unknown };

/** Kubernetes objects are decoded JSON, which is what templates compute with; `unknown` merely says so less exactly. */
function asData(context: TemplateContext): Value {
  return context as Value;
}

function renderText(template: PolicyTemplate, context: TemplateContext, run?: RunOptions): string {
  return guard(template, () => template.template.execute(asData(context), run));
}

function holds(template: PolicyTemplate, context: TemplateContext, run?: RunOptions): boolean {
  return conditionOutcome(renderText(template, context, run)).holds;
}

/** Gives a template's error the field it happened in. */
function guard<T>({ field, template }: PolicyTemplate, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateError) throw new RenderError(runFindingOf(field, template.text, error));
    throw error;
  }
}

function failure(field: string, code: string, message: string): RenderError {
  return new RenderError({ severity: 'error', code, field, message });
}
