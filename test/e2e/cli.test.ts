import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { installPlatform, registerClusters, platforms } from '../../src/cli/demo/platforms.ts';
import { installDefinitions, startController } from '../../src/cli/demo/product.ts';
import { loadClient } from '../../src/kube/index.ts';
import { definitionText } from '../api/definition-text.ts';
import type { CliResult } from '../cli/workspace.ts';
import { MCP, runCli } from '../cli/workspace.ts';
import type { ControlPlane, ManagedProcess } from '../control-plane/index.ts';
import { eventually, Kubectl, startControlPlane } from '../control-plane/index.ts';

// A control plane of its own: what is imported, and what is not, is to be known exactly.
let controlPlane: ControlPlane;
let kubectl: Kubectl;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clusterpedia-import-cli-e2e-'));
  controlPlane = await startControlPlane({
    assets: inject('assets'),
    audit: { logPath: join(folder, 'audit.log'), rules: [{ level: 'Metadata', users: drafters }] },
  });
  kubectl = new Kubectl(controlPlane.assets, controlPlane.kubeconfigPath, folder);
  await installDefinitions(kubectl);
  const mcp = platforms.find(({ name }) => name === 'mcp');
  if (mcp === undefined) throw new Error('the worked example is no platform of the demo');
  await installPlatform(kubectl, mcp);
  const client = await loadClient({ kubeconfig: controlPlane.kubeconfigPath });
  try {
    await registerClusters(kubectl, client, mcp);
  } finally {
    await client.close();
  }
});

afterAll(async () => {
  await controlPlane?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Users of `init --server`, whose requests are counted. */
const drafters = ['drafter', 'reader-of-objects'];

const POLICY_PATH = join(MCP, 'policy.yaml');

const cli = (...args: readonly string[]): Promise<CliResult> =>
  runCli(args, { env: { KUBECONFIG: controlPlane.kubeconfigPath } });

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1);

/** The example's policy, changed, in a file. */
async function changedPolicy(change: (text: string) => string): Promise<string> {
  const path = join(folder, 'changed.yaml');
  await writeFile(path, change(await readFile(POLICY_PATH, 'utf8')));
  return path;
}

interface AuditEvent {
  readonly verb: string;
  readonly stage: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource?: string; readonly name?: string };
}

const names = async (kind: string) => (await kubectl.list(kind)).map(({ metadata }) => metadata.name);

describe('render --server, before anything is imported', () => {
  it('renders the sources and Secrets of the cluster', async () => {
    const { code, stdout, stderr } = await cli('render', '--server', POLICY_PATH);
    expect(code).toBe(0);
    expect(stderr).toContain('read 1 clusters\nreading 1 referenced objects\n');
    const golden = parseAllDocuments(await readFile(join(MCP, 'testdata/expected.yaml'), 'utf8'));
    const [pediaCluster] = parseAllDocuments(stdout).map((document) => document.toJS() as { spec: unknown });
    const expected = golden
      .map((document) => document.toJS() as { kind: string; spec: { caData: string; tokenData: string } })
      .find(({ kind }) => kind === 'PediaCluster');
    expect(pediaCluster?.spec).toMatchObject({
      caData: expected?.spec.caData,
      tokenData: expected?.spec.tokenData,
    });
  });

  it('shows all of it as new, without credentials, and only reads', async () => {
    const { code, stdout, stderr } = await cli('render', '--server', '--diff', POLICY_PATH);
    expect(code).toBe(1);
    expect(stdout).toContain('+ create PediaCluster/mcp-cluster-1\n');
    expect(stdout).toMatch(/\+ {2}tokenData: <sha256 [0-9a-f]{12}, \d+ bytes>/);
    expect(stderr).toMatch(
      /PediaClusterLifecycles: 1 to create.*\nPediaClusters: 1 to create, 0 to change, 0 to rename, 0 to delete\n$/,
    );
    expect(await names('pediaclusterlifecycles')).toEqual([]);
    expect(await names('pediaclusters')).toEqual([]);
    expect(await names('clusterimportpolicies')).toEqual([]);
  });

  it('says that a kind is not served', async () => {
    const path = await changedPolicy((text) => text.replace('cluster.mcp.io', 'cluster.nowhere.io'));
    const { code, stdout, stderr } = await cli('render', '--server', path);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('policy mcp: SourceKindNotFound: clusters.cluster.nowhere.io is not served');
  });

  it('says who may not read what', async () => {
    const kubeconfig = await controlPlane.writeKubeconfig({ name: 'nobody', groups: [] });
    const { code, stderr } = await cli('render', '--server', '--kubeconfig', kubeconfig, POLICY_PATH);
    expect(code).toBe(2);
    expect(stderr).toContain('User "nobody" cannot get resource "clusterimportpolicies"');
  });
});

describe('validate --server', () => {
  it('judges by the definitions and sources of the cluster, and only reads', async () => {
    const { code, stdout } = await cli('validate', '--server', POLICY_PATH);
    expect(code).toBe(0);
    expect(stdout).toContain("not checked: the controller's rights");
    expect(stdout).not.toContain('not checked: the fields');
    expect(stdout).toMatch(/tried: .* 1 sample/);
    expect(await names('clusterimportpolicies')).toEqual([]);
  });

  it('finds a field that the definition in the cluster lacks, and says what is not served', async () => {
    const misspelt = await changedPolicy((text) => text.replace('apiEndpoint', 'apiEndpiont'));
    expect((await cli('validate', '--server', misspelt)).stdout).toContain(
      'did you mean ".source.spec.apiEndpoint"?',
    );
    const elsewhere = await changedPolicy((text) => text.replace('resource: clusters', 'resource: clutsers'));
    expect((await cli('validate', '--server', elsewhere)).stdout).toMatch(
      /clutsers.*did you mean "clusters"/,
    );
  });
});

describe('init --server', () => {
  const island = definitionText({
    group: 'sea.example',
    plural: 'islands',
    kind: 'Island',
    schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { region: { type: 'string' } } } },
    },
  });
  const objects = `apiVersion: sea.example/v1
kind: Island
metadata: { name: crete, namespace: default }
spec: { region: south }
---
apiVersion: v1
kind: Secret
metadata: { name: crete-kubeconfig, namespace: default }
stringData:
  value: |
    apiVersion: v1
    kind: Config
    clusters: [{ name: crete, cluster: { server: 'https://crete.sea.example:6443' } }]
    users: [{ name: crete, user: { token: the-token-of-crete-itself } }]
    contexts: [{ name: crete, context: { cluster: crete, user: crete } }]
    current-context: crete
---
apiVersion: v1
kind: Secret
metadata: { name: crete-tls, namespace: default }
stringData: { tls.crt: a certificate of something else }
`;
  const rights = (name: string, rules: string) => `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: ${name} }
rules:
${rules}---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: ${name} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${name} }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: ${name} }]
`;
  const definitions = `  - { apiGroups: [apiextensions.k8s.io], resources: [customresourcedefinitions], verbs: [get] }\n`;
  const sources = `  - { apiGroups: [cluster.mcp.io, sea.example], resources: [clusters, islands], verbs: [get] }\n`;
  const secrets = (...verbs: readonly string[]) =>
    `  - { apiGroups: [''], resources: [secrets], verbs: [${verbs.join(', ')}] }\n`;

  beforeAll(async () => {
    await kubectl.apply(island);
    await kubectl.run(['wait', '--for=condition=Established', '--timeout=60s', 'crd/islands.sea.example']);
    await kubectl.apply(objects);
    await kubectl.apply(rights('drafter', definitions + sources + secrets('get', 'list')));
    await kubectl.apply(rights('reader-of-objects', sources + secrets('get')));
  });

  const init = async (user: string, out: string, ...args: readonly string[]) => {
    const kubeconfig = await controlPlane.writeKubeconfig({ name: user, groups: [] });
    return cli('init', '--server', '--kubeconfig', kubeconfig, '--folder', join(folder, out), ...args);
  };

  /** What a user has asked for since the last time, without discovery. */
  const asked = new Map<string, number>();
  const requestsOf = async (user: string): Promise<readonly string[]> => {
    const all = (await readFile(join(folder, 'audit.log'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter((event) => event.user.username === user && event.stage === 'ResponseComplete')
      .filter(({ objectRef }) => objectRef !== undefined)
      .map(({ verb, objectRef: { resource = '', name = '' } = {} }) => `${verb} ${resource} ${name}`.trim());
    const before = asked.get(user) ?? 0;
    asked.set(user, all.length);
    return all.slice(before);
  };

  /** All that was written. */
  const written = async (out: string): Promise<string> => {
    const files = await readdir(join(folder, out), { recursive: true, withFileTypes: true });
    const texts = files
      .filter((file) => file.isFile())
      .map((file) => readFile(join(file.parentPath, file.name), 'utf8'));
    return (await Promise.all(texts)).join('\n');
  };

  it('drafts a tested policy with three requests, where the source names its Secret', async () => {
    const { code, stderr, stdout } = await init(
      'drafter',
      'told',
      'drafted',
      'clusters.cluster.mcp.io/cluster-1',
    );
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain(
      'found its credentials in secrets "default/cluster-1", as spec.authSecretRef.name says\n',
    );
    expect(await requestsOf('drafter')).toEqual([
      'get customresourcedefinitions clusters.cluster.mcp.io',
      'get clusters cluster-1',
      'get secrets cluster-1',
    ]);
    expect((await cli('validate', '--strict', join(folder, 'told'))).code).toBe(0);
    expect((await cli('test', join(folder, 'told'))).stdout).toContain('1 passed, 0 failed');
    const secret = await kubectl.get('secret', 'cluster-1', 'default');
    const data = (secret?.['data'] ?? {}) as { readonly [key: string]: string };
    expect(Object.keys(data)).toEqual(['ca', 'token']);
    const text = await written('told');
    for (const value of Object.values(data)) {
      expect(text).not.toContain(value);
      expect(text).not.toContain(Buffer.from(value, 'base64').toString('utf8').slice(0, 40));
    }
    expect(text).not.toMatch(/managedFields|resourceVersion|\buid\b/);
  });

  it('finds a Secret by its name among the metadata of those beside the source', async () => {
    const { code, stderr } = await init('drafter', 'alike', 'sea', 'islands.sea.example/default/crete');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain(
      'found its credentials in secrets "default/crete-kubeconfig", by its name or owner\n',
    );
    expect(await requestsOf('drafter')).toEqual([
      'get customresourcedefinitions islands.sea.example',
      'get islands crete',
      'list secrets',
      'get secrets crete-kubeconfig',
    ]);
    expect(await written('alike')).not.toMatch(/the-token-of-crete|certificate of something/);
    expect((await cli('test', join(folder, 'alike'))).stdout).toContain('1 passed, 0 failed');
  });

  it('takes what the server tells everybody where definitions may not be read, and the Secret that is named', async () => {
    const { code, stderr } = await init(
      'reader-of-objects',
      'named',
      'sea',
      'islands.sea.example/default/crete',
      'secret/default/crete-kubeconfig',
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(await written('named')).toMatch(/region:\n +type: string/);
  });

  it.each([
    [['islands.sea.example/default/crete'], 'name the object after it, e.g. secret/default/NAME'],
    [['islands.sea.example/crete'], 'write it as islands.sea.example/NAMESPACE/crete'],
    [['isle.sea.example/default/crete'], 'isle.sea.example is not served'],
    [['islandss.sea.example/default/crete'], 'did you mean "islands.sea.example"?'],
    [['island/default/crete'], 'write the source as RESOURCE.GROUP/NAME'],
    [['islands.sea.example/default/rhodes'], 'islands.sea.example "rhodes" not found'],
    [['islands.sea.example/default/crete', 'pod/default/crete'], 'credentials are in a Secret or ConfigMap'],
    [
      ['islands.sea.example/default/crete', 'secret/default/crete-tls'],
      'no kubeconfig, and no endpoint found; it has the keys tls.crt',
    ],
  ])('says what it needs for %j', async (names, message) => {
    const { code, stderr } = await init('reader-of-objects', 'nothing', 'sea', ...names);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

describe('render --server --diff, beside the controller', () => {
  let controller: ManagedProcess;

  beforeAll(async () => {
    await kubectl.apply(await readFile(POLICY_PATH, 'utf8'));
    controller = await startController(controlPlane);
    await eventually('the cluster to be imported', async () => {
      expect(await names('pediaclusters')).toEqual(['mcp-cluster-1']);
    });
    // The status is written last: stopped before that, the controller leaves a policy that is not ready.
    await kubectl.run(['wait', '--for=condition=Ready', '--timeout=60s', 'clusterimportpolicy/mcp']);
    await controller.stop();
  });

  it('tells with validate --server of a name that another policy holds', async () => {
    const rival = await changedPolicy((text) => text.replace('name: mcp\n', 'name: rival\n'));
    const { code, stdout } = await cli('validate', '--server', rival);
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('is held by') as string,
    });
    expect((await cli('validate', '--server', POLICY_PATH)).code).toBe(0);
  });

  it('prints the page of the cluster by status --server, and the way of a PediaCluster by explain --server', async () => {
    const page = await cli('status', '--server');
    expect(page.code).toBe(0);
    expect(page.stdout).toContain('mcp');
    const { stdout } = await cli('explain', '--server', 'PediaCluster/mcp-cluster-1');
    for (const step of ['select', 'resolve', 'decide', 'render']) expect(stdout).toContain(step);
    expect(stdout).toContain('.source.spec.apiEndpoint');
  });

  it('agrees with the controller that nothing is left to do', async () => {
    const { code, stdout, stderr } = await cli('render', '--server', '--diff', POLICY_PATH);
    expect(stdout).toBe('');
    expect(lastLine(stderr)).toBe('PediaClusters: 0 to create, 0 to change, 0 to rename, 0 to delete');
    expect(code).toBe(0);
  });

  it('shows what a change of the policy would change', async () => {
    const path = await changedPolicy((text) =>
      text.replace('{{ .source.spec.apiEndpoint }}"', '{{ .source.spec.apiEndpoint }}/changed"'),
    );
    const { code, stdout, stderr } = await cli('render', '--server', '--diff', path);
    expect(code).toBe(1);
    expect(stdout).toContain('~ change PediaCluster/mcp-cluster-1: spec.apiserver changed\n');
    expect(stdout).toMatch(/-  apiserver: https:\/\/\S+\n\+  apiserver: https:\/\/\S+\/changed\n/);
    expect(lastLine(stderr)).toBe('PediaClusters: 0 to create, 1 to change, 0 to rename, 0 to delete');
  });

  it('shows what a selector that keeps nothing would delete', async () => {
    const path = await changedPolicy((text) =>
      text.replace('    resource: clusters\n', '    resource: clusters\n    selectorTemplate: "false"\n'),
    );
    const { code, stdout, stderr } = await cli('render', '--server', '--diff', '--lifecycles', path);
    expect(code).toBe(1);
    expect(stdout).toContain('- delete PediaCluster/mcp-cluster-1\n');
    expect(stdout).toContain('- delete PediaClusterLifecycle/mcp-cluster-1\n');
    expect(lastLine(stderr)).toBe('PediaClusters: 0 to create, 0 to change, 0 to rename, 1 to delete');
    expect(await names('pediaclusters')).toEqual(['mcp-cluster-1']);
  });

  it('shows what goes with a policy that is in no file', async () => {
    const path = await changedPolicy((text) =>
      text.replace('name: mcp', 'name: other').replace('mcp-{{', 'other-{{'),
    );
    const { code, stdout } = await cli('render', '--server', '--diff', '--prune', path);
    expect(code).toBe(1);
    expect(stdout).toContain('- delete ClusterImportPolicy/mcp\n');
    expect(stdout).toContain('- delete PediaCluster/mcp-cluster-1\n');
    expect(stdout).toContain('+ create PediaCluster/other-cluster-1\n');
  });

  it('shows an edit that the controller would undo', async () => {
    const edit = JSON.stringify({ spec: { apiserver: 'https://edited' } });
    await kubectl.run(['patch', 'pediacluster', 'mcp-cluster-1', '--type=merge', `--patch=${edit}`]);
    const { code, stdout } = await cli('render', '--server', '--diff', POLICY_PATH);
    expect(code).toBe(1);
    expect(stdout).toContain('-  apiserver: https://edited\n');
  });
});

describe('kubeconfig', () => {
  const RESOURCES = '/apis/clusterpedia.io/v1beta1/resources';
  let kubeconfig: string;

  interface View {
    readonly 'current-context': string;
    readonly clusters: readonly { readonly name: string; readonly cluster: { readonly server: string } }[];
  }

  const shortcuts = (...args: readonly string[]) => cli('kubeconfig', '--kubeconfig', kubeconfig, ...args);

  /** What the real kubectl makes of the file. */
  async function view(): Promise<View> {
    const own = new Kubectl(controlPlane.assets, kubeconfig, folder);
    return JSON.parse(await own.run(['config', 'view', '--raw', '--output=json'])) as View;
  }

  const serversOf = ({ clusters }: View) =>
    Object.fromEntries(
      clusters.map(({ name, cluster }) => [name, cluster.server.replace(controlPlane.url, '')]),
    );

  const pediaCluster = (name: string) => `apiVersion: cluster.clusterpedia.io/v1alpha2
kind: PediaCluster
metadata: { name: ${name} }
spec: { syncResources: [] }
`;

  beforeAll(async () => {
    kubeconfig = join(folder, 'kubeconfig');
    // As somebody keeps it who has more than one cluster.
    const text = `# my clusters\n${await readFile(controlPlane.kubeconfigPath, 'utf8')}`;
    const withMine = text.replace(
      /^clusters:\n/m,
      `clusters:\n- name: mine # hands off\n  cluster: { server: "https://mine" }\n`,
    );
    await writeFile(kubeconfig, withMine, { mode: 0o600 });
    await chmod(kubeconfig, 0o600);
    await kubectl.apply([pediaCluster('eu-1'), pediaCluster('eu-2'), pediaCluster('mine')].join('---\n'));
  });

  it('says what it would change, and changes nothing, with --dry-run', async () => {
    const before = await readFile(kubeconfig, 'utf8');
    const { stdout, stderr } = await shortcuts('--dry-run');
    expect(stdout).toContain(`+ clusterpedia  ${controlPlane.url}${RESOURCES}\n`);
    expect(stderr).toContain(`${kubeconfig} would change`);
    expect(await readFile(kubeconfig, 'utf8')).toBe(before);
  });

  it('adds the shortcuts, leaves what is not its own, and says so', async () => {
    const before = await view();
    const { code, stderr } = await shortcuts();
    expect(code).toBe(1);
    expect(stderr).toContain(
      '"mine" is left as it is: the kubeconfig has a cluster of that name, https://mine; use --prefix',
    );
    const after = await view();
    expect(serversOf(after)).toEqual({
      ...serversOf(before),
      clusterpedia: RESOURCES,
      'eu-1': `${RESOURCES}/clusters/eu-1`,
      'eu-2': `${RESOURCES}/clusters/eu-2`,
      'mcp-cluster-1': `${RESOURCES}/clusters/mcp-cluster-1`,
    });
    expect(after['current-context']).toBe(before['current-context']);
    const text = await readFile(kubeconfig, 'utf8');
    expect(text).toContain('# my clusters\n');
    expect(text).toContain('- name: mine # hands off\n  cluster: { server: "https://mine" }\n');
    expect((await stat(kubeconfig)).mode & 0o777).toBe(0o600);
  });

  it('lets kubectl ask Clusterpedia, trusting the same authority and as the same user', async () => {
    const own = new Kubectl(controlPlane.assets, kubeconfig, folder);
    for (const [cluster, path] of [
      ['clusterpedia', RESOURCES],
      ['eu-1', `${RESOURCES}/clusters/eu-1`],
    ] as const) {
      const { stderr } = await own.try([`--cluster=${cluster}`, 'get', 'pods', '--v=6']);
      // Clusterpedia itself is not installed here; the API server's answer proves who was asked, and how.
      // kubectl 1.33 began to write it as fields.
      const asked = `${controlPlane.url}${path}/api\\S*`;
      expect(stderr).toMatch(new RegExp(`GET ${asked} 404|verb="GET" url="${asked}" status="404 Not Found"`));
    }
  });

  it('changes nothing the second time', async () => {
    const before = await readFile(kubeconfig, 'utf8');
    const { stdout, stderr } = await shortcuts();
    expect(stdout).toBe('');
    expect(stderr).toContain(`${kubeconfig} is up to date; 4 shortcuts unchanged`);
    expect(await readFile(kubeconfig, 'utf8')).toBe(before);
  });

  it('follows PediaClusters that come and go', async () => {
    await kubectl.run(['delete', 'pediacluster', 'eu-2', 'mine', '--wait=true']);
    await kubectl.apply(pediaCluster('eu-3'));
    const { code, stdout } = await shortcuts();
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `+ eu-3  ${controlPlane.url}${RESOURCES}/clusters/eu-3\n- eu-2\n`,
    });
    expect(Object.keys(serversOf(await view()))).not.toContain('eu-2');
  });

  it('takes its shortcuts out again, and only those, to the letter', async () => {
    const before = await readFile(kubeconfig, 'utf8');
    expect(before).toContain('clusterpedia-import');
    const { code } = await shortcuts('--remove');
    expect(code).toBe(0);
    const text = await readFile(kubeconfig, 'utf8');
    const original = `# my clusters\n${await readFile(controlPlane.kubeconfigPath, 'utf8')}`;
    expect(text.replace('- name: mine # hands off\n  cluster: { server: "https://mine" }\n', '')).toBe(
      original,
    );
    expect(Object.keys(serversOf(await view())).sort()).toEqual(['clusterpedia-import', 'mine']);
  });
});
