import type { ClusterImportPolicySpec } from '../../api/index.ts';
import type { PolicyTemplate } from '../compile.ts';
import { referenceField } from '../field-path.ts';
import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';

/**
 * Secrets that the author of a source may choose freely, together with an address that the source also chooses. Such an
 * author could have the credentials of any Secret that the controller may read sent to an address of the author's
 * choice. `allowedNamespaces` limits which Secrets may be chosen. A Secret in the source's own namespace, or with the
 * source's own name, is not a choice.
 */
export function checkSteering(
  { references = [] }: Pick<ClusterImportPolicySpec, 'references'>,
  templates: readonly PolicyTemplate[],
): readonly Finding[] {
  const body = templates.find(({ role }) => role === 'pediaCluster');
  if (body === undefined || !choosesAddress(body)) return [];
  return references.flatMap(({ key, group, resource, allowedNamespaces = [] }, index): Finding[] => {
    if (group !== '' || resource !== 'secrets' || allowedNamespaces.length > 0) return [];
    const { text: field } = referenceField(index).child('namespaceTemplate');
    const namespace = templates.find((template) => template.field === field);
    if (namespace === undefined || !choosesFreely(namespace) || !isUsed(body, key)) return [];
    return [
      {
        severity: 'warning',
        code: 'steerable-secret',
        field,
        message:
          'the source chooses both the address and the Secret, so its author may have the credentials of another Secret sent there; set allowedNamespaces',
      },
    ];
  });
}

/** Whether a line that writes the endpoint reads more of the source than its name and namespace. */
function choosesAddress({ template }: PolicyTemplate): boolean {
  const lines = template.text.split('\n');
  return template.readPaths.some(
    ({ path, line }) =>
      path[0] === 'source' && path[1] !== 'metadata' && /\bapiserver\b/.test(lines[line - 1] ?? ''),
  );
}

const choosesFreely = ({ template }: PolicyTemplate): boolean =>
  template.readPaths.some(
    ({ path: [root, kind, field] }) =>
      root === 'source' && (kind !== 'metadata' || (field !== 'name' && field !== 'namespace')),
  );

const isUsed = ({ template }: PolicyTemplate, key: string): boolean =>
  template.readPaths.some(({ path }) => path[0] === 'references' && (path[1] ?? '*') === key);

export const steering: Check = {
  of: 'text',
  run: ({ policy, templates }) => checkSteering(policy.spec, templates),
};
