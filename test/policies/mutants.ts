import type { ClusterImportPolicy } from '../../src/api/index.ts';

/** A policy with one thing changed. */
export interface Mutant {
  /** What was changed, e.g. `field spec.template: .source.spec.apiEndpoint → .source.spec.apiEndpointt`. */
  readonly change: string;
  readonly kind: MutantKind;
  readonly policy: ClusterImportPolicy;
}

export type MutantKind = 'field' | 'key' | 'constant' | 'type' | 'yaml';

interface Edit {
  readonly kind: MutantKind;
  readonly from: number;
  readonly to: number;
  readonly by: string;
}

/** Every change of one kind of thing, one at a time, in every template of a policy. */
export function mutantsOf(policy: ClusterImportPolicy): readonly Mutant[] {
  return textsOf(policy).flatMap(({ field, text, put }) => {
    const isTemplate = field === 'spec.template';
    const edits = [...fieldEdits(text), ...constantEdits(text), ...(isTemplate ? yamlEdits(text) : [])];
    return edits.map(({ kind, from, to, by }) => ({
      kind,
      change:
        `${kind} of ${field}: ${text.slice(Math.max(0, from - 30), from)}[${text.slice(from, to)} → ${by}]`.replaceAll(
          '\n',
          '⏎',
        ),
      policy: put(text.slice(0, from) + by + text.slice(to)),
    }));
  });
}

interface TemplateText {
  readonly field: string;
  readonly text: string;
  readonly put: (text: string) => ClusterImportPolicy;
}

function textsOf(policy: ClusterImportPolicy): readonly TemplateText[] {
  const { spec } = policy;
  const withSpec = (change: Partial<ClusterImportPolicy['spec']>): ClusterImportPolicy => ({
    ...policy,
    spec: { ...spec, ...change },
  });
  const own = (['template', 'nameTemplate', 'creationCondition', 'deletionCondition'] as const).flatMap(
    (name) => {
      const text = spec[name];
      return text === undefined
        ? []
        : [{ field: `spec.${name}`, text, put: (changed: string) => withSpec({ [name]: changed }) }];
    },
  );
  const references = (spec.references ?? []).flatMap((reference, index) =>
    (['nameTemplate', 'namespaceTemplate'] as const).flatMap((name) => {
      const text = reference[name];
      if (text === undefined) return [];
      const put = (changed: string) =>
        withSpec({ references: spec.references?.with(index, { ...reference, [name]: changed }) ?? [] });
      return [{ field: `spec.references[${String(index)}].${name}`, text, put }];
    }),
  );
  return [...own, ...references];
}

const misspelt = (word: string): string => word + word.slice(-1);

/** Parts of a text between its braces, with where they begin. */
function* actionsIn(text: string): Generator<{ readonly content: string; readonly start: number }> {
  for (const { 0: content, index } of text.matchAll(/\{\{.*?\}\}/gs)) yield { content, start: index };
}

/** Each field that is read, misspelt. */
function fieldEdits(text: string): readonly Edit[] {
  return [...actionsIn(text)].flatMap(({ content, start }) =>
    Array.from(withoutTexts(content).matchAll(/\.([A-Za-z]\w*)/g), ({ 1: name = '', index }): Edit => {
      const from = start + index + 1;
      return { kind: 'field', from, to: from + name.length, by: misspelt(name) };
    }),
  );
}

/** The same with blanks for what stands in quotes. */
const withoutTexts = (content: string): string =>
  content.replace(/"[^"]*"|`[^`]*`/g, (quoted) => ' '.repeat(quoted.length));

/** Each constant that something is compared with, misspelt. */
function constantEdits(text: string): readonly Edit[] {
  return [...actionsIn(text)].flatMap(({ content, start }) =>
    Array.from(
      content.matchAll(/\b(?:eq|ne) (?:\S+ )?"([^"]+)"/g),
      ({ 0: whole, 1: value = '', index }): Edit => {
        const to = start + index + whole.length - 1;
        return { kind: 'constant', from: to - value.length, to, by: misspelt(value) };
      },
    ),
  );
}

/** Each field of a PediaCluster misspelt; each value made a list; each line indented by one more. */
function yamlEdits(text: string): readonly Edit[] {
  return Array.from(text.matchAll(/^( *)(- )?([A-Za-z]+):( (?!\||>)\S.*)?$/gm)).flatMap(
    ({ index, 1: indent = '', 2: dash = '', 3: name = '', 4: value }): readonly Edit[] => {
      const from = index + indent.length + dash.length;
      const at = from + name.length + 2;
      const isControl =
        value === undefined || /^ *(\{\{-? *(if|range|with|else|end|define|template)|\[|\{[^{])/.test(value);
      return [
        { kind: 'key', from, to: from + name.length, by: misspelt(name) },
        ...(isControl ? [] : [{ kind: 'type', from: at, to: at + value.length - 1, by: '[[a]]' } as const]),
        ...(isControl ? [] : [{ kind: 'yaml', from: at, to: at, by: '[' } as const]),
      ];
    },
  );
}
