import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProcessGroup } from '../../src/control-plane/processes.ts';
import { eventually } from '../../src/control-plane/wait.ts';
import { isRunning } from './index.ts';

let parent: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'processes-test-'));
});

afterEach(async () => {
  await rm(parent, { recursive: true });
});

async function isGone(pid: number): Promise<void> {
  await eventually(`process ${String(pid)} to end`, async () => {
    expect(await isRunning(pid)).toBe(false);
  });
}

/** Says "ready", and then goes on for long. */
const LONG_RUNNING = 'echo ready; exec sleep 600';

describe('a process group', () => {
  it('kills its processes, with what these started, and removes its folder when it is stopped', async () => {
    const group = await createProcessGroup(parent);
    const child = await group.spawn('shell', 'sh', ['-c', 'sleep 600 & echo $!; wait']);
    const grandchild = await eventually('the pid', () => {
      const pid = Number(child.output());
      if (!(pid > 0)) throw new Error('not printed');
      return pid;
    });
    await access(group.dir);
    await group.stop();
    expect(child.exit).toEqual({ code: null, signal: 'SIGKILL' });
    await isGone(grandchild);
    expect(await readdir(parent)).toEqual([]);
  });

  it('ends in the same way when its owner is killed and cannot clean up', async () => {
    const module = new URL('../../src/control-plane/processes.ts', import.meta.url).href;
    const program = `
      import { createProcessGroup } from ${JSON.stringify(module)};
      const group = await createProcessGroup(${JSON.stringify(parent)});
      const children = [1, 2].map(() => group.spawn('shell', 'sh', ['-c', ${JSON.stringify(LONG_RUNNING)}]));
      console.log(JSON.stringify((await Promise.all(children)).map(({ pid }) => pid)));
    `;
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(owner.stdout), 'line')) as [string];
    const pids = JSON.parse(line) as number[];
    expect(await Promise.all(pids.map(isRunning))).toEqual([true, true]);
    expect(await readdir(parent)).toHaveLength(1);
    owner.kill('SIGKILL');
    for (const pid of pids) await isGone(pid);
    await eventually('the folder to go', async () => {
      expect(await readdir(parent)).toEqual([]);
    });
  });

  it('cannot be used again after it was stopped', async () => {
    const group = await createProcessGroup(parent);
    await group.stop();
    await group.stop();
    await expect(group.spawn('shell', 'sh', ['-c', LONG_RUNNING])).rejects.toThrow(
      'Cannot start shell: its process group has been stopped',
    );
  });
});

describe('a process of a group', () => {
  it('keeps the end of its output, which is complete when the process has ended', async () => {
    const group = await createProcessGroup(parent);
    try {
      const chunks: string[] = [];
      const child = await group.spawn('shell', 'sh', ['-c', 'echo "in $PWD"; echo "$GREETING" >&2; exit 3'], {
        env: { GREETING: 'hello' },
        onOutput: (text) => chunks.push(text),
      });
      expect(await child.exited).toEqual({ code: 3, signal: null });
      expect(child.output().split('\n').sort()).toEqual(['', 'hello', `in ${group.dir}`]);
      expect(chunks.join('')).toBe(child.output());
    } finally {
      await group.stop();
    }
  });

  it('is killed when it does not follow a request to end in time', async () => {
    const group = await createProcessGroup(parent);
    try {
      const child = await group.spawn('shell', 'sh', ['-c', `trap '' TERM; ${LONG_RUNNING}`]);
      await eventually('the trap to be set', () => {
        expect(child.output()).toBe('ready\n');
      });
      expect(await child.stop({ graceMs: 50 })).toEqual({ code: null, signal: 'SIGKILL' });
    } finally {
      await group.stop();
    }
  });

  it('is told by name when it cannot be started', async () => {
    const group = await createProcessGroup(parent);
    try {
      await expect(group.spawn('etcd', '/no/such/etcd', [])).rejects.toThrow(
        'Cannot start etcd: spawn /no/such/etcd ENOENT',
      );
    } finally {
      await group.stop();
    }
  });
});
