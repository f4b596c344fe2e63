import type { ClusterImportPolicySpec } from '../../api/index.ts';
import type { ResourceFacts } from '../checks/facts.ts';
import { placeOfRead } from '../place.ts';
import { compileInSteps } from '../compile.ts';
import { toEnd } from '../paced.ts';
import { PolicyTypes } from './policy-types.ts';

/** What an expression of a policy can be, by the schemas of source and references. */
export interface ExpressionType {
  /** Field of the policy. */
  readonly field: string;
  /** Place of the expression in the template; lines and columns count from 1. */
  readonly line: number;
  readonly column: number;
  /** The expression as it stands there: a chain of fields, a variable, or the name of a function. */
  readonly text: string;
  /** In plain words, as messages have it. */
  readonly type: string;
}

/** The types of all expressions in the templates that compile, in the order of the policy. */
export function expressionTypesOf(
  spec: ClusterImportPolicySpec,
  source: ResourceFacts,
  references: ReadonlyMap<string, ResourceFacts>,
): readonly ExpressionType[] {
  const types = new PolicyTypes(source, references);
  return toEnd(compileInSteps(spec)).templates.flatMap((own) =>
    types
      .of(own)
      .expressions()
      .map(({ text, type, ...position }) => {
        const { line, column } = text.startsWith('.') ? placeOfRead(own.template, position) : position;
        return { field: own.field, line, column, text, type };
      }),
  );
}
