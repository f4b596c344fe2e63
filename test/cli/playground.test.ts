import { readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { evaluate } from '../../src/cli/playground/evaluate.ts';
import type { Evaluation, Texts } from '../../src/cli/playground/evaluate.ts';
import { openFiles } from '../../src/cli/playground/files.ts';
import type { OpenedFiles } from '../../src/cli/playground/files.ts';
import { createPlayground } from '../../src/cli/playground/server.ts';
import { folderWith, keptOutput, mcpFile } from './workspace.ts';

const POLICY = await mcpFile('policy.yaml');
const OBJECTS = `${await mcpFile('testdata/objects.yaml')}\n---\n${await mcpFile('testdata/crds.yaml')}`;

describe('evaluate', () => {
  it('shows what becomes of each source', () => {
    const { policies, findings, outcomes, notes } = evaluate({ policy: POLICY, objects: OBJECTS });
    expect({ policies, findings, notes }).toEqual({ policies: 1, findings: [], notes: [] });
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]).toMatchObject({
      policy: 'mcp',
      source: 'cluster-1',
      name: 'mcp-cluster-1',
      state: 'created',
      references: ['authSecret: secrets "default/cluster-1"'],
    });
    expect(outcomes[0]?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Created', status: 'True' }),
    );
    expect(outcomes[0]?.pediaCluster).toContain('  apiserver: https://172.10.10.10:6443\n');
  });

  it('shows what is wrong with the shape of a policy, and renders the others', () => {
    const policy = `${POLICY}---\napiVersion: policy.clusterpedia.io/v1alpha1\nkind: ClusterImportPolicy\nmetadata: {name: empty}\n`;
    const { findings, outcomes } = evaluate({ policy, objects: OBJECTS });
    expect(findings.map(({ message }) => message)).toEqual(['required field spec is missing']);
    expect(outcomes).toEqual(evaluate({ policy: POLICY, objects: OBJECTS }).outcomes);
  });

  it('places findings in the text of the policy', () => {
    const broken = POLICY.replace('.source.spec.apiEndpoint }}', '.source.spec.apiEndpoint | b64decc }}');
    const line = broken.split('\n').findIndex((text) => text.includes('b64decc'));
    expect(evaluate({ policy: broken, objects: OBJECTS }).findings).toEqual([
      {
        severity: 'error',
        code: 'unknown-function',
        field: 'spec.template',
        message: 'function "b64decc" is not defined',
        suggestion: 'b64dec',
        editor: 'policy',
        line: line + 1,
        column: (broken.split('\n')[line]?.indexOf('b64decc') ?? 0) + 1,
      },
    ]);
  });

  it.each([
    ['policy', { policy: 'a: b: c', objects: OBJECTS }],
    ['objects', { policy: POLICY, objects: 'kind: A\n' }],
  ] as const)('places what is no manifest in the text of the %s', (editor, texts) => {
    const { findings, outcomes } = evaluate(texts);
    expect(findings).toMatchObject([{ severity: 'error', code: 'invalid-manifest', editor, line: 1 }]);
    expect(outcomes).toEqual([]);
  });

  it.each([
    [
      'waiting',
      { policy: POLICY, objects: OBJECTS.replace("status: 'True'", "status: 'False'") },
      'creationCondition does not hold',
    ],
    [
      'unselected',
      {
        policy: POLICY.replace(
          '    versions: []\n  references',
          '    versions: []\n    selectorTemplate: "false"\n  references',
        ),
        objects: OBJECTS,
      },
      'selectorTemplate does not keep this source',
    ],
    [
      'failed',
      { policy: POLICY.replace('"mcp-{{', '"MCP-{{'), objects: OBJECTS },
      /^spec\.nameTemplate 1:1: the rendered name/,
    ],
  ] as const)('calls a source %s, and says why', (state, texts, message) => {
    const [outcome] = evaluate(texts).outcomes;
    expect(outcome?.state).toBe(state);
    if (typeof message === 'string') expect(outcome?.message).toBe(message);
    else expect(outcome?.message).toMatch(message);
    expect(outcome?.pediaCluster).toBeUndefined();
  });

  it('notes that there is no source', () => {
    expect(evaluate({ policy: POLICY, objects: '' }).notes).toEqual([
      'policy mcp: there is no clusters.cluster.mcp.io',
    ]);
  });

  it('is content with empty texts', () => {
    expect(evaluate({ policy: '', objects: '' })).toEqual({
      policies: 0,
      findings: [],
      outcomes: [],
      notes: [],
      tried: [],
      types: [],
      branches: [],
    });
  });

  it('marks what a refused policy would make, and leaves what another one makes', () => {
    const broken = POLICY.replace('  name: mcp\n', '  name: broken\n')
      .replace('"mcp-{{', '"broken-{{')
      .replace('.source.spec.apiEndpoint }}', '.source.spec.apiEndpont }}');
    const { findings, outcomes } = evaluate({ policy: `${POLICY}\n---\n${broken}`, objects: OBJECTS });
    expect(findings.map(({ severity }) => severity)).toContain('error');
    expect(outcomes.map(({ policy: name, refused }) => [name, refused])).toEqual([
      ['mcp', false],
      ['broken', true],
    ]);
  });

  it('has the sample by which a finding was found, as validate --explain shows it', () => {
    const broken = POLICY.replace('.source.metadata.name', '.source.spec.apiEndpoint');
    const [finding] = evaluate({ policy: broken, objects: OBJECTS }).findings;
    expect(finding?.witness).toMatch(/^apiVersion: cluster\.mcp\.io\//);
  });

  it('tells what each expression can be, by the definitions', () => {
    const { types } = evaluate({ policy: POLICY, objects: OBJECTS });
    const lines = POLICY.split('\n');
    for (const { editor, line, column, text } of types)
      expect([editor, lines[line - 1]?.slice(column - 1, column - 1 + text.length)]).toEqual([
        'policy',
        text,
      ]);
    expect([...new Set(types.map(({ text, type }) => `${text}: ${type}`))].sort()).toMatchInlineSnapshot(`
      [
        ".references.authSecret.data.ca: a base64 string or nothing",
        ".references.authSecret.data.token: a base64 string or nothing",
        ".source.metadata.name: a string",
        ".source.spec.apiEndpoint: a string",
        ".source.spec.authSecretRef.name: a string",
        ".source.spec.authSecretRef.namespace: a string",
        ".source.status.conditions: a list of maps or nothing",
        ".status: one of the strings "True", "False", "Unknown"",
        ".type: a string",
        "eq: a boolean",
        "ne: a boolean",
      ]
    `);
  });

  it('tells which branches the sample objects take, and what its own samples reached', () => {
    const branching = POLICY.replace(
      '"mcp-{{',
      '"{{ if eq .source.metadata.name \\"cluster-1\\" }}one-{{ else }}two-{{ end }}mcp-{{',
    );
    const { branches, tried, outcomes } = evaluate({ policy: branching, objects: OBJECTS });
    expect(outcomes.map(({ name }) => name)).toEqual(['one-mcp-cluster-1']);
    const line = branching.split('\n').findIndex((text) => text.includes('one-{{')) + 1;
    expect(branches.filter(({ field }) => field === 'spec.nameTemplate')).toMatchObject([
      {
        policy: 'mcp',
        kind: 'if',
        editor: 'policy',
        line,
        outcomes: [{ taken: 1 }, { taken: 0 }],
      },
    ]);
    expect(tried).toEqual([
      { policy: 'mcp', text: expect.stringMatching(/^\d+ of \d+ branches, 1 sample of yours$/) as string },
    ]);
  });
});

/** The server on a port of its own, and a way to ask it as a browser would. */
async function start(files?: OpenedFiles) {
  const app = createPlayground(files);
  onTestFinished(() => app.close());
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const { host } = new URL(address);
  return {
    host,
    ask: (
      path: string,
      options: { method?: 'GET' | 'POST'; headers?: Record<string, string>; payload?: Texts | string } = {},
    ) =>
      fetch(`${address}${path}`, {
        method: options.method ?? 'GET',
        headers: { ...options.headers },
        ...(options.payload === undefined
          ? {}
          : {
              body: typeof options.payload === 'string' ? options.payload : JSON.stringify(options.payload),
            }),
      }),
    app,
  };
}

const json = { 'content-type': 'application/json' };

describe('the server', () => {
  it('serves the page and every file beside it, with a policy that lets in nothing else', async () => {
    const { ask } = await start();
    const files = readdirSync(new URL('../../src/cli/playground/public/', import.meta.url));
    for (const file of files) {
      const response = await ask(file === 'index.html' ? '/' : `/${file}`);
      expect([file, response.status]).toEqual([file, 200]);
      const policyText = response.headers.get('content-security-policy') ?? '';
      expect(policyText).toContain("default-src 'none'");
      expect(policyText).not.toContain('unsafe');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('serves pages that name no other server and have no script or style of their own', async () => {
    const { ask } = await start();
    const page = await (await ask('/')).text();
    expect(page).not.toMatch(/https?:\/\//);
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
  });

  it('evaluates texts', async () => {
    const { ask } = await start();
    const response = await ask('/api/evaluate', {
      method: 'POST',
      headers: json,
      payload: { policy: POLICY, objects: OBJECTS },
    });
    expect(response.status).toBe(200);
    expect(((await response.json()) as Evaluation).outcomes[0]?.name).toBe('mcp-cluster-1');
  });

  it('has the catalogue as examples, the worked example first', async () => {
    const { ask } = await start();
    const names = (await (await ask('/api/examples')).json()) as string[];
    expect(names[0]).toBe('mcp');
    for (const name of names) {
      const example = (await (await ask(`/api/examples/${name}`)).json()) as Texts;
      expect(example.policy, name).toContain('kind: ClusterImportPolicy\n');
      // What is found in all of them, and made of them, is tested with the catalogue; one here has a definition, one has none.
      if (name !== 'mcp' && name !== 'vcluster') continue;
      const { findings, outcomes } = evaluate(example);
      expect([name, findings]).toEqual([name, []]);
      expect(outcomes.some(({ state }) => state === 'created')).toBe(true);
    }
  });

  it.each([
    ['another name for this address', { host: 'attacker.example' }],
    ['no port', { host: '127.0.0.1' }],
  ])('refuses a request with %s', async (_case, headers) => {
    const { app } = await start();
    const response = await app.inject({ url: '/', headers });
    expect(response.statusCode).toBe(403);
    expect(response.body).not.toContain('html');
  });

  it('refuses a request of another page', async () => {
    const { ask, host } = await start();
    const post = (origin: string) =>
      ask('/api/evaluate', {
        method: 'POST',
        headers: { ...json, origin },
        payload: { policy: POLICY, objects: OBJECTS },
      });
    expect((await post('https://attacker.example')).status).toBe(403);
    expect((await post('null')).status).toBe(403);
    expect((await post(`http://${host}`)).status).toBe(200);
  });

  it.each([
    ['a body that is no JSON', json, '{', 400],
    ['another content type', { 'content-type': 'text/plain' }, '{}', 415],
    ['a missing text', json, '{"policy": ""}', 400],
    ['a text that is none', json, '{"policy": "", "objects": {}}', 400],
    ['more than it reads', json, JSON.stringify({ policy: 'x'.repeat(4 * 1024 * 1024), objects: '' }), 413],
  ])('refuses %s', async (_case, headers, payload, status) => {
    const { ask } = await start();
    expect((await ask('/api/evaluate', { method: 'POST', headers, payload })).status).toBe(status);
  });

  it.each(['/api/examples/none', '/api/examples/..%2f..%2fbase', '/package.json', '/..%2findex.ts'])(
    'has nothing at %s',
    async (path) => {
      const { ask } = await start();
      expect((await ask(path)).status).toBe(404);
    },
  );
});

describe('files of one’s own', () => {
  interface Answer {
    readonly paths: readonly string[];
    readonly texts?: Texts;
    readonly problem?: string;
  }

  /** Opens paths of a folder, and asks the server for them as the page does. */
  async function opened(files: { readonly [path: string]: string }, ...names: readonly string[]) {
    const folder = await folderWith(files);
    const paths = names.map((name) => join(folder, name));
    const { ask } = await start(await openFiles(paths, keptOutput()));
    return { folder, paths, answer: async () => (await (await ask('/api/files')).json()) as Answer };
  }

  const kinds = {
    'acme/policy.yaml': `# mine\n${POLICY}`,
    'acme/case/objects.yaml': OBJECTS,
    'acme/case/expected.yaml': 'kind: PediaCluster\n',
    'acme/README.md': 'kind: nothing',
    'acme/values.yaml': 'replicas: 1\n',
  };

  it('are none where none was named', async () => {
    const { ask } = await start();
    expect(await (await ask('/api/files')).json()).toEqual({ paths: [] });
  });

  it('are those of a folder, each under its path, policies apart, golden files left out', async () => {
    const { folder, paths, answer } = await opened(kinds, 'acme');
    expect(await answer()).toEqual({
      paths,
      texts: {
        policy: `# ${folder}/acme/policy.yaml\n# mine\n${POLICY}`,
        objects: `# ${folder}/acme/case/objects.yaml\n${OBJECTS}`,
      },
    });
    const { findings, outcomes } = evaluate((await answer()).texts ?? { policy: '', objects: '' });
    expect(findings).toEqual([]);
    expect(outcomes.map(({ name, state }) => [name, state])).toEqual([['mcp-cluster-1', 'created']]);
  });

  it('are opened too where they are no YAML yet', async () => {
    const { answer } = await opened({ 'policy.yaml': 'kind: ClusterImportPolicy\n  spec: [' }, 'policy.yaml');
    const { texts } = await answer();
    expect(texts?.policy).toContain('spec: [');
    expect(evaluate(texts ?? { policy: '', objects: '' }).findings).toMatchObject([
      { code: 'invalid-manifest', editor: 'policy', line: 2 },
    ]);
  });

  it('are read again at each reload, and say what is in the way', async () => {
    const { folder, answer } = await opened(kinds, 'acme/policy.yaml');
    await writeFile(join(folder, 'acme/policy.yaml'), 'kind: ClusterImportPolicy # changed\n');
    expect((await answer()).texts).toEqual({
      policy: `# ${folder}/acme/policy.yaml\nkind: ClusterImportPolicy # changed\n`,
      objects: '',
    });
    await rm(join(folder, 'acme/policy.yaml'));
    expect((await answer()).problem).toMatch(/policy\.yaml: cannot be read: ENOENT/);
  });

  it.each([
    ['a file that is not there', {}, 'none.yaml', /none\.yaml: cannot be read: ENOENT/],
    ['a folder without manifests', { 'docs/README.md': '' }, 'docs', /no Kubernetes object in .*docs/],
    [
      'more than the page may send back',
      { 'large.yaml': `kind: A # ${'x'.repeat(4 * 1024 * 1024)}` },
      'large.yaml',
      /large\.yaml: too large for the playground: 41\d{5} bytes are more than 4194304/,
    ],
  ])('cannot be %s', async (_case, files: { readonly [path: string]: string }, name, message) => {
    const folder = await folderWith(files);
    await expect(openFiles([join(folder, name)], keptOutput())).rejects.toThrow(message);
  });
});

describe('what was typed', () => {
  const typed = { paths: ['acme'], choice: ':files', texts: { policy: 'a: 1', objects: 'b: "é\\n"' } };

  interface Page {
    readonly sessionStorage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  }

  interface Kept {
    readonly keep: (page: Page, what: typeof typed) => boolean;
    readonly kept: (page: Page, paths: readonly string[]) => typeof typed | undefined;
    readonly forget: (page: Page) => void;
  }

  const module = new URL('../../src/cli/playground/public/kept.js', import.meta.url);

  /** The page's own module, and a page of a browser with room for so many characters. */
  async function page(room = Infinity) {
    const items = new Map<string, string>();
    const sessionStorage: Page['sessionStorage'] = {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => {
        if (value.length > room) throw new DOMException('full', 'QuotaExceededError');
        items.set(key, value);
      },
      removeItem: (key) => void items.delete(key),
    };
    return { ...((await import(module.href)) as Kept), tab: { sessionStorage } };
  }

  it('is there after a reload, with the same files open', async () => {
    const { keep, kept, tab } = await page();
    expect(kept(tab, ['acme'])).toBeUndefined();
    expect(keep(tab, typed)).toBe(true);
    expect(kept(tab, ['acme'])).toEqual(typed);
  });

  it('does not stand in for other files', async () => {
    const { keep, kept, tab } = await page();
    keep(tab, typed);
    expect(kept(tab, [])).toBeUndefined();
    expect(kept(tab, ['other'])).toBeUndefined();
  });

  it('is gone when it is discarded', async () => {
    const { keep, kept, forget, tab } = await page();
    keep(tab, typed);
    forget(tab);
    expect(kept(tab, ['acme'])).toBeUndefined();
  });

  it('that does not fit is told, and an older text does not come back in its place', async () => {
    const { keep, kept, tab } = await page(200);
    keep(tab, typed);
    expect(keep(tab, { ...typed, texts: { policy: 'x'.repeat(200), objects: '' } })).toBe(false);
    expect(kept(tab, ['acme'])).toBeUndefined();
  });

  it('is not kept where the browser forbids it', async () => {
    const { keep, kept, forget } = await page();
    const tab: Page = {
      get sessionStorage(): never {
        throw new DOMException('denied', 'SecurityError');
      },
    };
    expect(keep(tab, typed)).toBe(false);
    expect(kept(tab, ['acme'])).toBeUndefined();
    expect(() => {
      forget(tab);
    }).not.toThrow();
  });
});
