import { parentPort, workerData } from 'node:worker_threads';
import { keepCompiledCode } from '../../src/cli/compile-cache.ts';

// Most of what a case costs is to load the engine anew; only what the template itself costs is measured.
keepCompiledCode();
const { allFunctions } = await import('../../src/sprig/index.ts');
const { compile, TemplateError } = await import('../../src/template/index.ts');

/** Runs the template that it is given once, cold, after what admission finds out of its text, and tells what that took. */
const start = process.threadCpuUsage();
const OUTCOME = outcomeOf(workerData as string);
const { user, system } = process.threadCpuUsage(start);
parentPort?.postMessage({ milliseconds: Math.round((user + system) / 1000), outcome: OUTCOME });

function outcomeOf(template: string): string {
  try {
    const compiled = compile(template, { functions: allFunctions });
    compiled.flows.all.paths();
    return `prints ${String(compiled.execute({}).length)} characters`;
  } catch (error) {
    if (error instanceof TemplateError) return error.code;
    throw error;
  }
}
