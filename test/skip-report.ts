import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import './skips.ts';

/** Lists the tests that were skipped, once at the end: why, and how to run them. */
export default class SkipReport implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    // With --testNamePattern, whatever doesn't match counts as skipped.
    const isPart = this.#vitest?.config.testNamePattern !== undefined;
    const byReason = new Map<string, TestCase[]>();
    for (const test of modules.flatMap((module) => [...module.children.allTests('skipped')])) {
      const reason = reasonOf(test) ?? (isPart ? undefined : 'no reason is given');
      if (reason !== undefined) byReason.set(reason, [...(byReason.get(reason) ?? []), test]);
    }
    if (byReason.size > 0) process.stdout.write(`\n${report(byReason)}\n`);
  }
}

function report(byReason: ReadonlyMap<string, readonly TestCase[]>): string {
  const lines = [...byReason].map(([reason, tests]) => {
    const files = new Set(
      tests.map(({ project, module }) => `--project ${project.name} ${relative('', module.moduleId)}`),
    );
    const commands = [...files].map((file) => `      npx vitest run ${file}`);
    return [`  ${String(tests.length)}: ${reason}; then`, ...commands].join('\n');
  });
  return ['Skipped tests:', ...lines].join('\n');
}

/** The reason given to `skip`, or else to {@link unless} for the test or for what it is in. */
function reasonOf(test: TestCase): string | undefined {
  const result = test.result();
  if (result.state === 'skipped' && result.note !== undefined) return result.note;
  for (let task: TestCase | TestCase['parent'] = test; ; task = task.parent) {
    const { skipReason } = task.meta();
    if (skipReason !== undefined || task.type === 'module') return skipReason;
  }
}
