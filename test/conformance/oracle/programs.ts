import { builtins } from '../../../src/template/index.ts';
import type { FunctionTable, TemplateFunction, Value, ValueMap } from '../../../src/template/index.ts';
import { Random } from './random.ts';
import { incomparable } from './templates.ts';

/*
 * Random whole templates: text, trimming, comments, control structures, variables, definitions and pipelines over any
 * operands that the grammar has. Most arguments are of a fitting kind and most names exist, so that most runs get far.
 */

const texts = [
  '',
  ' ',
  'x',
  '-',
  ': ',
  '"',
  '\n',
  ' a\n ',
  '\t\r\n',
  '- k: v\n',
  '}}',
  '<no value>',
  'é☃',
] as const;

const leftDelims = ['{{ ', '{{ ', '{{ ', '{{', '{{- ', '{{-\n', '{{\t'] as const;
const rightDelims = [' }}', ' }}', ' }}', '}}', ' -}}', '\n-}}', '\r\n}}'] as const;

const comments = ['{{/* a */}}', '{{- /* a */ -}}', '{{- /* a\n}} */}}', '{{/**/}}'] as const;

const numbers =
  "0 1 2 3 -1 +4 10 007 0o17 0O7 0b101 0B1 0x1F 0Xff -0x10 1_000 0x_1F 0b_1 9007199254740993 9223372036854775807 -9223372036854775808 1e3 1E+2 1e-2 1.5 .5 5. -0.0 1e19 0x1p4 0x1.8p1 0x.8p-1 1. 1i 2.5i 1+2i 1-2i 0i 0x1i 'a' '\\n' '☃' '\\x41' '\\u00e9' '\\'' 1_0.5_0".split(
    ' ',
  );

const brokenNumbers =
  "1__0 _1 1_ 08 0b2 0xg 9223372036854775808 18446744073709551616 1e400 0x1p 1+2 'ab' '' '\\q' - + 1a 1e 0x".split(
    ' ',
  );

const plainNumbers = [
  '0',
  '1',
  '2',
  '3',
  '5',
  '-1',
  '-3',
  '10',
  '1.5',
  '2.0',
  '-0.5',
  '1e3',
  '0x1F',
] as const;

const strings = [
  ...[
    '""',
    '"a"',
    '"b"',
    '"name"',
    '"env"',
    '"a b"',
    '"a,b,c"',
    '"true"',
    '"12"',
    '"-1.5"',
    '"x\\ty\\n"',
    '"\\"q\\""',
  ],
  ...[
    '"\\u00e9\\U0001F600"',
    '"\\xff\\xe9"',
    '"\\x41\\101"',
    '"é☃日本"',
    '`raw "s" \\n`',
    '`a\nb`',
    '``',
    '"https://h:1/p?q=1#f"',
  ],
  ...[
    '"2024-02-29T01:02:03Z"',
    '"1.2.3"',
    '">=1.2"',
    '"[a-z]+"',
    '"{\\"a\\":[1,{\\"b\\":null}]}"',
    '"a: [1, x]\\nb: {c: ~}"',
  ],
  ...[
    '"YWJj"',
    '"<&>"',
    '"%v|%5.2f|%q"',
    '"%d %s"',
    '"_x"',
    '"metadata"',
    '"__proto__"',
    '"constructor"',
    '"0"',
    '" "',
  ],
] as const;

const brokenStrings = ['"a', '"\\q"', '"\\ud800"', '"\\x4"', '"\\400"', '`a', '"a\nb"', "'"] as const;

const oddities = [
  '..',
  '$',
  '.',
  'nil',
  ',',
  '!',
  '%',
  '=',
  ':=',
  '||',
  '|',
  '(',
  ')',
  '()',
  '.1a',
  '#',
  'é',
  'unknownFunction',
] as const;

const fields = [
  'a',
  'b',
  'name',
  'metadata',
  'x',
  'Name',
  'type',
  'status',
  'length',
  'constructor',
  'é',
  '_0',
  'Error',
  'Year',
] as const;

type Kind = 'string' | 'number' | 'list' | 'map' | 'any';

const brokenTexts = [
  '{',
  '{{ /* a */}}',
  '{{/* a */ }}',
  '{{',
  '{{ end }}',
  '{{ else }}',
  '{{ break 1 }}',
] as const;

/** Makes templates; the same seed gives the same ones. */
export class ProgramGenerator {
  readonly #random: Random;
  readonly #functions: readonly (readonly [string, TemplateFunction])[];
  readonly #paths: Readonly<Record<Kind, readonly string[]>>;
  #scope: string[] = [];
  #loops = 0;
  #blocks = 0;
  /** Whether the template under way may hold what does not parse. */
  #careless = false;
  #defined: string[] = [];

  constructor(seed: number, functions: FunctionTable, data: Value) {
    this.#random = new Random(seed);
    this.#functions = [...builtins, ...functions].filter(
      (entry): entry is [string, TemplateFunction] =>
        'call' in entry[1] &&
        entry[1].nondeterministic === undefined &&
        !incomparable.has(entry[0]) &&
        // Go's order of keys is random.
        entry[0] !== 'keys' &&
        entry[0] !== 'values',
    );
    this.#paths = pathsOf(data);
  }

  template(): string {
    this.#careless = this.#random.once(5);
    this.#scope = [];
    this.#loops = 0;
    this.#blocks = 0;
    this.#defined = this.#random.some(0, 2, () => this.#random.pick(['A', 'B', 't', '']));
    if (!this.#careless) this.#defined = [...new Set(this.#defined.filter((name) => name !== 't'))];
    const names = this.#defined;
    this.#defined = [];
    const definitions = names.map((name) => this.#definition(name));
    return definitions.join('') + this.#list(3);
  }

  /** True once in `times` in a careless template, never in another. */
  #flaw(times: number): boolean {
    return this.#careless && this.#random.once(times);
  }

  #text(): string {
    return this.#random.pick(this.#flaw(25) ? brokenTexts : texts);
  }

  #definition(name: string): string {
    const [open, close] = this.#delims();
    const text = `${open}define "${name}"${close}${this.#list(1)}${this.#end()}`;
    // Not before: a template that calls itself has no end.
    this.#defined.push(name);
    return text;
  }

  #delims(): readonly [string, string] {
    return [this.#random.pick(leftDelims), this.#random.pick(rightDelims)];
  }

  #action(inside: string): string {
    const [open, close] = this.#delims();
    return open + inside + close;
  }

  readonly #end = (): string => (this.#flaw(30) ? '' : this.#action('end'));

  /** Text and actions; variables declared in it end with it. */
  #list(depth: number): string {
    const scope = this.#scope.length;
    const parts = this.#random.some(1, depth + 1, () => this.#text() + this.#node(depth));
    this.#scope.length = scope;
    return parts.join('') + this.#text();
  }

  #node(depth: number): string {
    const choice = this.#random.below(depth > 0 ? 18 : 9);
    if (choice < 6) return this.#action(this.#pipeline(2, this.#random.once(3)));
    if (choice < 8) return this.#random.once(4) ? this.#random.pick(comments) : this.#text();
    if (choice === 8) return this.#jump();
    if (choice < 11) return this.#branch('if', depth);
    if (choice < 13) return this.#branch('with', depth);
    if (choice < 16) return this.#range(depth);
    return this.#call(depth);
  }

  #jump(): string {
    if (this.#loops === 0 && !this.#flaw(10)) return '';
    return this.#action(this.#random.pick(['break', 'continue']));
  }

  #call(depth: number): string {
    const name = this.#random.once(10)
      ? 'C'
      : this.#random.pick(this.#defined.length > 0 ? this.#defined : ['D']);
    const dot = this.#random.once(4) ? '' : ` ${this.#pipeline(1, this.#random.once(12))}`;
    if (this.#random.once(2)) return this.#action(`template "${name}"${dot}`);
    return `${this.#action(`block "${this.#random.pick(this.#careless ? ['E', name] : [`E${String(this.#blocks++)}`])}"${dot || ' .'}`)}${this.#list(depth - 1)}${this.#end()}`;
  }

  #branch(keyword: 'if' | 'with', depth: number): string {
    const scope = this.#scope.length;
    let text = this.#action(`${keyword} ${this.#pipeline(2, this.#random.once(5))}`) + this.#list(depth - 1);
    while (this.#random.once(4)) {
      const other = this.#flaw(6) ? 'range' : this.#flaw(4) ? 'if' : keyword;
      text +=
        this.#action(`else ${other} ${this.#pipeline(1, this.#random.once(5))}`) + this.#list(depth - 1);
    }
    if (this.#random.once(3)) text += this.#action('else') + this.#list(depth - 1);
    this.#scope.length = scope;
    return text + this.#end();
  }

  #range(depth: number): string {
    const scope = this.#scope.length;
    const operand = this.#random.once(5)
      ? this.#pipeline(1, false)
      : this.#operandOf(this.#random.pick(['list', 'list', 'map', 'number']), 1);
    let text = this.#action(`range ${this.#loopVariables()}${operand}`);
    this.#loops++;
    text += this.#list(depth - 1);
    this.#loops--;
    if (this.#random.once(4)) text += this.#action('else') + this.#list(depth - 1);
    this.#scope.length = scope;
    return text + this.#end();
  }

  #loopVariables(): string {
    const count = this.#random.below(3);
    if (count === 0) return '';
    const assigns = this.#random.once(6) && this.#scope.length > 1;
    const names = Array.from({ length: count }, () =>
      assigns ? this.#random.pick(this.#scope) : this.#random.pick(['$i', '$e', '$k']),
    );
    if (!assigns) this.#scope.push(...names);
    return `${names.join(this.#random.pick([', ', ',', ' , ']))} ${assigns ? '=' : ':='} `;
  }

  #pipeline(depth: number, declares: boolean): string {
    const commands = [
      this.#command(depth),
      ...this.#random.some(0, this.#random.once(3) ? 2 : 0, () => this.#stage(depth)),
    ];
    const pipeline = commands.join(this.#random.pick([' | ', '|', ' | ']));
    if (!declares) return pipeline;
    if (this.#scope.length > 0 && this.#random.once(3))
      return `${this.#random.pick(this.#scope)} = ${pipeline}`;
    const name = this.#random.pick(['$a', '$b', '$i', '$x1']);
    this.#scope.push(name);
    return `${name} := ${pipeline}`;
  }

  #command(depth: number): string {
    if (this.#random.once(60)) return `${this.#operand(depth)} ${this.#operand(depth)}`;
    return this.#random.once(2) ? this.#application(depth, false) : this.#operand(depth);
  }

  /** A command that takes the value before it. */
  #stage(depth: number): string {
    return this.#flaw(8) ? this.#operand(depth) : this.#application(depth, true);
  }

  #application(depth: number, piped: boolean): string {
    const [name, { params, variadic }] = this.#random.pick(this.#functions);
    const types: string[] = [...params];
    if (variadic !== undefined) types.push(...this.#random.some(0, 3, () => variadic));
    if (piped) types.pop();
    if (this.#random.once(25)) types.push('any');
    if (this.#random.once(25)) types.pop();
    return [name, ...types.map((type) => this.#argument(type, depth - 1))].join(' ');
  }

  #argument(type: string, depth: number): string {
    if (this.#random.once(12)) return this.#operand(depth);
    switch (type) {
      case 'string':
        return this.#operandOf('string', depth);
      case 'int':
      case 'int64':
      case 'float64':
      case 'uint32':
        return this.#random.pick(plainNumbers);
      case 'bool':
        return this.#random.pick(['true', 'false']);
      case '[]any':
        return this.#operandOf('list', depth);
      case 'map[string]any':
        return this.#operandOf('map', depth);
      default:
        return this.#operandOf(this.#random.pick(['string', 'number', 'list', 'map', 'any']), depth);
    }
  }

  #operandOf(kind: Kind, depth: number): string {
    if (kind === 'any') return this.#operand(depth);
    const paths = this.#paths[kind];
    if (paths.length > 0 && this.#random.once(3)) return this.#random.pick(paths);
    switch (kind) {
      case 'string':
        return this.#random.pick(strings);
      case 'number':
        return this.#random.pick(plainNumbers);
      case 'list':
        return `(list ${this.#items(depth).join(' ')})`;
      case 'map':
        return `(dict ${this.#items(depth)
          .map((item) => `${this.#random.pick(['"a"', '"b"', '"name"', '"x y"', '"__proto__"'])} ${item}`)
          .join(' ')})`;
    }
  }

  #items(depth: number): string[] {
    return this.#random.some(0, 3, () => this.#operand(depth - 1));
  }

  #operand(depth: number): string {
    const choice = this.#random.below(24);
    if (choice < 5) return this.#random.pick(this.#paths.any);
    if (choice < 8) return this.#variable();
    if (choice < 12) return this.#random.pick(strings);
    if (choice < 15) return this.#random.pick(plainNumbers);
    if (choice === 15) return this.#random.pick(this.#flaw(5) ? brokenNumbers : numbers);
    if (choice === 16) return this.#random.pick(['true', 'false', 'nil', '.', '$']);
    if (choice === 17 && this.#flaw(4))
      return this.#random.pick(this.#random.pick([brokenStrings, oddities]));
    if (choice < 20 || depth <= 0)
      return this.#operandOf(this.#random.pick(['list', 'map', 'string']), Math.min(depth, 1));
    const chain = this.#random.once(5) ? this.#chain() : '';
    return `(${this.#pipeline(depth - 1, this.#random.once(40))})${chain}`;
  }

  #variable(): string {
    const name = this.#random.once(40)
      ? '$undefined'
      : this.#random.pick(['$', ...this.#scope, ...this.#scope]);
    return this.#random.once(5) ? name + this.#chain() : name;
  }

  #chain(): string {
    return this.#random.some(1, 2, () => `.${this.#random.pick(fields)}`).join('');
  }
}

/** The paths of the data that a template can write with dots, by the kind of what is there. */
function pathsOf(data: Value): Record<Kind, string[]> {
  const paths: Record<Kind, string[]> = {
    string: [],
    number: [],
    list: [],
    map: [],
    any: ['.missing', '.source.spec.missing.deeper'],
  };
  const visit = (value: Value, path: string): void => {
    if (path !== '') {
      paths.any.push(path);
      if (typeof value === 'string') paths.string.push(path);
      else if (Array.isArray(value)) paths.list.push(path);
      else if (typeof value === 'object' && value !== null) paths.map.push(path);
      else if (typeof value === 'number') paths.number.push(path);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    for (const [key, item] of Object.entries(value as ValueMap))
      if (/^[a-zA-Z]\w*$/.test(key)) visit(item, `${path}.${key}`);
  };
  visit(data, '');
  return paths;
}
