import type { RenderedPediaCluster } from '../../api/index.ts';
import { renderedPediaClusterSchema } from '../../api/index.ts';
import type { Fragment } from '../../template/index.ts';
import { closest } from '../../template/index.ts';
import type { FindingCode } from '../codes.ts';
import type { RenderedPlace } from '../finding.ts';
import { RenderError } from '../finding.ts';
import { annotationProblem, labelProblem } from './object-labels.ts';
import type { LabelProblem } from './object-labels.ts';
import type { SchemaProblem } from './schema-validation.ts';
import { closedValidator } from './schema-validation.ts';
import type { YamlRenderer, YamlValue } from './yaml-shape.ts';
import { YamlShapeError } from './yaml-error.ts';

/**
 * The PediaCluster that a template's fragments describe: structure-safe YAML, checked against PediaCluster's schema,
 * and
 * normalised as Clusterpedia's own Go types would write it (no nulls, no empty strings in spec), so that equal objects
 * compare as equal.
 * @param field the template's field, for errors
 * @throws {RenderError} naming the first fault; its message never contains a value.
 */
export function interpretRendered(
  field: string,
  renderer: YamlRenderer,
  fragments: readonly Fragment[],
): RenderedPediaCluster {
  const rendered = withoutNulls(renderGuarded(field, renderer, fragments));
  if (rendered === null) {
    throw failure(
      field,
      'not-a-pediacluster',
      'renders to nothing; it must render at least spec.syncResources',
    );
  }
  if (typeof rendered !== 'object' || Array.isArray(rendered)) {
    throw failure(field, 'not-a-pediacluster', 'renders to something that is no YAML mapping');
  }
  const [problem] = validateRendered(rendered);
  if (problem !== undefined) {
    if (!renderer.spells(fragments, problem.path))
      throw failure(
        field,
        'not-a-pediacluster',
        "a field whose name is interpolated is not a PediaCluster's, or has a wrong value",
      );
    throw failure(field, codeOf(problem), problem.message, problem, problem.suggestion);
  }
  const { metadata = {}, spec } = rendered as RenderedPediaCluster;
  const spells = (place: string, key: string) => renderer.spells(fragments, ['metadata', place, key]);
  refuseLabel(field, spells, 'labels', labelProblem(metadata.labels ?? {}));
  refuseLabel(field, spells, 'annotations', annotationProblem(metadata.annotations ?? {}));
  return { ...((rendered as RenderedPediaCluster).metadata && { metadata }), spec: normalise(spec) };
}

function refuseLabel(
  field: string,
  spells: (place: string, key: string) => boolean,
  place: 'labels' | 'annotations',
  problem: LabelProblem | undefined,
): void {
  if (problem === undefined) return;
  const { key, part, message } = problem;
  // A key that the template does not spell came from data, and messages contain no data.
  const isSpelt = spells(place, key);
  const at = isSpelt ? `metadata.${place}["${key}"]` : `a key of metadata.${place}`;
  const path = ['metadata', place, ...(isSpelt ? [key] : [])];
  throw failure(field, 'invalid-label', `${at} ${message}`, { path, part });
}

const codeOf = ({ format }: SchemaProblem) => (format === 'byte' ? 'not-base64' : 'not-a-pediacluster');

const validateRendered = closedValidator(renderedPediaClusterSchema, closest);

function renderGuarded(field: string, renderer: YamlRenderer, fragments: readonly Fragment[]): YamlValue {
  try {
    return renderer.render(fragments);
  } catch (error) {
    if (!(error instanceof YamlShapeError)) throw error;
    const message = `the rendered text ${error.message}`;
    if (error.line === undefined) throw failure(field, 'invalid-yaml', message);
    // The position is one in the rendered text. So the message shows that line, unless the template's own is shown.
    const line = (error.excerpt ?? '').trim();
    const shown = `${message} (rendered line ${String(error.line)}: ${line.slice(0, 120)})`;
    throw failure(field, 'invalid-yaml', shown, { line, message });
  }
}

function failure(
  field: string,
  code: FindingCode,
  message: string,
  place?: RenderedPlace,
  suggestion?: string,
): RenderError {
  return new RenderError(
    { severity: 'error', code, field, message, ...(suggestion === undefined ? {} : { suggestion }) },
    place,
  );
}

/** Go's decoder treats null like an absent field. */
function withoutNulls(value: YamlValue): YamlValue {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

/** Fields of bytes: Go's decoder skips line breaks in them, and its encoder writes none. */
const bytesFields = ['kubeconfig', 'caData', 'tokenData', 'certData', 'keyData'] as const;

/**
 * The fields as Go's decoder and encoder would leave them: no empty strings (`omitempty`), no line breaks in base64.
 * White space around the endpoint is removed too: a block of text ends with a line break, which a URL must not contain.
 */
function normalise(spec: RenderedPediaCluster['spec']): RenderedPediaCluster['spec'] {
  const clean = Object.fromEntries(
    bytesFields.flatMap((name) => {
      const bytes = spec[name];
      return bytes === undefined ? [] : [[name, bytes.replaceAll(/[\r\n]/g, '')]];
    }),
  );
  const apiserver = spec.apiserver === undefined ? {} : { apiserver: spec.apiserver.trim() };
  const fields = Object.entries({ ...spec, ...clean, ...apiserver }).filter(([, value]) => value !== '');
  return Object.fromEntries(fields) as RenderedPediaCluster['spec'];
}
