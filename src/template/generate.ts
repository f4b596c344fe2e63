import { BREAKING, GO_ON } from './code.ts';
import type { Action, Code, CONTINUING, Expression, Name } from './code.ts';

/*
 * Writes an action as one JavaScript function. All templates call closures from the same places, so the JavaScript
 * engine cannot optimize for one of them. In a function of its own, a template's reads and calls are as fast as
 * hand-written code.
 */

/** If the code would be longer than this, the template keeps its closures: compiling it would take too long. */
const MAX_LENGTH = 200_000;

/**
 * An action as a function of its own; `undefined` if it is too long, or if the process does not allow code to be
 * generated (`--disallow-code-generation-from-strings`).
 */
export function generate(action: Action): Action | undefined {
  const writer = new CodeWriter();
  writer.action(action);
  return writer.isTooLong ? undefined : compiled(writer.source(), writer.constants);
}

function compiled(source: string, constants: readonly unknown[]): Action | undefined {
  try {
    // The source contains no text of a template: see `Code`.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const make = new Function('constants', source) as (constants: readonly unknown[]) => Action;
    return make(constants);
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}

/** The targets of `break` and `continue`. */
interface Loop {
  readonly break: Name;
  readonly continue: Name | undefined;
}

class CodeWriter implements Code {
  readonly constants: unknown[] = [];
  dot = 'dot' as Name;
  final = 'undefined' as Name;
  #text = '';
  #names = 0;
  #loop: Loop | undefined;
  readonly #constantNames = new Map<unknown, Name>();

  get isTooLong(): boolean {
    return this.#text.length > MAX_LENGTH;
  }

  source(): string {
    const names = this.constants.map((_value, i) => `c${String(i)}`);
    return `'use strict'; const [${names.join()}] = constants;\nreturn (run, dot, frame) => {\n${this.#text}return ${String(GO_ON)};\n};`;
  }

  constant(value: unknown): Name {
    const known = this.#constantNames.get(value);
    if (known !== undefined) return known;
    const name = `c${String(this.constants.push(value) - 1)}` as Name;
    // For a Map, 0 and -0 are the same key.
    if (typeof value !== 'number') this.#constantNames.set(value, name);
    return name;
  }

  line(texts: TemplateStringsArray, ...parts: readonly (Name | number)[]): void {
    // Code that is too long is not used, so it need not be kept.
    if (!this.isTooLong) this.#text += `${String.raw({ raw: texts }, ...parts)}\n`;
  }

  value(texts: TemplateStringsArray, ...parts: readonly (Name | number)[]): Name {
    const name = this.#newName('v');
    this.line`let ${name} = ${String.raw({ raw: texts }, ...parts) as Name};`;
    return name;
  }

  expression(expression: Expression): Name {
    if (expression.write) return expression.write(this);
    return this.value`${this.constant(expression)}(run, ${this.dot}, frame, ${this.final})`;
  }

  action(action: Action): void {
    if (action.write) action.write(this);
    else this.line`${this.constant(action)}(run, ${this.dot}, frame);`;
  }

  withDot(dot: Name, write: () => void): void {
    const outer = this.dot;
    this.dot = dot;
    write();
    this.dot = outer;
  }

  withFinal(final: Name, write: () => Name): Name {
    const outer = this.final;
    this.final = final;
    const value = write();
    this.final = outer;
    return value;
  }

  loop(length: Name, turn: (index: Name) => void, otherwise: () => void): void {
    const outer = this.#loop;
    const end = this.#newName('end');
    const next = this.#newName('next');
    const index = this.#newName('i');
    this.line`${end}: if (${length} === 0) {`;
    this.#loop = { break: end, continue: outer?.continue };
    otherwise();
    this.line`} else {`;
    this.line`${next}: for (let ${index} = 0; ${index} < ${length}; ${index}++) {`;
    this.#loop = { break: end, continue: next };
    turn(index);
    this.line`} }`;
    this.#loop = outer;
  }

  leave(signal: typeof BREAKING | typeof CONTINUING): void {
    const target = signal === BREAKING ? this.#loop?.break : this.#loop?.continue;
    if (target === undefined) throw new RangeError('the parser lets no loop be left outside of one');
    if (signal === BREAKING) this.line`break ${target};`;
    else this.line`continue ${target};`;
  }

  #newName(kind: string): Name {
    return `${kind}${String(this.#names++)}` as Name;
  }
}
