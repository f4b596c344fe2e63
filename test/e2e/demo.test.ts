import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ManagedProcess } from '../control-plane/index.ts';
import {
  eventually,
  MAIN_MODULE,
  startProcesses,
  temporaryFolder,
  throwIfEnded,
} from '../control-plane/index.ts';
import { holdsCommands, page } from '../docs/pages.ts';
import { Terminal } from '../docs/terminal.ts';
import { unless } from '../skips.ts';
import { checkout } from './reader.ts';

/** The demo as a process, with a folder of its own for temporary files, by which everything that it starts is known. */
async function startDemo(args: readonly string[]): Promise<{ demo: ManagedProcess; folder: string }> {
  const processes = await startProcesses();
  const folder = await temporaryFolder();
  const demo = await processes.spawn('demo', process.execPath, [MAIN_MODULE, 'demo', ...args], {
    env: { TMPDIR: folder, NO_COLOR: '1' },
  });
  return { demo, folder };
}

/** Command lines of the processes that were given the folder for temporary files. */
async function processesOf(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      if (!environment.split('\0').includes(`TMPDIR=${folder}`)) return [];
      return [(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')];
    }),
  );
  return found.flat();
}

async function leavesNothing(folder: string): Promise<void> {
  await eventually('no process and no file to be left', async () => {
    expect(await processesOf(folder)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });
}

/** The rows below each heading that follows the command, in the log's order: cells by column. */
function tables(log: string, command: string): Record<string, string>[][] {
  return log
    .split(`$ kubectl ${command}\n`)
    .slice(1)
    .map((rest) => {
      const [heading = '', ...rows] = rest.slice(0, rest.indexOf('\n\n')).split('\n');
      const columns = [...heading.matchAll(/\S+(?: \S+)*\s*/g)];
      return rows.map((row) => {
        const cells = columns.map(({ 0: text, index }, position): [string, string] => {
          const end = position === columns.length - 1 ? undefined : index + text.length;
          return [text.trim(), row.slice(index, end).trim()];
        });
        return Object.fromEntries(cells);
      });
    });
}

function column(
  table: Record<string, string>[] | undefined,
  ...names: readonly string[]
): (string | undefined)[][] {
  return (table ?? []).map((row) => names.map((name) => row[name]));
}

async function says(demo: ManagedProcess, text: string): Promise<void> {
  const said = (): void => {
    if (demo.output().includes(text)) return;
    throwIfEnded(demo);
    throw new Error(demo.output());
  };
  await eventually(`the demo to say "${text}"`, said, { timeoutMs: DEMO_TIMEOUT_MS });
}

/** A deadline for what hangs: a demo takes half a minute, on a busy machine several. */
const DEMO_TIMEOUT_MS = 300_000;

describe('the demo', { timeout: 2 * DEMO_TIMEOUT_MS }, () => {
  it('shows how clusters of four platforms become PediaClusters and follow their sources, and ends with nothing left', async () => {
    const { demo, folder } = await startDemo(['--once']);
    const exit = await demo.exited;
    const log = demo.output();
    expect(exit, log).toEqual({ code: 0, signal: null });
    await leavesNothing(folder);

    expect(column(tables(log, 'get clusters.cluster.x-k8s.io')[0], 'NAME', 'PHASE', 'VERSION')).toEqual([
      ['capi-quickstart', 'Provisioned', 'v1.24.2'],
      ['capi-quickstart-2', 'Provisioned', 'v1.24.2'],
    ]);
    expect(
      column(tables(log, 'get clusters.cluster.karmada.io')[0], 'NAME', 'VERSION', 'MODE', 'READY'),
    ).toEqual([
      ['argocd', '', 'Push', 'False'],
      ['member1', 'v1.23.4', 'Push', 'True'],
      ['member3', 'v1.23.4', 'Pull', 'True'],
    ]);
    expect(
      column(tables(log, 'get clusterimportpolicy').at(-1), 'NAME', 'VALIDATED', 'READY', 'CLUSTERS'),
    ).toEqual([
      ['cluster-api', 'True', 'True', '1'],
      ['karmada', 'True', 'True', '1'],
      ['mcp', 'True', 'True', '1'],
      ['vcluster', 'True', 'True', '3'],
    ]);
    const lifecycles = tables(log, 'get pediaclusterlifecycle');
    expect(column(lifecycles[0], 'NAME', 'CREATED')).toEqual([
      ['default-capi-quickstart', 'True'],
      ['default-capi-quickstart-2', 'True'],
    ]);
    expect(column(lifecycles.at(-1), 'NAME', 'CREATED', 'REASON')).toEqual([
      ['default-capi-quickstart', 'True', 'UpToDate'],
      ['karmada-argocd', 'False', 'CreationConditionNotMet'],
      ['karmada-member1', 'True', 'UpToDate'],
      ['karmada-member3', 'False', 'CreationConditionNotMet'],
      ['mcp-cluster-1', 'True', 'UpToDate'],
      ['vc-caiwei-vcluster-caiwei-vcluster', 'True', 'UpToDate'],
      ['vc-default-vcluster-1', 'True', 'UpToDate'],
      ['vc-default-vcluster-2', 'True', 'UpToDate'],
    ]);
    const pediaClusters = tables(log, 'get pediacluster').map((table) => column(table, 'NAME').flat());
    expect(pediaClusters).toEqual([
      ['default-capi-quickstart', 'default-capi-quickstart-2'],
      ['default-capi-quickstart', 'default-capi-quickstart-2', 'karmada-member1'],
      [
        'default-capi-quickstart',
        'default-capi-quickstart-2',
        'karmada-member1',
        'vc-caiwei-vcluster-caiwei-vcluster',
        'vc-default-vcluster-1',
        'vc-default-vcluster-2',
      ],
      [
        'default-capi-quickstart',
        'default-capi-quickstart-2',
        'karmada-member1',
        'mcp-cluster-1',
        'vc-caiwei-vcluster-caiwei-vcluster',
        'vc-default-vcluster-1',
        'vc-default-vcluster-2',
      ],
      [
        'default-capi-quickstart',
        'karmada-member1',
        'mcp-cluster-1',
        'vc-caiwei-vcluster-caiwei-vcluster',
        'vc-default-vcluster-1',
        'vc-default-vcluster-2',
      ],
    ]);
    const addresses =
      'get pediacluster --output=custom-columns=NAME:.metadata.name,APISERVER:.spec.apiserver';
    expect(column(tables(log, addresses)[0], 'NAME', 'APISERVER')).toEqual([
      ['default-capi-quickstart', '<none>'],
      ['default-capi-quickstart-2', '<none>'],
      ['karmada-member1', 'https://172.18.0.4:6443'],
      ['mcp-cluster-1', 'https://172.10.10.10:6443'],
      ['vc-caiwei-vcluster-caiwei-vcluster', 'https://caiwei-vcluster.caiwei-vcluster.svc'],
      ['vc-default-vcluster-1', 'https://vcluster-1.default.svc'],
      ['vc-default-vcluster-2', 'https://vcluster-2.default.svc'],
    ]);

    expect(log).toContain('The ClusterImportPolicy "broken" is invalid');
    expect(log).toContain('spec.template: 2:67: function "lowr" is not defined; did you mean "lower"?');
    expect(log).toContain(
      '.references.kubeconfg is not declared in spec.references; did you mean ".references.kubeconfig"?',
    );
    expect(log).toMatch(/default-capi-quickstart has the renewed kubeconfig: after [\d.]+ s/);
    expect(log).toMatch(
      /default-capi-quickstart-2, its lifecycle and its PediaCluster, is gone: after [\d.]+ s/,
    );
  });

  describe(
    'leaves nothing behind',
    unless(process.platform === 'linux' ? undefined : 'processes are seen in /proc, which only Linux has'),
    () => {
      it.each([
        [
          'while the control plane starts',
          'starting kube-apiserver',
          [],
          'SIGINT',
          { code: 0, signal: null },
        ],
        ['in the middle', 'Karmada: its clusters', [], 'SIGTERM', { code: 0, signal: null }],
        [
          'in the middle of what it was to show to the end',
          'Karmada: its',
          ['--once'],
          'SIGINT',
          { code: 1, signal: null },
        ],
        ['without a chance to clean up', 'vcluster: its', [], 'SIGKILL', { code: null, signal: 'SIGKILL' }],
      ] as const)('when it is ended %s', async (_, text, args, signal, exit) => {
        const { demo, folder } = await startDemo(args);
        await says(demo, text);
        expect(await processesOf(folder)).not.toEqual([]);
        demo.kill(signal);
        expect(await demo.exited, demo.output()).toEqual(exit);
        await leavesNothing(folder);
      });

      it('when it stays up, for what the README has to try, until it is ended', async () => {
        const { demo, folder } = await startDemo([]);
        await says(demo, 'Everything stays up');
        const [, KUBECONFIG = ''] = /^export KUBECONFIG=(.*)$/m.exec(demo.output()) ?? [];
        const [, assets = ''] = /^export PATH=(.*):\$PATH$/m.exec(demo.output()) ?? [];
        const terminal = await Terminal.open({
          programs: { kubectl: `exec '${assets}/kubectl' "$@"` },
          env: { KUBECONFIG },
        });
        onTestFinished(() => terminal.close());
        await checkout(terminal.folder);
        const readme = page('README.md');
        const headings = [...readme.text.matchAll(/^## .*$/gm)].map(({ 0: title, index }) => ({
          title,
          line: readme.text.slice(0, index).split('\n').length,
        }));
        const at = headings.findIndex(({ title }) => title === '## Try it');
        const blocks = readme.blocks.filter(
          (block) =>
            holdsCommands(block) &&
            block.line > (headings[at]?.line ?? Infinity) &&
            block.line < (headings[at + 1]?.line ?? 0),
        );
        expect(blocks).toHaveLength(3);
        for (const block of blocks) await terminal.follow(block);
        demo.kill('SIGINT');
        expect(await demo.exited, demo.output()).toEqual({ code: 0, signal: null });
        await leavesNothing(folder);
      });
    },
  );
});
