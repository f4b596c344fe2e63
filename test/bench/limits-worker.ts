import { parentPort, workerData } from 'node:worker_threads';
import { allFunctions } from '../../src/sprig/index.ts';
import { compile, TemplateError } from '../../src/template/index.ts';

/** Runs the template that it is given once, cold, and tells what that took. */
const start = process.threadCpuUsage();
const outcome = outcomeOf(workerData as string);
const { user, system } = process.threadCpuUsage(start);
parentPort?.postMessage({ milliseconds: Math.round((user + system) / 1000), outcome });

function outcomeOf(template: string): string {
  try {
    return `prints ${String(compile(template, { functions: allFunctions }).execute({}).length)} characters`;
  } catch (error) {
    if (error instanceof TemplateError) return error.code;
    throw error;
  }
}
