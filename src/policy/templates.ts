import type { ClusterImportPolicySpec, EachFieldOf, PolicyReference, PolicySource } from '../api/index.ts';
import { withFields } from '../api/index.ts';
import type { Template } from '../template/index.ts';
import type { FieldPath } from './field-path.ts';
import { referenceField, sourceField, specField } from './field-path.ts';

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

/** `xTemplate` is known as `x`, `template` as `body`, every other template by the name of its field. */
type TemplateName<Field> = Field extends `${infer Name}Template`
  ? Name
  : Field extends 'template'
    ? 'body'
    : Field;

/** The templates among the fields of a spec: every field of free text is one. */
type TemplatesOfSpec<Spec, T> = {
  readonly [Field in keyof Spec as string extends NonNullable<Spec[Field]> ? TemplateName<Field> : never]: T;
};

/** The templates of a source or a reference: the fields that are named so. */
type TemplatesOfPart<Part, T> = {
  readonly [Field in keyof Part as Field extends `${string}Template` ? TemplateName<Field> : never]: T;
};

export type ReferenceTemplates<T> = TemplatesOfPart<PolicyReference, T>;

/** The templates of a lifecycle by role: their texts, or their compiled forms. A new field has a role of its own. */
export interface LifecycleTemplates<T> extends TemplatesOfSpec<
  Omit<ClusterImportPolicySpec, 'nameTemplate'>,
  T
> {
  readonly references: readonly ReferenceTemplates<T>[];
}

/** The templates that only the policy has. */
type OwnTemplates<T> = TemplatesOfPart<PolicySource, T> &
  TemplatesOfSpec<Pick<ClusterImportPolicySpec, 'nameTemplate'>, T>;

/** The templates of a policy by role. */
export interface PolicyTemplates<T> extends LifecycleTemplates<T>, OwnTemplates<T> {}

export type TemplateText = Omit<PolicyTemplate, 'template'> & { readonly text: string };

type WrittenTemplates = Pick<ClusterImportPolicySpec, 'template' | 'creationCondition' | 'deletionCondition'>;

/** The templates of a policy, as they are written. */
export function policyTexts(spec: ClusterImportPolicySpec): PolicyTemplates<TemplateText> {
  return {
    ...withFields<OwnTemplates<TemplateText>>({
      selector: text(sourceField('selectorTemplate'), 'selector', [], spec.source.selectorTemplate),
      name: given(specField('nameTemplate'), 'name', [], spec.nameTemplate),
    }),
    ...lifecycleTexts(spec, spec.references ?? []),
  };
}

/** The templates of a lifecycle, as they are written. */
export function lifecycleTexts(
  { template, creationCondition, deletionCondition }: WrittenTemplates,
  references: readonly Pick<PolicyReference, 'key' | 'namespaceTemplate' | 'nameTemplate'>[],
): LifecycleTemplates<TemplateText> {
  const keys = references.map(({ key }) => key);
  return withFields<LifecycleTemplates<TemplateText>>({
    references: references.map((reference, index) => referenceTexts(reference, index, keys.slice(0, index))),
    body: given(specField('template'), 'pediaCluster', keys, template),
    creationCondition: text(specField('creationCondition'), 'condition', keys, creationCondition),
    deletionCondition: text(specField('deletionCondition'), 'condition', keys, deletionCondition),
  });
}

function referenceTexts(
  { namespaceTemplate, nameTemplate }: Pick<PolicyReference, 'namespaceTemplate' | 'nameTemplate'>,
  index: number,
  earlier: readonly string[],
): ReferenceTemplates<TemplateText> {
  const field = referenceField(index);
  return withFields<ReferenceTemplates<TemplateText>>({
    namespace: text(field.child('namespaceTemplate'), 'referenceNamespace', earlier, namespaceTemplate),
    name: given(field.child('nameTemplate'), 'referenceName', earlier, nameTemplate),
  });
}

const given = (
  field: FieldPath,
  role: TemplateRole,
  visibleReferences: readonly string[],
  content: string,
): TemplateText => ({ field: field.text, role, visibleReferences, text: content });

/** A template that is not written, or is empty, is none. */
const text = (
  field: FieldPath,
  role: TemplateRole,
  visibleReferences: readonly string[],
  content: string | undefined,
): TemplateText | undefined =>
  content === undefined || content.trim() === '' ? undefined : given(field, role, visibleReferences, content);

/** The templates in the order in which the policy has them. */
export function inOrder<T>(templates: LifecycleTemplates<T> & Partial<PolicyTemplates<T>>): readonly T[] {
  const listed: { readonly [Role in keyof Required<PolicyTemplates<T>>]: readonly (T | undefined)[] } = {
    selector: [templates.selector],
    references: templates.references.flatMap((reference) => {
      const parts: EachFieldOf<ReferenceTemplates<T>> = {
        namespace: reference.namespace,
        name: reference.name,
      };
      return Object.values(parts);
    }),
    name: [templates.name],
    body: [templates.body],
    creationCondition: [templates.creationCondition],
    deletionCondition: [templates.deletionCondition],
  };
  return Object.values(listed)
    .flatMap((some) => some)
    .filter((template) => template !== undefined);
}

/** The same templates in another form. */
export function mapLifecycle<T, U>(
  templates: LifecycleTemplates<T>,
  change: (template: T) => U,
): LifecycleTemplates<U> {
  const changed = changing(change);
  return withFields<LifecycleTemplates<U>>({
    references: templates.references.map(({ namespace, name }) =>
      withFields<ReferenceTemplates<U>>({ namespace: changed(namespace), name: change(name) }),
    ),
    body: change(templates.body),
    creationCondition: changed(templates.creationCondition),
    deletionCondition: changed(templates.deletionCondition),
  });
}

/** The same templates in another form. */
export function mapPolicy<T, U>(
  templates: PolicyTemplates<T>,
  change: (template: T) => U,
): PolicyTemplates<U> {
  return {
    ...mapLifecycle(templates, change),
    ...withFields<OwnTemplates<U>>({
      selector: changing(change)(templates.selector),
      name: change(templates.name),
    }),
  };
}

const changing =
  <T, U>(change: (template: T) => U) =>
  (template: T | undefined): U | undefined =>
    template === undefined ? undefined : change(template);

/** Length of all templates of a policy together, in UTF-16 units. */
export function textLengthOf(spec: ClusterImportPolicySpec): number {
  return inOrder(policyTexts(spec)).reduce((sum, { text }) => sum + text.length, 0);
}
