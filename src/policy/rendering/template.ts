import type { RunOptions, Value } from '../../template/index.ts';
import { TemplateError } from '../../template/index.ts';
import type { FindingCode } from '../codes.ts';
import type { Finding } from '../finding.ts';
import { RenderError, runFindingOf } from '../finding.ts';
import { startOf } from '../place.ts';
import type { PolicyTemplate } from '../templates.ts';
import { conditionOutcome } from './condition.ts';

type TemplateContext = {
  readonly source: JsonObject;
  readonly references?: { readonly [key: string]: JsonObject };
};

type JsonObject = { readonly [field: string]: unknown };

/** Kubernetes objects are decoded JSON, and templates compute with that; the type `unknown` is only less exact. */
export function asData(context: TemplateContext): Value {
  return context as Value;
}

/** The output of a template. @throws {RenderError} if it fails. */
export function renderText(template: PolicyTemplate, context: TemplateContext, run?: RunOptions): string {
  return guard(template, () => template.template.execute(asData(context), run));
}

/** Whether a condition holds. @throws {RenderError} if it fails. */
export function holds(template: PolicyTemplate, context: TemplateContext, run?: RunOptions): boolean {
  return conditionOutcome(renderText(template, context, run)).holds;
}

/** Adds to a template's error the field in which it happened. */
export function guard<T>({ field, template }: PolicyTemplate, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateError) throw new RenderError(runFindingOf(field, template.text, error));
    throw error;
  }
}

/** An error in what a template has rendered as a whole. */
export function failure(
  { field, template }: Pick<PolicyTemplate, 'field'> & Partial<Pick<PolicyTemplate, 'template'>>,
  code: FindingCode,
  message: string,
): RenderError {
  const finding: Finding = { severity: 'error', code, field, message };
  return new RenderError(finding, undefined, () => ({ ...finding, ...(template && startOf(template)) }));
}
