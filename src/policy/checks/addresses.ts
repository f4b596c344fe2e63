import type { RenderedPediaCluster } from '../../api/index.ts';
import type { Finding } from '../finding.ts';
import { clusterField } from '../field-path.ts';
import { withPlace } from '../places/field-place.ts';
import type { Evidence } from '../trial/evidence.ts';
import type { CompiledPolicy } from '../compile.ts';
import { isNoAddress, NO_ADDRESS, usabilityOf } from '../usable.ts';
import type { Check } from './check.ts';

/**
 * Existing sources for which `apiserver` is no address, beside a kubeconfig. What the template itself spells is reported
 * from its text.
 */
export function checkAddresses(
  { at: { body } }: Pick<CompiledPolicy, 'at'>,
  { existing }: Pick<Evidence, 'existing'>,
): readonly Finding[] {
  const { template, field } = body;
  const rendered = existing.flatMap(({ outcome }) => outcome.rendered ?? []);
  const wrong = rendered.filter(
    (made) => isUnread(made) && !template.text.includes(made.spec.apiserver ?? ''),
  );
  if (wrong.length === 0) return [];
  const count =
    rendered.length === 1
      ? 'for the one existing source that was tried'
      : `for ${String(wrong.length)} of ${String(rendered.length)} existing sources`;
  const message = `${count}, spec.apiserver ${NO_ADDRESS}`;
  const told: Finding = { severity: 'warning', code: 'no-address', field, message };
  return [withPlace(told, template, { path: clusterField('apiserver').text.split('.') })];
}

const isUnread = ({ spec }: RenderedPediaCluster): boolean =>
  spec.apiserver !== undefined &&
  isNoAddress(spec.apiserver) &&
  usabilityOf(spec).credential === 'kubeconfig';

export const addresses: Check = {
  of: 'evidence',
  run: ({ compiled, evidence }) => checkAddresses(compiled, evidence),
};
