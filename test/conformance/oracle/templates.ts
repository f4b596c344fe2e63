import { builtins } from '../../../src/template/index.ts';
import type { FunctionTable, TemplateFunction } from '../../../src/template/index.ts';
import { Random } from './random.ts';

/*
 * Random templates that call functions with arguments of their parameters' types, and now and then of others.
 */

/** Functions that cannot be compared: random ones, those that need the same clock, and slow ones. */
export const incomparable: ReadonlySet<string> = new Set([
  'now',
  'ago',
  'randBytes',
  'randInt',
  'shuffle',
  'uuidv4',
  'derivePassword',
  'fail',
]);

const strings = [
  '""',
  '"a"',
  '"abc"',
  '"Hello World"',
  '"foo_bar-baz Qux"',
  '"HTTPServer2Go"',
  '"  pad  "',
  '"a,b,,c"',
  '"héllo ☃ 日本"',
  '"\\u2028x"',
  '"line one\\nline two\\n"',
  '"tab\\there"',
  '"true"',
  '"null"',
  '"12"',
  '"-7"',
  '"0x1f"',
  '"1e3"',
  '"1_000"',
  '"2020-01-02"',
  '"2026-03-04T05:06:07Z"',
  '"1h30m"',
  '"-1.5s"',
  '"v1.24.2"',
  '"1.2.3-beta.1+b"',
  '">=1.2, <2"',
  '"~1.2 || ^3"',
  '"https://user:pa%20ss@host.example:8080/a/b%2Fc?x=1&y=2#frag"',
  '"/a/../b//c.txt"',
  '"aGVsbG8="',
  '"!!"',
  '"JBSWY3DP"',
  '"{\\"a\\":[1,2.5,null,true,\\"x\\"],\\"b\\":{\\"c\\":\\"<&>\\"}}"',
  '"a: 1\\nb:\\n- x\\n- y: z\\n"',
  '"[1, 2"',
  '"a+b*c"',
  '"(a|b)+"',
  '"[a-z]+"',
  '"$1-${1}x"',
  '"{{ x }}"',
  '"\'quoted\\" \\\\"',
  '"e\\u0301"',
  '"ǆ ß İ"',
  '"a\\xffb"',
  '"2006-01-02"',
  '"Mon Jan _2 15:04:05 MST 2006"',
  '"Europe/Berlin"',
  '"America/New_York"',
  '"UTC"',
  '"nowhere"',
  '"<a href=\\"x\\">&amp;</a>"',
  '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccccccccccccccccccccccc ddddddd eeee"',
  '.source.metadata.name',
  '.source.spec.quoted',
  '.source.spec.utf',
  '.source.data.config',
  '.source.metadata.annotations.note',
] as const;

const integers = ['0', '1', '2', '3', '5', '7', '-1', '-3', '10', '100'] as const;

const scalars = [
  ...integers,
  '1.5',
  '-2.5',
  '2.0',
  '1e21',
  '1e-7',
  '0.1',
  '123456789.5',
  '9007199254740993',
  '-9223372036854775808',
  'true',
  'false',
  'nil',
  '(int64 5)',
  '(float64 3)',
  '(float64 -0.4)',
  '.source.spec.port',
  '.source.spec.ratio',
  '.source.spec.nul',
  '.source.spec.missing',
  '.source.spec.big',
  '.source.spec.neg',
  '.source.spec.paused',
  '(add 9223372036854775807 1)',
  '(int "12")',
] as const;

const lists = [
  '(list)',
  '(list 1 2 3)',
  '(list "b" "a" "c" "a")',
  '(list 1 "a" 2.5 true nil)',
  '(list (list 1 2) (dict "a" 1))',
  '(until 4)',
  '(splitList "," "x,y,z")',
  '.source.spec.list',
  '.source.spec.nums',
  '.source.spec.nested',
  '.source.spec.emptyList',
  '(rest (list))',
  '(list 0 "" false nil (list) (dict))',
  '(chunk 2 (list 1 2 3))',
  '(list 3 10 2 "x10" "x9")',
] as const;

const maps = [
  '(dict)',
  '(dict "a" 1 "b" "two")',
  '(dict "a" (dict "b" (dict "c" 3)) "d" (list 1 2))',
  '(dict "x" nil "y" "")',
  '(dict "b" 2 "a" (list (dict "k" "v")))',
  '.source.metadata.labels',
  '.source.spec.emptyMap',
  '.source.metadata',
  '(dict "scheme" "https" "host" "h:1" "path" "/p q" "query" "a=b" "fragment" "f" "userinfo" "u:p")',
  '(dict "a10" 1 "a9" 2 "A" 3 "_x" 4 "1" 5)',
  '(dict "a" (dict "x" 1 "y" "") "l" (list) "e" (dict))',
  '(fromJson "{\\"n\\":1,\\"f\\":1.5}")',
] as const;

const times = [
  '(toDate "2006-01-02" "2026-03-04")',
  '(toDate "2006-01-02T15:04:05Z07:00" "2024-02-29T23:59:59.123456789+05:30")',
  '(toDate "2006-01-02 15:04:05 MST" "2020-07-01 12:00:00 CEST")',
  '(toDate "x" "y")',
] as const;

/** Pieces of text that functions of one kind look at; random sequences of them make their arguments. */
const soups: readonly (readonly [names: RegExp, pieces: readonly string[]])[] = [
  [
    /^semver/,
    [
      '1',
      '2',
      '0',
      '10',
      '.',
      '.',
      '.1',
      '.2',
      'x',
      '*',
      '>',
      '<',
      '=',
      '!=',
      '~',
      '^',
      '~>',
      ' ',
      ', ',
      ' || ',
      ' - ',
      '-',
      '-beta',
      '.1',
      '+b',
      'v',
      '1.2.3',
      '0.2',
      '>=1.2',
      '<2.0.0-rc1',
    ],
  ],
  [
    /^date(?!Modify)|^htmlDate|date_in_zone/,
    [
      '2006',
      '01',
      '02',
      '15',
      '04',
      '05',
      'Jan',
      'January',
      'Mon',
      'Monday',
      'MST',
      '_2',
      '__2',
      '002',
      '2',
      '1',
      '3',
      '4',
      '5',
      '06',
      'PM',
      'pm',
      '.000',
      '.999',
      ',000000',
      'Z07:00',
      '-0700',
      '-07',
      'Z070000',
      '-07:00:00',
      'T',
      ' ',
      '-',
      ':',
      '/',
      'x',
      'é',
      'Europe/Berlin',
      'Asia/Kolkata',
      'America/St_Johns',
      'UTC',
      'Local',
    ],
  ],
  [
    /^(?:must)?[tT]oDate/,
    [
      '2006',
      '01',
      '02',
      '15',
      '04',
      '05',
      '06',
      '1',
      '2',
      '3',
      '9',
      '12',
      '29',
      '31',
      'Jan',
      'Mon',
      'feb',
      'PM',
      'AM',
      'MST',
      'CET',
      'UTC',
      'GMT+3',
      '+02:00',
      '-0700',
      'Z07:00',
      'Z',
      '.5',
      '.000',
      '_2',
      ' ',
      '-',
      ':',
      'T',
    ],
  ],
  [
    /^printf$/,
    [
      '%',
      '%',
      '%',
      '+',
      '-',
      '#',
      ' ',
      '0',
      '5',
      '12',
      '.',
      '3',
      '*',
      '[1]',
      '[2]',
      '[3]',
      '[x]',
      '%%',
      '!',
      'é',
      'w',
    ].concat([...'vdsqxXoObcUeEfFgGtT']),
  ],
  [
    /^regex|^mustRegex/,
    [
      'a',
      'b',
      'x',
      '.',
      '*',
      '+',
      '?',
      '|',
      '(',
      ')',
      '[',
      ']',
      '[^a]',
      '[a-c]',
      '{2}',
      '{1,3}',
      '^',
      '$',
      '\\d',
      '\\w',
      '\\b',
      '\\pL',
      '(?i)',
      '(?:',
      '(?P<n>',
      '$1',
      '${1}',
      '$n',
      '$$',
      '\\',
      ' ',
      'é',
      '☃',
      '12',
      'abab',
    ],
  ],
  [
    /^url/,
    [
      'http',
      'https',
      ':',
      '//',
      '/',
      '?',
      '#',
      '@',
      'host',
      'h.example',
      ':80',
      '[::1]',
      '[fe80::1%25en0]',
      '%20',
      '%2F',
      '%zz',
      'a',
      'b=c',
      '&',
      ' ',
      'é',
      '+',
      ';',
      '*',
      'user',
      'p:w',
      '..',
      '~',
      '<',
      '"\\"',
    ],
  ],
  [
    /^duration|odify$/,
    [
      '1',
      '2',
      '30',
      '1.5',
      '.5',
      'h',
      'm',
      's',
      'ms',
      'us',
      'µs',
      'ns',
      '-',
      '+',
      'd',
      ' ',
      '9999999999',
      '0',
    ],
  ],
  [
    /Yaml$|Json$/,
    [
      'a',
      'b',
      ': ',
      '- ',
      '\\n',
      '  ',
      '#',
      ' #',
      '"',
      "'",
      '|',
      '>',
      '{',
      '}',
      '[',
      ']',
      ', ',
      '&',
      '*',
      '!',
      '%',
      '@',
      '`',
      '?',
      '-',
      '1',
      '0x1',
      '.5',
      '1e3',
      'true',
      'no',
      'null',
      '~',
      '2020-01-01',
      'é',
      '☃',
      '\\t',
      '\\u2028',
      '\\u00a0',
      'long word and more of them ',
    ],
  ],
  [
    /case$|title|initials|nospace|wrap|abbrev|trunc|substr|trim|pper|ower/,
    [
      'a',
      'B',
      'Foo',
      'BAR',
      'x9',
      '2',
      '10',
      '_',
      '-',
      ' ',
      '  ',
      '.',
      ',',
      '\\t',
      '\\n',
      'é',
      'É',
      'ß',
      'ǆ',
      'İ',
      'Σ',
      '☃',
      '日本',
      '\\u00a0',
      '\\u2003',
      'lorem ipsum',
    ],
  ],
];

/** Makes templates; the same seed gives the same ones. */
export class TemplateGenerator {
  readonly #random: Random;
  readonly #functions: readonly (readonly [string, TemplateFunction])[];
  readonly #only: string | undefined;

  constructor(seed: number, functions: FunctionTable, only?: string) {
    this.#random = new Random(seed);
    this.#only = only;
    this.#functions = [...builtins, ...functions].filter(
      (entry): entry is [string, TemplateFunction] =>
        'call' in entry[1] && !incomparable.has(entry[0]) && !entry[0].startsWith('rand'),
    );
  }

  template(): string {
    const shown =
      this.#below(3) === 0
        ? ` | ${this.#pick(['toJson', 'kindOf', 'typeOf', 'quote', 'toYaml', 'printf "%#v"'])}`
        : '';
    return `[{{ ${this.#call(2)}${shown} }}]`;
  }

  #below(bound: number): number {
    return this.#random.below(bound);
  }

  #pick<T>(choices: readonly T[]): T {
    return this.#random.pick(choices);
  }

  #call(depth: number): string {
    const choices =
      depth === 2 && this.#only !== undefined
        ? this.#functions.filter(([name]) => name === this.#only)
        : this.#functions;
    const [name, { params, variadic, nondeterministic, mutates }] = this.#pick(choices);
    const types: string[] = [...params];
    if (variadic !== undefined) for (let more = this.#below(4); more > 0; more--) types.push(variadic);
    const clock = nondeterministic === 'clock';
    const args = types.map((type) => {
      if (clock && type === 'any') return this.#date();
      // What contains itself would end Go's process.
      if (mutates && type === 'any') return this.#pick(scalars);
      if (mutates && type === 'map[string]any') return this.#pick(maps.filter((map) => map.startsWith('(')));
      const soup = soups.find(([names]) => names.test(name))?.[1];
      if (soup && this.#below(3) > 0 && (type === 'string' || type === 'any')) return this.#soup(soup);
      return this.#argument(type, depth - 1);
    });
    // Go's order of keys and values is random.
    return [name, ...args].join(' ') + (name === 'keys' || name === 'values' ? ' | sortAlpha' : '');
  }

  #soup(pieces: readonly string[]): string {
    const text = Array.from({ length: 1 + this.#below(7) }, () => this.#pick(pieces)).join('');
    return `"${text.replace(/(?<!\\)"/g, '\\"')}"`;
  }

  /** Anything but what stands for the present. */
  #date(): string {
    return this.#pick([...times, ...integers, '.source.spec.port', '1700000000']);
  }

  #argument(type: string, depth: number): string {
    if (this.#below(40) === 0) return this.#pick([...scalars, ...lists, ...maps]);
    switch (type) {
      case 'string':
        return this.#pick(strings);
      case 'int':
      case 'int64':
        return this.#pick(integers);
      case 'bool':
        return this.#pick(['true', 'false']);
      case 'float64':
        return this.#pick(['0.5', '0.6', '1.5']);
      case 'map[string]any':
        return this.#pick(maps);
      case 'time.Time':
        return this.#pick(times);
      default:
        return this.#any(depth);
    }
  }

  #any(depth: number): string {
    if (depth > 0 && this.#below(5) === 0) return `(${this.#call(depth)})`;
    return this.#pick(this.#pick([strings, scalars, lists, maps, times, lists, scalars, strings]));
  }
}
