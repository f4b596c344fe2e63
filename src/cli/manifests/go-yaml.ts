import type { ParseOptions, DocumentOptions, SchemaOptions, ScalarTag, Tags } from 'yaml';

/*
 * kubectl, kustomize and the API server read YAML with go-yaml v2 (sigs.k8s.io/yaml), which resolves some plain scalars
 * as YAML 1.1 did. Files are read the same way here, so that an offline answer is about the object that would be stored.
 */

const bool = (value: boolean, test: RegExp): ScalarTag => ({
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test,
  resolve: () => value,
});

/** go-yaml v2 `resolve.go`: `strconv.ParseInt(plain, 0, 64)` after underscores are taken out. */
const integer: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?(?:0b[01_]+|0[0-7_]+|[1-9][0-9]*_[0-9_]*)$/,
  resolve(text) {
    const digits = text.replaceAll('_', '').replace(/^[-+]/, '');
    const octal = /^0[0-7]/.test(digits);
    const magnitude = BigInt(octal ? `0o${digits.slice(1)}` : digits);
    return text.startsWith('-') ? -magnitude : magnitude;
  },
};

const goTags = [
  bool(true, /^(?:y|Y|yes|Yes|YES|on|On|ON)$/),
  bool(false, /^(?:n|N|no|No|NO|off|Off|OFF)$/),
  integer,
];

/** Options of the parser for manifests: merge keys, Go's plain scalars, integers as bigint (see {@link withGoNumbers}). */
export const goYaml = {
  merge: true,
  prettyErrors: false,
  intAsBigInt: true,
  customTags: (tags: Tags) => [...goTags, ...tags],
} as const satisfies ParseOptions & DocumentOptions & SchemaOptions;

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/**
 * The value with integers as in the template value model: a number if it is exact, a bigint up to int64, otherwise a
 * float64, as Kubernetes decodes JSON (`k8s.io/apimachinery/pkg/util/json`).
 */
export function withGoNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') {
    if (Number.isSafeInteger(Number(value))) return Number(value);
    return value >= int64Min && value <= int64Max ? value : Number(value);
  }
  if (Array.isArray(value)) return value.map(withGoNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withGoNumbers(item)]));
}
