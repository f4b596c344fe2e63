import { BREAKING, CONTINUING, GO_ON } from './code.ts';
import type { Action, Body, Code, Expression, Name } from './code.ts';
import type { DecisionPoint, Decisions } from './decision.ts';
import { closest, LimitError } from './errors.ts';
import { ExpressionCompiler, telling } from './expression.ts';
import type { Findings } from './expression.ts';
import type { Place } from './fault.ts';
import type { FunctionTable } from './function.ts';
import type { Limits } from './limits.ts';
import {
  integerElements,
  ListElements,
  loopTurn,
  mapElements,
  none,
  outcomeOfItems,
  writeLoopTurn,
} from './loop.ts';
import type { Elements } from './loop.ts';
import type { Run } from './run.ts';
import { nothing, sequence, writing } from './sequence.ts';
import type { Part } from './sequence.ts';
import type { ActionLike, ActionNode, BranchNode, ListNode, TemplateNode } from './syntax/node.ts';
import type { ParsedTemplate } from './syntax/parser.ts';
import { entriesOf, isTrue, itemsOf, kindOf, typeOf } from './types.ts';
import type { Value } from './value.ts';

/* The statements of a template as closures, which can also write themselves as code. */

/** The input from which bodies are compiled. */
export interface Sources {
  readonly text: string;
  readonly parsed: ParsedTemplate;
  readonly functions: FunctionTable;
  readonly findings: Findings;
  readonly limits: Limits;
  /** The decisions that runs shall report. */
  readonly decisions?: Decisions;
}

/** A template's bodies, by the names of the templates: its own name, and those that it defines. */
export type Bodies = ReadonlyMap<string, Body>;

export function compileBodies(sources: Sources): Bodies {
  const bodies = new Map<string, Body>();
  for (const [name, tree] of sources.parsed.defined) {
    bodies.set(name, new BodyCompiler(sources, bodies).body(tree));
  }
  return bodies;
}

/** The variables of a body, before it runs. */
export function newFrame(body: Body, dot: Value): Value[] {
  const frame = new Array<Value>(body.slots);
  frame[0] = dot;
  return frame;
}

/**
 * How many control actions may be under way in all nested template calls together. JavaScript's stack bears this
 * easily.
 */
const MAX_STACKED_NESTING = 1_000;

/** Compiles one template's tree, after the `walk` functions of Go's exec.go. */
class BodyCompiler {
  readonly #expressions: ExpressionCompiler;
  readonly #bodies: Bodies;
  readonly #names: readonly string[];
  readonly #limits: Limits;
  /** By position: the blocks whose decisions runs shall report. */
  readonly #blocks: ReadonlyMap<number, DecisionPoint> | undefined;
  /** How many control actions surround the present one. */
  #nesting = 0;

  constructor({ text, parsed, functions, findings, limits, decisions }: Sources, bodies: Bodies) {
    this.#expressions = new ExpressionCompiler(text, functions, findings, decisions?.calls);
    this.#bodies = bodies;
    this.#names = [...parsed.defined.keys()];
    this.#limits = limits;
    this.#blocks = decisions?.blocks;
  }

  body(tree: ListNode): Body {
    const run = this.#list(tree);
    return { run, slots: this.#expressions.scope.slots };
  }

  #list(list: ListNode): Action {
    const parts: Part[] = [];
    let before: string | undefined;
    for (const node of list.nodes) {
      if (node.kind === 'text' && before === undefined) before = node.text;
      else {
        parts.push(this.#part(before, node));
        before = undefined;
      }
    }
    return sequence(parts, before);
  }

  #action(node: ActionLike): Action {
    switch (node.kind) {
      case 'text':
        return writing(node.text);
      case 'action':
        return this.#set(node);
      case 'break':
        return leaving(BREAKING);
      case 'continue':
        return leaving(CONTINUING);
      case 'template':
        return this.#template(node);
      default:
        return this.#expressions.scope.within(() => this.#nested(node));
    }
  }

  #nested(node: BranchNode): Action {
    this.#nesting++;
    const action = node.kind === 'range' ? this.#range(node) : this.#branch(node);
    this.#nesting--;
    return action;
  }

  #part(before: string | undefined, node: ActionLike): Part {
    if (node.kind !== 'action' || node.pipe.variables.length > 0)
      return { before, position: 0, value: undefined, action: this.#action(node) };
    const value = this.#expressions.loosePipeline(node.pipe);
    return { before, position: node.position, value, action: nothing };
  }

  /** Sets a pipeline's variables. They stay until the surrounding action ends. */
  #set(node: ActionNode): Action {
    const { position, pipe } = node;
    const value = this.#expressions.loosePipeline(pipe);
    const action: Action = (run, dot, frame) => {
      run.at = position;
      run.charge(1);
      value(run, dot, frame);
      return GO_ON;
    };
    const write = (code: Code): void => {
      writeStart(code, position);
      code.expression(value);
    };
    return Object.assign(action, { write });
  }

  #branch(node: BranchNode): Action {
    const { position, kind } = node;
    const condition = this.#telling(position, outcomeOfTruth, this.#expressions.loosePipeline(node.pipe));
    const list = this.#expressions.scope.within(() => this.#list(node.list));
    const otherwise = this.#elseList(node);
    const setsDot = kind === 'with';
    const action: Action = (run, dot, frame) => {
      run.at = position;
      run.charge(1);
      const value = condition(run, dot, frame);
      if (isTrue(value)) return list(run, setsDot ? value : dot, frame);
      return otherwise(run, dot, frame);
    };
    const write = (code: Code): void => {
      writeStart(code, position);
      const value = code.expression(condition);
      code.line`if (${code.constant(isTrue)}(${value})) {`;
      code.withDot(setsDot ? value : code.dot, () => {
        code.action(list);
      });
      code.line`} else {`;
      code.action(otherwise);
      code.line`}`;
    };
    return Object.assign(action, { write });
  }

  /** A value that decides which way a block takes. If runs shall report decisions, this one is reported. */
  #telling(position: number, outcomeOf: (value: Value) => number, value: Expression): Expression {
    const point = this.#blocks?.get(position);
    return point ? telling(point, outcomeOf, value) : value;
  }

  #elseList(node: BranchNode): Action {
    const { elseList } = node;
    return elseList ? this.#expressions.scope.within(() => this.#list(elseList)) : nothing;
  }

  #range(node: BranchNode): Action {
    const { position } = node;
    const { value: collection, setters } = this.#expressions.rangePipeline(node.pipe);
    const value = this.#telling(position, outcomeOfItems, collection);
    const valueAt = this.#expressions.at;
    const list = this.#expressions.scope.within(() => this.#list(node.list));
    const otherwise = this.#elseList(node);
    const turn = loopTurn(list, setters);
    const elementsOf = (collection: Value, run: Run): Elements =>
      this.#elements(collection, setters.length, valueAt, run);
    const action: Action = (run, dot, frame) => {
      run.at = position;
      run.charge(1);
      const elements = elementsOf(value(run, dot, frame), run);
      const { length } = elements;
      if (length === 0) {
        // As in Go, a "break" there ends this loop, not the surrounding one.
        const signal = otherwise(run, dot, frame);
        return signal === BREAKING ? GO_ON : signal;
      }
      for (let i = 0; i < length; i++) {
        run.at = position;
        run.charge(1);
        if (turn(run, frame, elements, i) === BREAKING) break;
      }
      return GO_ON;
    };
    const write = (code: Code): void => {
      writeStart(code, position);
      const elements = code.value`${code.constant(elementsOf)}(${code.expression(value)}, run)`;
      const writeTurn = (i: Name): void => {
        writeStart(code, position);
        writeLoopTurn(code, elements, i, list, setters);
      };
      code.loop(code.value`${elements}.length`, writeTurn, () => {
        code.action(otherwise);
      });
    };
    return Object.assign(action, { write });
  }

  #elements(collection: Value, variables: number, position: Place, run: Run): Elements {
    if (collection === undefined || collection === null) return none;
    const items = itemsOf(collection);
    if (items) return new ListElements(items);
    const entries = entriesOf(collection);
    if (entries) return mapElements(entries, run);
    const kind = kindOf(collection);
    if (kind !== 'int' && kind !== 'uint') {
      const message = `range cannot go over a value of type ${typeOf(collection)}`;
      throw this.#expressions.faults.error('not-iterable', position, message);
    }
    if (variables > 1) {
      const message = 'range over an integer sets one variable, not two';
      throw this.#expressions.faults.error('not-iterable', position, message);
    }
    return integerElements(collection);
  }

  #template(node: TemplateNode): Action {
    const { position, name, pipe } = node;
    const expressions = this.#expressions;
    expressions.at = position;
    if (!this.#names.includes(name)) {
      return expressions.failing('unknown-template', `template "${name}" is not defined`, () =>
        closest(name, this.#names),
      );
    }
    const argument: Expression = pipe ? expressions.pipeline(pipe) : () => undefined;
    const { templateDepth } = this.#limits;
    const nesting = this.#nesting + 1;
    return (run, dot, frame) => {
      run.at = position;
      run.charge(1);
      const body = this.#bodies.get(name);
      if (!body) return GO_ON;
      const value = argument(run, dot, frame);
      run.at = position;
      if (++run.depth > templateDepth || (run.nesting += nesting) > MAX_STACKED_NESTING) {
        throw new LimitError(
          'limit-template-depth',
          `templates call one another more than ${String(templateDepth)} deep`,
        );
      }
      body.run(run, value, newFrame(body, value));
      run.depth--;
      run.nesting -= nesting;
      return GO_ON;
    };
  }
}

const outcomeOfTruth = (value: Value): number => (isTrue(value) ? 0 : 1);

/** Writes code that records the present action and charges its step. */
function writeStart(code: Code, position: number): void {
  code.line`run.at = ${position};`;
  code.line`run.charge(1);`;
}

/** Ends a loop, or one turn of it. */
function leaving(signal: typeof BREAKING | typeof CONTINUING): Action {
  const write = (code: Code): void => {
    code.leave(signal);
  };
  return Object.assign(() => signal, { write });
}
