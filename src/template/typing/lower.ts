import type { FunctionTable } from '../function.ts';
import type { ParsedTemplate } from '../syntax/parser.ts';
import { print } from '../syntax/node.ts';
import type {
  ActionLike,
  BranchNode,
  CommandNode,
  IdentifierNode,
  ListNode,
  NumberNode,
  OperandNode,
  PipeNode,
  VariableNode,
} from '../syntax/node.ts';
import { VariableStack } from '../scope.ts';
import type { Declared } from '../scope.ts';
import { DATA } from './program.ts';
import type {
  Assignment,
  Branch,
  Constant,
  Expression,
  Language,
  Program,
  Statement,
  VariableId,
} from './program.ts';
import { constant, float, integer, nil, truthOf, unknown } from './type.ts';

/** Go's text/template, after exec.go. */
const goTemplate: Language = {
  truth: truthOf,
  strictFields: true,
  oneNumber: false,
  loop: 'range',
  root: '$',
};

/**
 * A parsed Go template in the form of the type checker. What the compiler certainly refuses gets any type, so that it
 * is reported only once.
 *
 * @param functions all functions that the template can call, by name
 */
export function programOf({ root, defined }: ParsedTemplate, functions: FunctionTable): Program {
  let mutates = false;
  const lowered = new Map<ListNode, readonly Statement[]>();
  const body = (tree: ListNode): readonly Statement[] => {
    let known = lowered.get(tree);
    if (known === undefined) {
      const lowering = new BodyLowering(functions);
      lowered.set(tree, (known = lowering.body(tree)));
      mutates ||= lowering.mutates;
    }
    return known;
  };
  const main = body(root);
  const templates = new Map(Array.from(defined, ([name, tree]) => [name, body(tree)]));
  return { main, templates, language: goTemplate, mutates };
}

type Scoped = Declared & { readonly id: VariableId };

/** One template's tree, in its order of evaluation. */
class BodyLowering {
  mutates = false;
  readonly #functions: FunctionTable;
  readonly #scope = new VariableStack<Scoped>();
  #ids: VariableId = DATA;
  #dot: VariableId = DATA;
  #conditional = false;

  constructor(functions: FunctionTable) {
    this.#functions = functions;
    this.#scope.push({ name: '$', id: DATA, conditional: false });
  }

  body(tree: ListNode): readonly Statement[] {
    return this.#scope.within(() => tree.nodes.map((node) => this.#statement(node)));
  }

  #statement(node: ActionLike): Statement {
    switch (node.kind) {
      case 'text':
      case 'break':
      case 'continue':
        return node;
      case 'action': {
        const value = this.#pipe(node.pipe);
        const kind = node.pipe.variables.length > 0 ? 'evaluate' : 'emit';
        return { kind, position: node.position, value };
      }
      case 'template': {
        const { position, name, pipe } = node;
        return {
          kind: 'template',
          position,
          name,
          ...(pipe === undefined ? {} : { argument: this.#pipe(pipe) }),
        };
      }
      default:
        return this.#scope.within(() => this.#branch(node));
    }
  }

  #branch(node: BranchNode): Branch {
    const { kind, position } = node;
    const isRange = kind === 'range';
    const value = isRange ? this.#value(node.pipe) : this.#pipe(node.pipe);
    const variables = isRange ? node.pipe.variables.map((variable) => this.#target(variable, node.pipe)) : [];
    const dot = kind === 'if' ? this.#dot : ++this.#ids;
    const outer = this.#dot;
    this.#dot = dot;
    const body = this.body(node.list);
    this.#dot = outer;
    const [first, second] = variables;
    return {
      kind,
      position,
      negated: false,
      value,
      items: kind === 'if' ? [] : [dot, second ?? first].filter((id) => id !== undefined),
      keys: second === undefined || first === undefined ? [] : [first],
      body,
      otherwise: node.elseList === undefined ? [] : this.body(node.elseList),
    };
  }

  /** The variable that a pipeline sets. If it may not be declared, it is not followed: it gets a name of its own. */
  #target(variable: VariableNode, { assigns }: PipeNode): VariableId {
    if (assigns) return this.#resolve(variable.name) ?? ++this.#ids;
    const id = ++this.#ids;
    this.#scope.push({ name: variable.name, id, conditional: this.#conditional });
    return id;
  }

  /** What a name means, if that does not depend on the run. */
  #resolve(name: string): VariableId | undefined {
    const candidates = this.#scope.candidates(name);
    const [only] = candidates;
    return candidates.length === 1 && only?.conditional === false ? only.id : undefined;
  }

  #pipe(node: PipeNode): Expression {
    const value = this.#value(node);
    if (node.variables.length === 0) return value;
    const ids = node.variables.map((variable) => this.#target(variable, node));
    return { kind: 'assignment', position: node.position, ids, value } satisfies Assignment;
  }

  #value(node: PipeNode): Expression {
    let value: Expression | undefined;
    for (const command of node.commands) value = this.#command(command, value);
    return value ?? this.#anything(node);
  }

  #command(node: CommandNode, passed: Expression | undefined): Expression {
    const [first, ...rest] = node.words;
    if (first.kind === 'identifier') return this.#call(first, rest, passed);
    if (rest.length === 0 && passed === undefined) return this.#operand(first);
    // A method with arguments: data has no methods, but evaluated arguments are checked.
    const args = rest.map((word) => this.#operand(word));
    return {
      kind: 'call',
      position: first.position,
      name: print(first),
      called: anyMethod,
      args: [this.#operand(first), ...args, ...(passed === undefined ? [] : [passed])],
      eager: 0,
    };
  }

  #call(node: IdentifierNode, rest: readonly OperandNode[], passed: Expression | undefined): Expression {
    const called = this.#functions.get(node.name);
    if (called === undefined || 'removed' in called) return this.#anything(node);
    if (called.mutates === true) this.mutates = true;
    const lazy = called.stopsAt !== undefined;
    const args = rest.map((word, i) => this.#conditionally(lazy && i > 0, () => this.#operand(word)));
    if (passed !== undefined) args.push(passed);
    const count = args.length;
    const isCallable =
      count >= called.params.length && (count === called.params.length || called.variadic !== undefined);
    const eager = passed === undefined ? 0 : 1;
    // The compiler reports a wrong number of arguments. A run evaluates them all the same.
    return {
      kind: 'call',
      position: node.position,
      name: node.name,
      called: isCallable ? called : anyMethod,
      args,
      eager,
    };
  }

  #conditionally<T>(conditional: boolean, lower: () => T): T {
    const outer = this.#conditional;
    this.#conditional ||= conditional;
    const result = lower();
    this.#conditional = outer;
    return result;
  }

  #operand(node: OperandNode): Expression {
    const { position } = node;
    switch (node.kind) {
      case 'dot':
        return { kind: 'variable', position, id: this.#dot, text: '.' };
      case 'field': {
        const base: Expression = { kind: 'variable', position, id: this.#dot, text: '.' };
        return { kind: 'fields', position, base, names: node.fields };
      }
      case 'variable':
        return this.#variable(node);
      case 'chain':
        return { kind: 'fields', position, base: this.#operand(node.operand), names: node.fields };
      case 'identifier':
        return this.#call(node, [], undefined);
      case 'pipe':
        return this.#pipe(node);
      case 'nil':
        return { kind: 'constant', position, type: nil, text: 'nil' };
      case 'bool':
      case 'string':
        return { kind: 'constant', position, type: constant(node.value), text: print(node) };
      case 'number':
        return { kind: 'constant', position, type: typeOfNumber(node), text: node.text };
    }
  }

  #variable(node: VariableNode): Expression {
    const { position, name, fields } = node;
    const id = this.#resolve(name);
    if (id === undefined) return this.#anything(node);
    const variable: Expression = { kind: 'variable', position, id, text: name };
    return fields.length === 0 ? variable : { kind: 'fields', position, base: variable, names: fields };
  }

  #anything(node: OperandNode): Constant {
    return { kind: 'constant', position: node.position, type: unknown, text: print(node) };
  }
}

/** Stands for a method of a value. Only a run can show its result. */
const anyMethod = { params: [], variadic: 'reflect', call: () => undefined } as const;

/** The type of a number by its syntax alone, as the compiler decides it. */
function typeOfNumber({ text, int, float: real, complex }: NumberNode): Constant['type'] {
  if (complex !== undefined) return unknown;
  if (int === undefined) return real === undefined ? unknown : float;
  const isHexInt = /^0[xX]./.test(text) && !/[pP]/.test(text);
  if (!isHexInt && !text.startsWith("'") && /[.eEpP]/.test(text)) return float;
  return integer('int', typeof int === 'number' ? [int] : undefined);
}
