import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  ADOPT_BY_ANNOTATION,
  ALLOW_DELETIONS_ANNOTATION,
  DELETION_PROTECTION_ANNOTATION,
  fallbackDefinitions,
  FIELD_MANAGER,
  FINALIZER,
  MADE_BY_ANNOTATION,
  policyDefinitions,
  POLICY_LABEL,
  PREDECESSOR_FINALIZERS,
} from '../../src/api/index.ts';
import type { Schema } from '../../src/api/index.ts';
import { EXIT } from '../../src/cli/errors.ts';
import { createProgram } from '../../src/cli/program.ts';
import { FINDING_CODES } from '../../src/policy/index.ts';
import { allFunctions } from '../../src/sprig/index.ts';
import { builtins } from '../../src/template/extension.ts';
import type { TemplateFunction } from '../../src/template/index.ts';
import { compile, ERROR_CODES } from '../../src/template/index.ts';
import { MUTATE_PATH, VALIDATE_PATH } from '../../webhook/configuration.ts';
import { installed, isDeployment } from '../kustomize/manifests.ts';
import type { Role } from '../kustomize/manifests.ts';
import { configReference } from './configuration-table.ts';
import { servedMetrics } from './metrics.ts';

/*
 * The reference pages are written from the code: `npm run generate` writes them anew, and the tests fail while they
 * differ.
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
    const rowsOf = (codes: {
      readonly [code: string]: { readonly meaning: string; readonly remedy: string };
    }) =>
      table(
        ['code', 'meaning', 'what to do'],
        Object.entries(codes).map(([name, { meaning, remedy }]) => [
          `<a id="${name}"></a>${code(name)}`,
          meaning,
          remedy,
        ]),
      );
    const about = (what: 'policy' | 'manifest') =>
      rowsOf(Object.fromEntries(Object.entries(FINDING_CODES).filter(([, entry]) => entry.of === what)));
    await expect(`# Errors

Every finding and every template error has a code. A finding prints as \`field line:column: message\`.

## Templates

${rowsOf(ERROR_CODES)}

## Policies

${about('policy')}

## Manifests

${about('manifest')}
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

  it('functions, each with an example that is run', async () => {
    const rows = [...new Map([...builtins, ...allFunctions])]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, called]) => {
        if ('removed' in called) return [code(name), '', `not available: ${called.removed}`];
        const { params, variadic } = called;
        const parameters = [...params, ...(variadic === undefined ? [] : [`${variadic}…`])].join(', ');
        return [code(name), parameters, exampleOf(name, called)];
      });
    await expect(`# Functions

Go's own functions and sprig's, with \`toYaml\` and kin, and two for kubeconfigs. Types are Go's; \`any\` is \`interface{}\`. Examples that depend on the
clock or on randomness show one run, at 03:04:05 on 2 January 2026.

${table(['function', 'parameters', 'example'], rows)}
`).toMatchFileSnapshot(page('functions'));
  });

  it('commands', async () => {
    const program = await createProgram({
      line: () => undefined,
      progress: () => undefined,
      data: () => undefined,
      colour: (_, text) => text,
    });
    const describeCommand = (command: Command, path: string): string => {
      let help = '';
      command
        .configureHelp({ ...command.configureHelp(), helpWidth: 110 })
        .configureOutput({ writeOut: (text) => (help += text) });
      command.outputHelp();
      const children = command
        .createHelp()
        .visibleCommands(command)
        .filter((child) => child.name() !== 'help');
      return [
        `## ${path}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`,
        ...children.map((child) => describeCommand(child, `${path} ${child.name()}`)),
      ].join('\n');
    };
    await expect(`# Commands\n\n${describeCommand(program, 'clusterpedia-import')}`).toMatchFileSnapshot(
      page('commands'),
    );
  });

  it('names', async () => {
    await expect(`# Names

${table(
  ['name', 'is'],
  [
    [
      code(FINALIZER),
      'finalizer on policies and lifecycles: the controller deletes what they made before they go',
    ],
    ...PREDECESSOR_FINALIZERS.map((name) => [
      code(name),
      "finalizer of Clusterpedia's built-in controller; taken off together with the one above",
    ]),
    [
      code(POLICY_LABEL),
      'label on lifecycles, and on the PediaClusters that are made: the name of their policy, where a label may be that long',
    ],
    [code(DELETION_PROTECTION_ANNOTATION), 'annotation on a policy: while `"true"`, deleting it is refused'],
    [
      code(ALLOW_DELETIONS_ANNOTATION),
      'annotation on a policy: the count of held deletions that are let go; taken off when used',
    ],
    [
      code('policy.clusterpedia.io/display-name'),
      'annotation that policies of the catalogue put on PediaClusters: the name that people know a cluster by',
    ],
    [
      code('policy.clusterpedia.io/import'),
      "label by which Crossplane's connection Secrets are chosen: `true`",
    ],
    [
      code(ADOPT_BY_ANNOTATION),
      'annotation on a PediaCluster that belongs to no lifecycle: the policy that may keep it up to date',
    ],
    [
      code(MADE_BY_ANNOTATION),
      'annotation on a PediaCluster whose lifecycle has gone without it: the policy that will own it again',
    ],
    ...aggregationLabels().map(([label, role]) => [
      code(label),
      `label on a ClusterRole: adds its rules to ${code(role)}`,
    ]),
    [code(FIELD_MANAGER), 'field manager of every write'],
    [code(VALIDATE_PATH), 'path of the validating webhook, HTTPS'],
    [code(MUTATE_PATH), 'path of the mutating webhook, HTTPS'],
    [code('/livez'), 'path, HTTP: the process can answer'],
    [code('/readyz'), 'path, HTTP: what must hold for work to be sent here, a line each'],
    [code('/metrics'), 'path, HTTP: [metrics](metrics.md)'],
    ...containerPorts().map(([process, name, port]) => [
      code(String(port)),
      `port ${code(name)} of the ${process}${name === 'probes' ? ': probes and metrics' : ''}`,
    ]),
    ...Object.entries(EXIT).map(([name, exitCode]) => [
      code(String(exitCode)),
      `exit code: ${exitMeanings[name] ?? ''}`,
    ]),
  ],
)}
`).toMatchFileSnapshot(page('names'));
  });

  it('metrics', async () => {
    const served = [
      ['controller', 8080],
      ['webhook', 8081],
    ] as const;
    const metrics = await servedMetrics();
    const sections = served.map(([folder, port]) => {
      const rows = metrics[folder].map(({ name, type, labels, help }) => [
        code(name),
        type,
        labels.map(code).join(', '),
        help,
      ]);
      return `## ${folder}, port ${String(port)}\n\n${table(['metric', 'type', 'labels', 'meaning'], rows)}\n`;
    });
    await expect(`# Metrics

\`/metrics\` of each process, in Prometheus' text format. No label holds an object's name. Besides these there are the process'
own, \`process_*\` and \`nodejs_*\`. A histogram has \`_bucket\`, \`_sum\` and \`_count\`.

${sections.join('\n')}`).toMatchFileSnapshot(page('metrics'));
  });
});

const exitMeanings: Readonly<Record<string, string>> = {
  good: 'done, and nothing found',
  findings: 'done; the input has errors, or differs from what was expected',
  usage: 'wrong use, or input and output failed',
};

/** Labels by which ClusterRoles are added to others, with those. */
function aggregationLabels(): readonly (readonly [label: string, role: string])[] {
  return installed('default').flatMap((object) =>
    ((object as Partial<Role>).aggregationRule?.clusterRoleSelectors ?? []).flatMap(({ matchLabels }) =>
      Object.entries(matchLabels).map(([label, value]): [string, string] => [
        `${label}: '${value}'`,
        object.metadata.name,
      ]),
    ),
  );
}

function containerPorts(): readonly (readonly [process: string, name: string, port: number])[] {
  return installed('default')
    .filter(isDeployment)
    .flatMap(({ spec }) =>
      spec.template.spec.containers.flatMap(({ name: process, ports }) =>
        ports.map(({ name, containerPort }): [string, string, number] => [process, name, containerPort]),
      ),
    );
}

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

/** The example that a function declares, run by a clock and by randomness that are always the same. */
function exampleOf(name: string, { example, nondeterministic }: TemplateFunction): string {
  if (example === undefined) return 'always fails';
  const text = `{{ ${name}${example === '' ? '' : ` ${example}`} }}`;
  let turn = 0;
  const output = compile(text, { functions: allFunctions }).execute(
    {},
    { now: () => Date.UTC(2026, 0, 2, 3, 4, 5), random: () => (++turn * 0.381_966) % 1 },
  );
  const shown = `${code(text)} prints ${code(output.replaceAll('\n', '↵'))}`;
  return nondeterministic === 'randomness' ? `${shown}, another time something else` : shown;
}
