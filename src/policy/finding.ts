import { DataError } from '../template/data-error.ts';
import type { KubeObject } from '../api/index.ts';
import type { TemplateError } from '../template/index.ts';
import { didYouMean, FunctionError, PublicFunctionError } from '../template/index.ts';
import type { FindingCode } from './codes.ts';

/** One thing that is wrong, or may be wrong, with a policy. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** For programs. */
  readonly code: FindingCode;
  /** Path of the field, e.g. `spec.references[0].nameTemplate`. */
  readonly field: string;
  /** Line and column in the field's text, from 1. */
  readonly line?: number;
  readonly column?: number;
  /** That line, with a caret below the column. */
  readonly excerpt?: string;
  readonly message: string;
  /** What was probably meant, e.g. a function's name. */
  readonly suggestion?: string;
  /** The sample that shows the fault: made-up objects, the source first. `render` accepts them as manifests. */
  readonly witness?: readonly KubeObject[];
}

/**
 * The finding as a compiler would print it: `spec.template 3:16: function "b64decc" is not defined; did you mean
 * "b64dec"?`
 */
export function formatFinding(finding: Finding): string {
  const place =
    finding.line === undefined
      ? finding.field
      : `${finding.field} ${String(finding.line)}:${String(finding.column ?? 1)}`;
  return `${place === '' ? '' : `${place}: `}${finding.message}${didYouMean(finding.suggestion)}`;
}

/** The finding for a template's error that was found without data, at a field. */
export function findingOf(field: string, error: TemplateError): Finding {
  return {
    severity: 'error',
    code: error.code,
    field,
    line: error.line,
    column: error.column,
    excerpt: error.excerpt,
    message: error.message,
    ...(error.suggestion === undefined ? {} : { suggestion: error.suggestion }),
  };
}

/**
 * The finding for a run that failed on data. A function's message may repeat its arguments. So it is left out, unless
 * the function guarantees that its message does not, or the failing call itself contains the text (`fail "no region"`).
 */
export function runFindingOf(field: string, text: string, error: TemplateError): Finding {
  const finding = findingOf(field, error);
  const { cause } = error;
  if (!(cause instanceof FunctionError) || cause instanceof PublicFunctionError) return finding;
  if (cause.message === '' || literalOf(text, error) === cause.message) return finding;
  return { ...finding, message: error.message.replace(`: ${cause.message}`, ' on its arguments') };
}

/** `fail` with a quoted text. In Handlebars, the position is that of the braces before it. */
const fails = /^(?:\{\{\{?~?\s*)?fail\s+("(?:[^"\\]|\\.)*"|'[^']*'|`[^`]*`)/;

/**
 * The quoted text with which the call at the position of an error fails. It is searched only there: elsewhere, a
 * template may contain any text that the data could have.
 */
function literalOf(text: string, { line, column }: TemplateError): string | undefined {
  const source = Array.from(text.split('\n')[line - 1] ?? '')
    .slice(column - 1)
    .join('');
  const literal = fails.exec(source)?.[1];
  if (literal === undefined) return undefined;
  const inner = literal.slice(1, -1);
  // A text with an escape is not used.
  return literal.startsWith('"') && inner.includes('\\') ? undefined : inner;
}

/** Thrown if a policy cannot be compiled; holds everything that is wrong with it. */
export class PolicyError extends Error {
  readonly findings: readonly Finding[];
  constructor(findings: readonly Finding[]) {
    super(findings.map(formatFinding).join('\n'));
    this.name = 'PolicyError';
    this.findings = findings;
  }
}

/** The part of a rendered document that a fault is about. */
export type RenderedPlace =
  | {
      /** Names and indices on the way to it, such as `['spec', 'apiserver']`. */
      readonly path: readonly string[];
      /** Whether the fault is one of the name itself or of the value. @default 'value' */
      readonly part?: 'key' | 'value';
      /** Whether it lacks a field, or items of a list. */
      readonly lacks?: 'field' | 'items';
      /** What is said instead where the template decodes base64 for this value. */
      readonly whereDecoded?: string;
    }
  | {
      /** A line of the rendered text, with `{{…}}` for each value. */
      readonly line: string;
      /** The fault without that line, for where the template's own line is shown. */
      readonly message: string;
    };

/**
 * Thrown if a policy's templates do not render for one source. The message never contains a value of the source or of
 * its references: it is shown in conditions, events and logs.
 */
export class RenderError extends DataError {
  readonly finding: Finding;
  /** The faulty part of the rendered document, if it is known. */
  readonly place: RenderedPlace | undefined;
  readonly #locate: (() => Finding) | undefined;

  /** @param locate finds line and column in the template, which may take another rendering */
  constructor(finding: Finding, place?: RenderedPlace, locate?: () => Finding) {
    super(formatFinding(finding));
    this.name = 'RenderError';
    this.finding = finding;
    this.place = place;
    this.#locate = locate;
  }

  /** The finding with its line and column in the template, for people. */
  get located(): Finding {
    return this.#locate?.() ?? this.finding;
  }

  /** The finding's code, by which programs distinguish errors. */
  get code(): FindingCode {
    return this.finding.code;
  }

  /** Path of the template in the policy, such as `spec.template`. */
  get field(): string {
    return this.finding.field;
  }
}
