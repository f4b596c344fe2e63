import { nameProblem, whiteSpaceHint } from './name.ts';

/** `validation.LabelValueMaxLength` and the name part of a qualified name, in characters. */
const MAX_LABEL_LENGTH = 63;

/** `TotalAnnotationSizeLimitB`: keys and values of all annotations together, in bytes. */
const MAX_ANNOTATIONS = 256 * 1024;

const qualified = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Labels or annotations as a template renders them. */
type Texts = { readonly [key: string]: string };

/** What is wrong with one label or annotation. */
export interface LabelProblem {
  /** The key. Quote it only if the template spells it. */
  readonly key: string;
  /** What of it is wrong. */
  readonly part: 'key' | 'value';
  /** The end of a sentence about the key or the value. It repeats neither. */
  readonly message: string;
}

/** The first label that Kubernetes would refuse (`apimachinery/pkg/apis/meta/v1/validation`, `ValidateLabels`). */
export function labelProblem(labels: Texts): LabelProblem | undefined {
  for (const [key, value] of Object.entries(labels)) {
    const wrongKey = qualifiedNameProblem(key);
    if (wrongKey !== undefined) return { key, part: 'key', message: `is no label key: it ${wrongKey}` };
    const wrongValue = labelValueProblem(value);
    if (wrongValue !== undefined)
      return {
        key,
        part: 'value',
        message: `has a value that no label may have: it ${wrongValue}${whiteSpaceHint(value)}`,
      };
  }
  return undefined;
}

/**
 * The first annotation that Kubernetes would refuse (`ValidateAnnotations`). Any value is valid within the size limit.
 */
export function annotationProblem(annotations: Texts): LabelProblem | undefined {
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    const wrong = qualifiedNameProblem(key.toLowerCase());
    if (wrong !== undefined) return { key, part: 'key', message: `is no annotation key: it ${wrong}` };
    size += new TextEncoder().encode(key + value).length;
    if (size > MAX_ANNOTATIONS)
      return {
        key,
        part: 'value',
        message: `makes all annotations larger than ${String(MAX_ANNOTATIONS)} bytes`,
      };
  }
  return undefined;
}

/** `IsQualifiedName`: a name, or a DNS subdomain, a slash and a name. */
function qualifiedNameProblem(key: string): string | undefined {
  const parts = key.split('/');
  const [first = '', second] = parts;
  if (parts.length > 2) return 'has more than one "/"';
  if (second !== undefined && nameProblem(first) !== undefined)
    return 'has a prefix that is no DNS name before its "/"';
  const name = second ?? first;
  if (name === '') return 'is empty';
  return partProblem(name);
}

function labelValueProblem(value: string): string | undefined {
  return value === '' ? undefined : partProblem(value);
}

function partProblem(part: string): string | undefined {
  if (part.length > MAX_LABEL_LENGTH) return `has more than ${String(MAX_LABEL_LENGTH)} characters`;
  if (/\s/.test(part)) return 'contains white space';
  if (!/^[-A-Za-z0-9_.]*$/.test(part))
    return 'contains a character other than letters of ASCII, digits, "-", "_" and "."';
  return qualified.test(part) ? undefined : 'does not begin and end with a letter or digit';
}
