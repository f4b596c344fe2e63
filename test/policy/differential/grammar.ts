import type { ClusterImportPolicySpec, Schema } from '../../../src/api/index.ts';
import { policyWith } from '../policies.ts';
import type { Tape } from './tape.ts';

/** The kinds of fields that a schema is made of. */
export type FieldKind =
  'text' | 'choice' | 'integer' | 'flag' | 'texts' | 'nodes' | 'bytes' | 'part' | 'labels' | 'conditions';

/** A field of the random schema. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly required: boolean;
  readonly schema: Schema;
}

const fieldKinds: readonly [FieldKind, ...FieldKind[]] = [
  'text',
  'choice',
  'flag',
  'integer',
  'texts',
  'nodes',
  'bytes',
  'part',
  'labels',
  'conditions',
];

const names = ['alpha', 'beta', 'gamma', 'delta', 'epsilon'];

const text: Schema = { type: 'string' };

const enumChoices: readonly [readonly string[], ...(readonly string[])[]] = [
  ['Push', 'Pull'],
  ['true', 'false'],
  ['eu-west', 'Not A Label'],
  ['dG9r', 'to k'],
  ['one', 'two', 'three'],
];

function schemaOf(kind: FieldKind, tape: Tape): Schema {
  switch (kind) {
    case 'text':
      return text;
    case 'choice':
      return { type: 'string', enum: [...tape.pick(enumChoices)] };
    case 'integer':
      return { type: 'integer' };
    case 'flag':
      return { type: 'boolean' };
    case 'texts':
      return { type: 'array', items: text };
    case 'nodes':
      return whole('array', { host: text, port: { type: 'integer' } });
    case 'bytes':
      return { type: 'string', format: 'byte' };
    case 'part':
      return whole('object', { name: text, ready: { type: 'boolean' } });
    case 'labels':
      return { type: 'object', additionalProperties: text };
    case 'conditions':
      return whole('array', {
        type: text,
        status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
      });
  }
}

function whole(type: 'array' | 'object', properties: NonNullable<Schema['properties']>): Schema {
  const object: Schema = { type: 'object', required: Object.keys(properties), properties };
  return type === 'object' ? object : { type: 'array', items: object };
}

/** A random policy over a random schema. */
export interface Case {
  readonly fields: readonly Field[];
  readonly schema: Schema;
  readonly spec: ClusterImportPolicySpec;
}

export function caseOf(tape: Tape): Case {
  const fields = names.map((name): Field => {
    const kind = tape.pick(fieldKinds);
    return { name, kind, required: !tape.oneIn(3), schema: schemaOf(kind, tape) };
  });
  const schema: Schema = {
    type: 'object',
    required: ['spec'],
    properties: {
      spec: {
        type: 'object',
        required: fields.flatMap(({ name, required }) => (required ? [name] : [])),
        properties: Object.fromEntries(fields.map(({ name, schema: own }) => [name, own])),
      },
    },
  };
  return { fields, schema, spec: new Writer(fields, tape).spec() };
}

/** Writes templates. A comment `# <n>` behind each place tells from a rendered text that the run came past it. */
class Writer {
  #marks = 0;
  readonly #fields: readonly Field[];
  readonly #tape: Tape;
  /** How many faults the policy may still get. Most faults hide others, so one policy has few. */
  #faults: number;

  constructor(fields: readonly Field[], tape: Tape) {
    this.#fields = fields;
    this.#tape = tape;
    this.#faults = tape.pick([0, 1, 1, 2]);
  }

  /** Whether something wrong is written at a place: in one of `n` places, while faults are left. */
  #isWrong(n: number): boolean {
    if (this.#faults === 0 || !this.#tape.oneIn(n)) return false;
    this.#faults--;
    return true;
  }

  spec(): ClusterImportPolicySpec {
    const tape = this.#tape;
    const { spec } = policyWith({
      references: [],
      source: {
        group: 'cluster.mcp.io',
        resource: 'clusters',
        ...(tape.oneIn(6) && { selectorTemplate: this.#conditionTemplate() }),
      },
      nameTemplate: tape.oneIn(5) ? `c-{{ ${this.#text()} }}` : '{{ .source.metadata.name }}',
      creationCondition: tape.oneIn(4) ? this.#conditionTemplate() : 'true',
      template: this.#template(),
    });
    return spec;
  }

  #mark(): string {
    return `# <${String(this.#marks++)}>`;
  }

  #template(): string {
    const tape = this.#tape;
    const lines = ['spec:'];
    for (const slot of slots) {
      if (!mandatory.has(slot) && !tape.oneIn(4)) continue;
      lines.push(...this.#slot(slot, 2));
    }
    if (tape.oneIn(3)) {
      const key = tape.pick(['labels', 'annotations']);
      lines.push('metadata:', `  ${key}:`, ...this.#slot('label', 4));
    }
    return `${lines.join('\n')}\n`;
  }

  /** The lines that write one field of the PediaCluster, perhaps only on a condition, or differently. */
  #slot(slot: Slot, indent: number, depth = 0): readonly string[] {
    const tape = this.#tape;
    const turn = depth > 1 || (depth > 0 && !tape.oneIn(3)) ? 0 : tape.below(9);
    switch (turn) {
      case 3:
      case 4: {
        const opening = `{{ if ${this.#condition()} }} ${this.#mark()}`;
        const then = this.#slot(slot, indent, depth + 1);
        if (this.#mayLack(slot)) return [opening, ...then, `{{ else }} ${this.#mark()}`, '{{ end }}'];
        return [
          opening,
          ...then,
          `{{ else }} ${this.#mark()}`,
          ...this.#slot(slot, indent, depth + 1),
          '{{ end }}',
        ];
      }
      case 5: {
        const given = this.#isWrong(3) ? this.#any() : this.#text();
        const opening = `{{ with ${given} }} ${this.#mark()}`;
        const value = this.#isWrong(6) ? this.#quoted('.') : ofDot[slot];
        const line = `${' '.repeat(indent)}${keyOfSlot[slot]}: ${value} ${this.#mark()}`;
        const otherwise = this.#mayLack(slot) ? [] : this.#slot(slot, indent, depth + 1);
        return [opening, line, `{{ else }} ${this.#mark()}`, ...otherwise, '{{ end }}'];
      }
      case 6: {
        const search = this.#search();
        if (search === undefined) return this.#line(slot, indent);
        const [setting, condition] = search;
        const opening = `{{ if ${condition} }} ${this.#mark()}`;
        const then = this.#slot(slot, indent, depth + 1);
        const otherwise = this.#slot(slot, indent, depth + 1);
        return [...setting, opening, ...then, `{{ else }} ${this.#mark()}`, ...otherwise, '{{ end }}'];
      }
      default:
        return this.#line(slot, indent);
    }
  }

  /** Whether nothing is written where a condition does not hold. */
  #mayLack(slot: Slot): boolean {
    return mandatory.has(slot) ? this.#isWrong(2) : this.#tape.oneIn(2);
  }

  /** Looks for an entry of a list, as policies look for the condition Ready. */
  #search(): readonly [lines: readonly string[], condition: string] | undefined {
    const list = this.#field('conditions') ?? this.#field('nodes');
    if (list === undefined) return undefined;
    const name = `$v${String(this.#marks)}`;
    const isConditions = this.#fields.some(
      (field) => field.kind === 'conditions' && list.endsWith(field.name),
    );
    const [key, value, wanted] = isConditions
      ? (['type', 'status', this.#tape.pick(['True', 'False'])] as const)
      : (['host', 'host', 'a'] as const);
    const lines = [
      `{{ ${name} := "" }}`,
      `{{ range ${list} }}`,
      `{{ if eq .${key} "${isConditions ? 'Ready' : 'a'}" }}{{ ${name} = .${value} }}{{ end }}`,
      '{{ end }}',
    ];
    return [lines, `eq ${name} "${wanted}"`];
  }

  #line(slot: Slot, indent: number): readonly string[] {
    const tape = this.#tape;
    const key = this.#isWrong(25) ? `${keyOfSlot[slot]}x` : keyOfSlot[slot];
    const pad = ' '.repeat(indent);
    if (slot === 'syncResources' && !tape.oneIn(4)) return [`${pad}syncResources: [] ${this.#mark()}`];
    if (slot === 'syncResources') {
      const list = this.#field('texts');
      if (list !== undefined)
        return [
          `${pad}syncResources: ${this.#mark()}`,
          `{{ range ${list} }}`,
          `${pad}- {group: apps, resources: [{{ . | quote }}]}`,
          this.#isWrong(3) ? '{{ else }} []' : '{{ else }}    []',
          '{{ end }}',
        ];
    }
    return [`${pad}${key}: ${this.#value(slot)} ${this.#mark()}`];
  }

  #value(slot: Slot): string {
    const tape = this.#tape;
    if (this.#isWrong(8)) return this.#quoted(this.#any());
    if (this.#isWrong(12)) return tape.pick(['[a]', '{a: b}', '3', 'true', '""', 'a: b']);
    switch (slot) {
      case 'apiserver':
        return tape.pick([
          () => 'https://a:6443',
          () => `https://{{ ${this.#text()} }}`,
          () => `{{ ${this.#text()} }}`,
          () => `{{ ${this.#text()} | default "https://a:6443" }}`,
        ])();
      case 'tokenData':
      case 'caData':
        return tape.pick([
          () => 'dG9r',
          () => `{{ ${this.#field('bytes') ?? '"dG9r"'} }}`,
          () => `{{ ${this.#text()} | b64enc }}`,
          () => `{{ ${this.#isWrong(2) ? this.#text() : (this.#field('bytes') ?? '"dG9r"')} }}`,
        ])();
      case 'syncAllCustomResources':
        return tape.pick([
          () => 'true',
          () => `{{ ${this.#field('flag') ?? 'false'} }}`,
          () => `{{ ${this.#field('flag') ?? 'true'} }}`,
          () => `{{ ${this.#isWrong(1) ? this.#text() : 'false'} }}`,
        ])();
      case 'label':
        return tape.pick([
          () => 'good',
          () => `{{ ${this.#text()} | quote }}`,
          () => `"{{ ${this.#text()} }}"`,
          () => (this.#isWrong(1) ? '"not good"' : 'good'),
        ])();
      default:
        return tape.pick([() => 'plain', () => this.#quoted(this.#text()), () => `{{ ${this.#text()} }}`])();
    }
  }

  #quoted(expression: string): string {
    return this.#tape.pick([`"{{ ${expression} }}"`, `{{ ${expression} }}`, `{{ ${expression} | quote }}`]);
  }

  #conditionTemplate(): string {
    return this.#tape.pick([
      () => `{{ if ${this.#condition()} }}true{{ end }}`,
      () => (this.#isWrong(2) ? `{{ ${this.#condition()} }}` : 'true'),
      () => (this.#isWrong(1) ? `{{ ${this.#any()} }}` : 'true'),
    ])();
  }

  #condition(depth = 0): string {
    const tape = this.#tape;
    const kind = tape.below(depth > 0 ? 9 : 12);
    switch (kind) {
      case 0:
        return this.#any();
      case 1:
        return this.#field('flag') ?? this.#any();
      case 2:
        return `eq ${this.#text()} ${this.#isWrong(2) ? tape.pick(['3', 'true']) : tape.pick(constants)}`;
      case 3: {
        const { field, value } = this.#choice();
        return `${tape.pick(['eq', 'ne'])} ${field} "${value}"`;
      }
      case 4:
        return `hasPrefix "${tape.pick(['eu', 'https://', 'dG'])}" ${this.#text()}`;
      case 5:
        return `${tape.pick(['gt', 'lt', 'eq'])} ${this.#field('integer') ?? '1'} ${tape.pick(['0', '1', '3'])}`;
      case 6:
        return `gt (len ${this.#field('texts') ?? this.#field('nodes') ?? '"a"'}) ${tape.pick(['0', '1'])}`;
      case 7:
        return `hasKey ${this.#field('labels') ?? '(dict "a" 1)'} "env"`;
      case 8:
        return `not ${this.#any()}`;
      case 9:
        return `and (${this.#condition(depth + 1)}) (${this.#condition(depth + 1)})`;
      case 10:
        return `or (${this.#condition(depth + 1)}) (${this.#condition(depth + 1)})`;
      default:
        return `has "a" ${this.#field('texts') ?? '(list "b")'}`;
    }
  }

  #choice(): { readonly field: string; readonly value: string } {
    const tape = this.#tape;
    const choices = this.#fields.filter(({ kind }) => kind === 'choice');
    const chosen = choices[tape.below(Math.max(1, choices.length))];
    if (chosen === undefined) return { field: '"a"', value: 'a' };
    const options = chosen.schema.enum as readonly string[];
    const value = this.#isWrong(5) ? 'none' : (options[tape.below(options.length)] ?? '');
    return { field: `$.source.spec.${chosen.name}`, value };
  }

  /** An expression that usually gives a text. */
  #text(): string {
    const tape = this.#tape;
    if (this.#isWrong(12)) return this.#any();
    const own = this.#field('text', 'choice') ?? '$.source.metadata.name';
    const part = this.#field('part');
    const list = this.#field('texts');
    const nodes = this.#field('nodes');
    const labels = this.#field('labels');
    return tape.pick<() => string>([
      () => own,
      () => own,
      () => `(lower ${own})`,
      () => `(default "x" ${own})`,
      () => `(printf "a-%s" ${own})`,
      () => `(trimPrefix "eu-" ${own})`,
      () => (part === undefined ? own : `${part}.name`),
      () => (list === undefined ? own : `(first ${list})`),
      () => (list === undefined ? own : `(index ${list} ${tape.pick(['0', '1'])})`),
      () => (nodes === undefined ? own : `(index ${nodes} 0).host`),
      () => (labels === undefined ? own : `(index ${labels} "env")`),
      () => (list === undefined ? own : `(join "-" ${list})`),
      () => `(ternary "a" ${own} (${this.#condition(1)}))`,
    ])();
  }

  /** Any field, also one that the schema lacks. */
  #any(): string {
    const { name } = this.#fields[this.#tape.below(this.#fields.length)] ?? { name: 'alpha' };
    return this.#isWrong(20) ? `$.source.spec.${name}x` : `$.source.spec.${name}`;
  }

  #field(...kinds: readonly FieldKind[]): string | undefined {
    const all = this.#fields.filter(({ kind }) => kinds.includes(kind));
    const chosen = all[this.#tape.below(Math.max(1, all.length))];
    return chosen && `$.source.spec.${chosen.name}`;
  }
}

const constants: readonly [string, ...string[]] = ['"eu-west"', '"a"', '""'];

const slots = [
  'apiserver',
  'tokenData',
  'caData',
  'shardingName',
  'syncAllCustomResources',
  'syncResourcesRefName',
  'syncResources',
] as const;

const mandatory: ReadonlySet<Slot> = new Set(['apiserver', 'tokenData', 'syncResources']);

type Slot = (typeof slots)[number] | 'label';

/** What each field is made of within a `with`, whatever text it is about. */
const ofDot = {
  apiserver: 'https://{{ . }}',
  tokenData: '{{ . | b64enc }}',
  caData: '{{ b64enc . }}',
  shardingName: '{{ . }}',
  syncAllCustomResources: '{{ eq . "a" }}',
  syncResourcesRefName: '"{{ . }}"',
  syncResources: '[{group: apps, resources: [{{ . | quote }}]}]',
  label: '{{ . | quote }}',
} as const satisfies Record<Slot, string>;

const keyOfSlot = {
  apiserver: 'apiserver',
  tokenData: 'tokenData',
  caData: 'caData',
  shardingName: 'shardingName',
  syncAllCustomResources: 'syncAllCustomResources',
  syncResourcesRefName: 'syncResourcesRefName',
  syncResources: 'syncResources',
  label: 'env',
} as const satisfies Record<Slot, string>;
