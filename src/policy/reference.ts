import type { KubeObject, PolicyReference } from '../api/index.ts';
import type { RunOptions } from '../template/index.ts';
import type { FieldPath } from './field-path.ts';
import { nameHint, nameProblem, namespaceProblem } from './rendering/name.ts';
import { failure, renderText } from './rendering/template.ts';
import type { LocationPart } from './secrecy.ts';
import type { PolicyTemplate, ReferenceTemplates } from './templates.ts';

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
  /** Parts of the location that may hold a value of a Secret: nothing that people see may show them. */
  readonly hidden: readonly LocationPart[];
  /**
   * Namespace and name of the object for one source; `earlier` holds the references before this one.
   * @throws {RenderError} if a template fails, the result cannot be a name, or the namespace is not allowed.
   */
  locate(source: KubeObject, earlier: References, run?: RunOptions): ReferenceLocation;
}

/** The reference at a field of the policy, with its templates compiled. */
export function compiledReference(
  reference: PolicyReference,
  field: FieldPath,
  { namespace: namespaceTemplate, name: nameTemplate }: ReferenceTemplates<PolicyTemplate>,
  hidden: readonly LocationPart[],
): CompiledReference {
  const allowed = reference.allowedNamespaces ?? [];
  return {
    key: reference.key,
    group: reference.group,
    resource: reference.resource,
    versions: reference.versions ?? [],
    field: field.text,
    hidden,
    locate(source, earlier, run) {
      const data = { source, references: earlier };
      const name = renderText(nameTemplate, data, run).trim();
      // This comes first: a source that names no object yet names no namespace either.
      if (name === '') throw failure(nameTemplate, 'empty-name', 'the rendered name is empty');
      const namespace =
        namespaceTemplate === undefined ? '' : renderText(namespaceTemplate, data, run).trim();
      const wrongNamespace = namespace === '' ? undefined : namespaceProblem(namespace);
      if (wrongNamespace !== undefined) {
        throw failure(
          namespaceTemplate ?? { field: field.child('namespaceTemplate').text },
          'invalid-name',
          `the rendered namespace ${wrongNamespace}${nameHint(namespace)}`,
        );
      }
      if (allowed.length > 0 && !allowed.includes(namespace)) {
        throw failure(
          namespaceTemplate ?? { field: field.child('namespaceTemplate').text },
          'namespace-not-allowed',
          `the rendered namespace is not one of allowedNamespaces (${allowed.join(', ')})`,
        );
      }
      // Secrets, ConfigMaps and their like; some other kinds, such as roles, have names of another form.
      const problem = reference.group === '' ? nameProblem(name) : pathSegmentProblem(name);
      if (problem !== undefined)
        throw failure(
          nameTemplate,
          'invalid-name',
          `the rendered name ${problem}${reference.group === '' ? nameHint(name) : ''}`,
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
