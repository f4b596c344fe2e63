import { readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { fallbackDefinitions, policyDefinitions } from '../../src/api/index.ts';
import type { Schema } from '../../src/api/index.ts';
import { createProgram } from '../../src/cli/program.ts';
import { manifestCodes } from '../../src/cli/review.ts';
import { findingCodes } from '../../src/policy/index.ts';
import { allFunctions } from '../../src/sprig/index.ts';
import { builtins } from '../../src/template/extension.ts';
import { errorCodes } from '../../src/template/index.ts';
import { configReference } from './configuration-table.ts';

/*
 * The reference pages are written from the code: `npx vitest run test/docs -u` writes them anew, and the tests fail
 * while they differ.
 */

const page = (name: string) => new URL(`../../docs/reference/${name}.md`, import.meta.url).pathname;

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const code = (text: string) => {
  const escaped = text.replaceAll('|', '\\|');
  return text.includes('`') ? `<code>${escaped.replaceAll('<', '&lt;')}</code>` : `\`${escaped}\``;
};

describe('the reference pages say what the code says', () => {
  it('errors', async () => {
    const rows = (codes: Readonly<Record<string, string>>) =>
      Object.entries(codes).map(([name, meaning]) => [code(name), meaning]);
    await expect(`# Errors

Every finding and every template error has a code. A finding prints as \`field line:column: message\`.

## Templates

${table(['code', 'meaning'], rows(errorCodes))}

## Policies

${table(['code', 'meaning'], rows(findingCodes))}

## Manifests

${table(['code', 'meaning'], rows(manifestCodes))}
`).toMatchFileSnapshot(page('errors'));
  });

  it('configuration', async () => {
    await expect(`# Configuration

Both processes read one YAML file, \`--config\`. Every field is also a flag: \`webhook.port\` is \`--port\` of the command
\`webhook\`. Flags win over the file.

\`\`\`yaml
apiVersion: config.policy.clusterpedia.io/v1alpha1
kind: ClusterImportConfiguration
\`\`\`

${configReference()}`).toMatchFileSnapshot(page('configuration'));
  });

  it('fields', async () => {
    const kinds = [...policyDefinitions, ...fallbackDefinitions].map(({ spec }) => {
      const [version] = spec.versions;
      const fields = table(
        ['field', 'type', 'meaning'],
        fieldRows('', version?.schema.openAPIV3Schema ?? {}),
      );
      return `## ${spec.names.kind}\n\n\`${spec.group}/${version?.name ?? ''}\`\n\n${fields}\n`;
    });
    await expect(`# Fields\n\nRequired fields are in bold.\n\n${kinds.join('\n')}`).toMatchFileSnapshot(
      page('fields'),
    );
  });

  it('functions, each with an example of the reference answers', async () => {
    const examples = shortestExamples();
    const rows = [...builtins, ...allFunctions]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, called]) => {
        if ('removed' in called) return [code(name), '', `not available: ${called.removed}`];
        const { params, variadic, nondeterministic } = called;
        const parameters = [...params, ...(variadic === undefined ? [] : [`${variadic}…`])].join(', ');
        const note =
          nondeterministic === undefined
            ? ''
            : `depends on ${nondeterministic === 'clock' ? 'the clock' : 'randomness'}`;
        const example = examples.get(name);
        const shown = example === undefined ? note : `${code(example.tmpl)} prints ${code(example.out)}`;
        return [code(name), parameters, shown];
      });
    await expect(`# Functions

Go's own functions and sprig's, with \`toYaml\` and kin. Types are Go's; \`any\` is \`interface{}\`. The examples are among the
reference answers that the conformance tests run.

${table(['function', 'parameters', 'example'], rows)}
`).toMatchFileSnapshot(page('functions'));
  });

  it('commands', async () => {
    const program = createProgram({
      line: () => undefined,
      progress: () => undefined,
      colour: (_, text) => text,
    });
    const describeCommand = (command: Command, path: string): string => {
      const help = command.configureHelp({ helpWidth: 110 }).helpInformation();
      const children = command.commands.filter(({ commands }) => commands.length >= 0);
      return [
        `## ${path}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`,
        ...children.map((child) => describeCommand(child, `${path} ${child.name()}`)),
      ].join('\n');
    };
    await expect(`# Commands\n\n${describeCommand(program, 'clusterpedia-import')}`).toMatchFileSnapshot(
      page('commands'),
    );
  });

  it('metrics', async () => {
    await expect(`# Metrics

${table(
  ['metric', 'meaning'],
  metricsInSources().map(([name, help]) => [code(name), help]),
)}
`).toMatchFileSnapshot(page('metrics'));
  });
});

function fieldRows(parent: string, schema: Schema): readonly (readonly string[])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = parent === '' ? name : `${parent}.${name}`;
    const required = schema.required?.includes(name) === true;
    const type =
      field.enum === undefined ? typeName(field) : field.enum.map((value) => code(value)).join(', ');
    const standard = field.default === undefined ? '' : ` Default: ${code(JSON.stringify(field.default))}.`;
    const row = [required ? `**${code(path)}**` : code(path), type, `${field.description ?? ''}${standard}`];
    const items = field.items?.properties === undefined ? [] : fieldRows(`${path}[]`, field.items);
    return [row, ...fieldRows(path, field), ...items];
  });
}

const typeName = ({ type, items, format }: Schema): string =>
  type === 'array' ? `list of ${items?.type ?? 'any'}s` : format === 'byte' ? 'base64' : (type ?? 'any');

/** For each function the shortest reference case that prints something and needs no data. */
function shortestExamples(): ReadonlyMap<string, { tmpl: string; out: string }> {
  const folder = new URL('../conformance/fixtures/', import.meta.url);
  const cases = ['core', 'sprig']
    .flatMap((name) =>
      readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
        .trim()
        .split('\n'),
    )
    .map((line) => JSON.parse(line) as { tmpl: string; out?: string })
    .filter(
      (given): given is { tmpl: string; out: string } => /\S/.test(given.out ?? '') && given.out !== '[]',
    )
    .filter(({ tmpl, out }) => !/[\n\r]|\.source|\.references|\$/.test(`${tmpl}${out}`) && out.length < 90)
    .sort((a, b) => a.tmpl.length - b.tmpl.length);
  const examples = new Map<string, { tmpl: string; out: string }>();
  for (const { tmpl, out } of cases) {
    for (const [word] of tmpl
      .replaceAll(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, '')
      .matchAll(/[A-Za-z_][A-Za-z0-9_]*/g)) {
      if (!examples.has(word)) examples.set(word, { tmpl, out });
    }
  }
  return examples;
}

function sourcesOf(...folders: readonly string[]): readonly string[] {
  const root = new URL('../../', import.meta.url);
  return folders.flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(new URL(`${folder}/${file}`, root), 'utf8')),
  );
}

function metricsInSources(): readonly (readonly [name: string, help: string])[] {
  return sourcesOf('controller', 'webhook')
    .flatMap((text) => [...text.matchAll(/name: '([a-z]+_[a-z_]+)',\s+help:\s+(?:'([^']*)'|"([^"]*)")/g)])
    .map(([, name = '', single, double]): [string, string] => [name, single ?? double ?? ''])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

describe('docs/conditions.md', () => {
  const text = readFileSync(new URL('../../docs/conditions.md', import.meta.url), 'utf8');
  const reasons = new Set(
    sourcesOf('src/reconcile', 'controller')
      .flatMap((source) => [
        ...source.matchAll(/reason: '([A-Z][A-Za-z]+)'|\b(?:no|yes|stalled|waiting)\(\s*'([A-Z][A-Za-z]+)'/g),
      ])
      .map(([, field, argument]) => field ?? argument ?? ''),
  );
  it.each([...reasons].sort())('explains the reason %s', (reason) => {
    expect(text).toContain(`\`${reason}\``);
  });
});
