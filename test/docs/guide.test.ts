import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseManifests } from '../../src/cli/manifests/manifests.ts';
import { reviewManifests } from '../../src/cli/manifests/review.ts';
import { page, ROOT } from './pages.ts';
import { Terminal } from './terminal.ts';

const EXAMPLES = join(ROOT, 'docs/examples/acme');
const guide = page('docs/writing-policies.md');
const example = (file: string) => readFileSync(join(EXAMPLES, file), 'utf8');

describe('the files of docs/examples/acme', () => {
  it('are what the guide comes to', async () => {
    const terminal = await Terminal.open();
    try {
      for (const block of guide.blocks) if (block.file !== undefined) await terminal.follow(block);
      for (const file of ['policy.yaml', 'rbac.yaml'])
        expect(await readFile(join(terminal.folder, 'acme', file), 'utf8')).toBe(example(file));
      for (const file of ['crds.yaml', 'clusters.yaml'])
        expect(await readFile(join(terminal.folder, 'acme', file), 'utf8')).toBe(
          example(`two-clusters/${file}`),
        );
    } finally {
      await terminal.close();
    }
  });
});

/** Each mistake of the guide's table, as a change of the finished policy. */
const mistakes: Readonly<Record<string, readonly [from: string, to: string]>> = {
  '{{ .source.spec.endpiont }}': ['.spec.endpoint }}', '.spec.endpiont }}'],
  '{{ .references.credentails.data.ca }}': ['.credentials.data.ca }}', '.credentails.data.ca }}'],
  'a reference that uses a later one': [
    "nameTemplate: '{{ .source.spec.credentials.secretName }}'",
    "nameTemplate: '{{ .references.credentials.metadata.name }}'",
  ],
  '{{ .source.spec.region | lowr }}': ['| lower }}', '| lowr }}'],
  '{{ eq .source.status.phase Ready }}': ['"Ready"', 'Ready'],
  '{{ .source.spec.endpoint }': ['.spec.endpoint }}', '.spec.endpoint }'],
  'apiServer:': ['apiserver:', 'apiServer:'],
  '{{ .references.credentials.data.ca | b64dec }}': ['.data.ca }}', '.data.ca | b64dec }}'],
  'Acme_{{ .source.metadata.name }}': ["'acme-{{ .source.metadata.namespace }}-{{", "'Acme_{{"],
  "a name without the source's name": [
    "'acme-{{ .source.metadata.namespace }}-{{ .source.metadata.name }}'",
    "'acme'",
  ],
  "creationCondition: 'ready'": ['\'{{ eq .source.status.phase "Ready" }}\'', "'ready'"],
  '{{ now | date "2006" }} in a name': [
    "name }}'\n  creation",
    'name }}-{{ now | date "2006" }}\'\n  creation',
  ],
  '{{ env "HOME" }}': ['{{ .source.spec.region | lower }}', '{{ env "HOME" }}'],
};

/** What the webhook says about a policy of Acme. */
function findings(policy: string): string {
  const manifests = [
    policy,
    example('two-clusters/crds.yaml'),
    example('two-clusters/clusters.yaml'),
  ].flatMap((text, index) => parseManifests(text, `${String(index)}.yaml`));
  return reviewManifests(manifests)
    .flatMap(({ findings: placed }) => placed)
    .map(({ finding: { message, suggestion } }) =>
      suggestion === undefined ? message : `${message}; did you mean "${suggestion}"?`,
    )
    .join('\n');
}

describe("the guide's table of mistakes", () => {
  const section = guide.text.split('## Mistakes')[1]?.split('\n## ')[0] ?? '';
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => line.slice(2, -1).replaceAll('\\|', '\u0000').split('|'))
    .map((cells) => cells.map((cell) => cell.replaceAll('\u0000', '|').trim()));

  it('has the mistakes that are tried here', () => {
    expect(rows.map(([mistake = '']) => mistake.replaceAll('`', '')).sort()).toEqual(
      Object.keys(mistakes).sort(),
    );
  });

  it.each(rows)('%s', (mistake = '', said = '') => {
    const [from, to] = mistakes[mistake.replaceAll('`', '')] ?? ['', ''];
    const policy = example('policy.yaml');
    expect(policy.split(from).length, `${from} is in the policy once`).toBe(2);
    const message = /`([^`]+)`/.exec(said)?.[1] ?? stringify(said);
    expect(findings(policy.replace(from, () => to))).toContain(message);
  });

  it('is empty for the policy that is right', () => {
    expect(findings(example('policy.yaml'))).toBe('');
  });
});
