import type { EachFieldOf, PolicySource, SourceScope } from '../api/index.ts';

const LABEL_KEY = String.raw`(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;
const LABEL_VALUE = String.raw`(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?`;
const labelRequirement = new RegExp(
  `^(?:!?\\s*${LABEL_KEY}|${LABEL_KEY}\\s*(?:==?|!=)\\s*${LABEL_VALUE}|${LABEL_KEY}\\s*[<>]\\s*\\d+|` +
    `${LABEL_KEY}\\s+(?:in|notin)\\s*\\(\\s*${LABEL_VALUE}(?:\\s*,\\s*${LABEL_VALUE})*\\s*\\))$`,
);
const fieldRequirement = /^([A-Za-z][A-Za-z0-9_.]*)\s*(?:==?|!=)\s*[^,=]*$/;

/**
 * Why a text is not a valid selector of `kubectl get -l` or `--field-selector`; `undefined` if it is one. Grammar:
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function selectorProblem(kind: 'label' | 'field', selector: string): string | undefined {
  if (selector.trim() === '') return undefined;
  const pattern = kind === 'label' ? labelRequirement : fieldRequirement;
  const example = kind === 'label' ? 'env=prod,tier in (a, b),!paused' : 'metadata.namespace=default';
  // Commas inside "in (a, b)" separate values, not requirements.
  const wrong = selector.split(/,(?![^(]*\))/).find((requirement) => !pattern.test(requirement.trim()));
  return wrong === undefined
    ? undefined
    : `is no ${kind} selector at "${wrong.trim().slice(0, 60)}"; write it as in "${example}"`;
}

/** The fields that a field selector names, in its order. */
export const selectedFields = (selector: string): readonly string[] =>
  selector.split(',').flatMap((requirement) => fieldRequirement.exec(requirement.trim())?.slice(1) ?? []);

/** The selectors of a source that the API server applies, in each of its namespaces. */
export type SourceSelectors = EachFieldOf<Omit<SourceScope, 'namespaces'>>;

/** The selectors with which the objects of a source are listed. */
export const selectorsOf = ({ labelSelector, fieldSelector }: PolicySource): SourceSelectors => ({
  labelSelector,
  fieldSelector,
});
