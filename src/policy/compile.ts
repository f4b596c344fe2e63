import type {
  ClusterImportPolicySpec,
  KubeObject,
  PediaClusterLifecycleSpec,
  RenderedPediaCluster,
} from '../api/index.ts';
import type { RunOptions, Template, Value } from '../template/index.ts';
import { TemplateError } from '../template/index.ts';
import { conditionOutcome } from './rendering/condition.ts';
import type { FindingCode } from './codes.ts';
import type { FieldPath } from './field-path.ts';
import { referenceField, sourceField, specField } from './field-path.ts';
import type { Finding } from './finding.ts';
import { findingOf, PolicyError, RenderError, runFindingOf } from './finding.ts';
import { compilerFor } from './language.ts';
import { nameHint, nameProblem } from './rendering/name.ts';
import type { Paced } from './paced.ts';
import { toEnd } from './paced.ts';
import type { PathTree } from './path-tree.ts';
import { emptyTree, mergeReadPaths } from './path-tree.ts';
import { interpretRendered } from './rendering/rendered.ts';
import { YamlRenderer } from './rendering/yaml-shape.ts';

/** The referenced objects by key. An object that does not exist is absent. */
export type References = { readonly [key: string]: KubeObject };

/** The object to which a reference points for one source. */
export interface ReferenceLocation {
  readonly namespace?: string;
  readonly name: string;
}

/** A compiled reference of a policy or lifecycle. */
export interface CompiledReference {
  readonly key: string;
  readonly group: string;
  readonly resource: string;
  readonly versions: readonly string[];
  /** Path of the reference in the policy, e.g. `spec.references[0]`. */
  readonly field: string;
  /**
   * Namespace and name of the object for one source; `earlier` holds the references before this one.
   * @throws {RenderError} if a template fails, the result cannot be a name, or the namespace is not allowed.
   */
  locate(source: KubeObject, earlier: References, run?: RunOptions): ReferenceLocation;
}

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

/** The role of a template decides what it sees and how its output is judged. */
export type TemplateRole =
  'selector' | 'name' | 'referenceNamespace' | 'referenceName' | 'condition' | 'pediaCluster';

export interface PolicyTemplate {
  readonly field: string;
  readonly role: TemplateRole;
  /** Keys of the references in its context. */
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

/** The templates of a lifecycle by role: their texts, or their compiled forms. */
interface LifecycleTemplates<T> {
  readonly references: readonly { readonly namespace?: T; readonly name: T }[];
  readonly body: T;
  readonly creationCondition?: T;
  readonly deletionCondition?: T;
}

/** The templates of a policy by role. */
interface PolicyTemplates<T> extends LifecycleTemplates<T> {
  readonly selector?: T;
  readonly name: T;
}

type TemplateText = Omit<PolicyTemplate, 'template'> & { readonly text: string };

/** Compiles the templates of one spec. It collects all errors instead of stopping at the first one. */
class TemplateCollector {
  readonly findings: Finding[] = [];
  readonly #compile: (text: string) => Template;
  readonly #compiled = new Map<TemplateText, PolicyTemplate>();

  constructor(engine: ClusterImportPolicySpec['templateEngine']) {
    this.#compile = compilerFor(engine ?? 'GoTemplate');
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
  const collector = new TemplateCollector(spec.templateEngine);
  const texts = policyTexts(spec);
  for (const text of inOrder(texts)) {
    yield;
    collector.add(text);
  }
  const { templates, findings } = collector;
  if (findings.length > 0) return { templates, findings };
  return { templates, findings, policy: policyOf(spec, mapPolicy(texts, collector.compiled), templates) };
}

/** Length of all templates of a policy together, in UTF-16 units. */
export function textLengthOf(spec: ClusterImportPolicySpec): number {
  return inOrder(policyTexts(spec)).reduce((sum, { text }) => sum + text.length, 0);
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
  const collector = new TemplateCollector(spec.templateEngine);
  const texts = lifecycleTexts(spec, references);
  for (const text of inOrder(texts)) collector.add(text);
  return lifecycleOf(spec, references, mapLifecycle(texts, collector.compiled), collector.templates);
}

function policyTexts(spec: ClusterImportPolicySpec): PolicyTemplates<TemplateText> {
  const { selectorTemplate } = spec.source;
  return {
    ...(isSet(selectorTemplate) && {
      selector: text(sourceField('selectorTemplate'), 'selector', [], selectorTemplate),
    }),
    name: text(specField('nameTemplate'), 'name', [], spec.nameTemplate),
    ...lifecycleTexts(spec, spec.references ?? []),
  };
}

function lifecycleTexts(
  { template, creationCondition, deletionCondition }: LifecycleFields,
  references: readonly ReferenceFields[],
): LifecycleTemplates<TemplateText> {
  const keys = references.map(({ key }) => key);
  return {
    references: references.map((reference, index) => referenceTexts(reference, index, keys.slice(0, index))),
    body: text(specField('template'), 'pediaCluster', keys, template),
    ...(isSet(creationCondition) && {
      creationCondition: text(specField('creationCondition'), 'condition', keys, creationCondition),
    }),
    ...(isSet(deletionCondition) && {
      deletionCondition: text(specField('deletionCondition'), 'condition', keys, deletionCondition),
    }),
  };
}

function referenceTexts(
  { namespaceTemplate, nameTemplate }: ReferenceFields,
  index: number,
  earlier: readonly string[],
): LifecycleTemplates<TemplateText>['references'][0] {
  const field = referenceField(index);
  return {
    ...(isSet(namespaceTemplate) && {
      namespace: text(field.child('namespaceTemplate'), 'referenceNamespace', earlier, namespaceTemplate),
    }),
    name: text(field.child('nameTemplate'), 'referenceName', earlier, nameTemplate),
  };
}

const text = (
  field: FieldPath,
  role: TemplateRole,
  visibleReferences: readonly string[],
  content: string,
): TemplateText => ({ field: field.text, role, visibleReferences, text: content });

const isSet = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';

/** The templates in the order of the policy's fields. */
function inOrder<T>(templates: LifecycleTemplates<T> & Partial<PolicyTemplates<T>>): readonly T[] {
  const { selector, references, name, body, creationCondition, deletionCondition } = templates;
  const listed = [
    selector,
    ...references.flatMap((reference) => [reference.namespace, reference.name]),
    name,
    body,
    creationCondition,
    deletionCondition,
  ];
  return listed.filter((template) => template !== undefined);
}

function mapLifecycle<T, U>(
  { references, body, creationCondition, deletionCondition }: LifecycleTemplates<T>,
  change: (template: T) => U,
): LifecycleTemplates<U> {
  return {
    references: references.map(({ namespace, name }) => ({
      ...(namespace !== undefined && { namespace: change(namespace) }),
      name: change(name),
    })),
    body: change(body),
    ...(creationCondition !== undefined && { creationCondition: change(creationCondition) }),
    ...(deletionCondition !== undefined && { deletionCondition: change(deletionCondition) }),
  };
}

function mapPolicy<T, U>(templates: PolicyTemplates<T>, change: (template: T) => U): PolicyTemplates<U> {
  return {
    ...mapLifecycle(templates, change),
    ...(templates.selector !== undefined && { selector: change(templates.selector) }),
    name: change(templates.name),
  };
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
        throw failure(name.field, 'invalid-name', `the rendered name ${problem}${nameHint(text)}`);
      return text;
    },
  };
}

function lifecycleOf(
  spec: LifecycleFields,
  references: readonly ReferenceFields[],
  {
    references: located,
    body,
    creationCondition: creation,
    deletionCondition: deletion,
  }: LifecycleTemplates<PolicyTemplate>,
  templates: readonly PolicyTemplate[],
): CompiledLifecycle {
  const yaml = new YamlRenderer();
  return {
    references: references.flatMap((reference, index) => {
      const at = located[index];
      return at === undefined ? [] : [compiledReference(reference, referenceField(index), at)];
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
      const fragments = guard(body, () =>
        body.template.executeFragments(asData({ source, references: known }), run),
      );
      return interpretRendered(body.field, yaml, fragments);
    },
  };
}

function compiledReference(
  reference: ReferenceFields,
  field: FieldPath,
  { namespace: namespaceTemplate, name: nameTemplate }: LifecycleTemplates<PolicyTemplate>['references'][0],
): CompiledReference {
  const allowed = reference.allowedNamespaces ?? [];
  return {
    key: reference.key,
    group: reference.group,
    resource: reference.resource,
    versions: reference.versions ?? [],
    field: field.text,
    locate(source, earlier, run) {
      const data = { source, references: earlier };
      const name = renderText(nameTemplate, data, run).trim();
      // This comes first: a source that names no object yet names no namespace either.
      if (name === '') throw failure(nameTemplate.field, 'empty-name', 'the rendered name is empty');
      const namespace =
        namespaceTemplate === undefined ? '' : renderText(namespaceTemplate, data, run).trim();
      if (namespace !== '' && nameProblem(namespace) !== undefined) {
        throw failure(
          field.child('namespaceTemplate').text,
          'invalid-name',
          `the rendered namespace ${nameProblem(namespace) ?? ''}${nameHint(namespace)}`,
        );
      }
      if (allowed.length > 0 && !allowed.includes(namespace)) {
        throw failure(
          field.child('namespaceTemplate').text,
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

/**
 * Rejects names that no resource may have, because they would be another path of the API (apimachinery
 * `path.ValidatePathSegmentName`).
 */
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

/** Kubernetes objects are decoded JSON, and templates compute with that; the type `unknown` is only less exact. */
function asData(context: TemplateContext): Value {
  return context as Value;
}

function renderText(template: PolicyTemplate, context: TemplateContext, run?: RunOptions): string {
  return guard(template, () => template.template.execute(asData(context), run));
}

function holds(template: PolicyTemplate, context: TemplateContext, run?: RunOptions): boolean {
  return conditionOutcome(renderText(template, context, run)).holds;
}

/** Adds to a template's error the field in which it happened. */
function guard<T>({ field, template }: PolicyTemplate, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateError) throw new RenderError(runFindingOf(field, template.text, error));
    throw error;
  }
}

function failure(field: string, code: FindingCode, message: string): RenderError {
  return new RenderError({ severity: 'error', code, field, message });
}
