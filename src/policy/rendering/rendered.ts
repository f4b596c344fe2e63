import type { RenderedPediaCluster } from '../../api/index.ts';
import { renderedPediaClusterSchema } from '../../api/index.ts';
import type { Fragment } from '../../template/index.ts';
import { closest } from '../../template/index.ts';
import type { Finding } from '../finding.ts';
import { RenderError } from '../finding.ts';
import { closedValidator } from './schema-validation.ts';
import type { YamlRenderer, YamlValue } from './yaml-shape.ts';
import { YamlShapeError } from './yaml-error.ts';

/**
 * What a template's fragments describe: structure-safe YAML, checked against PediaCluster's schema, normalised as
 * Clusterpedia's own Go types would write it (no nulls, no empty strings in spec), so that equal means equal.
 * @param field the template's field, for errors
 * @throws {RenderError} naming the first thing wrong; never with a value in the message.
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
    const written = problem.names.every((name) =>
      fragments.some((part) => part.kind === 'text' && part.text.includes(name)),
    );
    // A name that the template does not spell came from data, and data stays out of messages.
    if (!written)
      throw failure(
        field,
        'not-a-pediacluster',
        "a field whose name is interpolated is not a PediaCluster's, or has a wrong value",
      );
    throw failure(field, 'not-a-pediacluster', problem.message, problem.suggestion);
  }
  return normalise(rendered as RenderedPediaCluster);
}

const validateRendered = closedValidator(renderedPediaClusterSchema, closest);

function renderGuarded(field: string, renderer: YamlRenderer, fragments: readonly Fragment[]): YamlValue {
  try {
    return renderer.render(fragments);
  } catch (error) {
    if (!(error instanceof YamlShapeError)) throw error;
    const finding: Finding = { severity: 'error', code: 'invalid-yaml', field, message: placed(error) };
    throw new RenderError(finding);
  }
}

/** The position is one in the rendered text, which is not the template's: the message says so and shows the line. */
function placed(error: YamlShapeError): string {
  if (error.line === undefined) return `the rendered text ${error.message}`;
  const line = (error.excerpt ?? '').trim();
  return `the rendered text ${error.message} (rendered line ${String(error.line)}: ${line.slice(0, 120)})`;
}

function failure(field: string, code: string, message: string, suggestion?: string): RenderError {
  return new RenderError({
    severity: 'error',
    code,
    field,
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** Go's decoder takes a null for an absent field. */
function withoutNulls(value: YamlValue): YamlValue {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

/** Go's encoder leaves empty strings out (`omitempty`). */
function normalise(rendered: RenderedPediaCluster): RenderedPediaCluster {
  const spec = Object.fromEntries(Object.entries(rendered.spec).filter(([, value]) => value !== ''));
  return {
    ...(rendered.metadata === undefined ? {} : { metadata: rendered.metadata }),
    spec: spec as RenderedPediaCluster['spec'],
  };
}
