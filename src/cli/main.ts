#!/usr/bin/env node
import { EXIT } from './errors.ts';
import { unsupportedNode } from './node-version.ts';

// Older versions of Node.js cannot even load the rest, so they are told apart first, by modules that any version can load.
const PROBLEM = unsupportedNode(process.versions.node);
if (PROBLEM === undefined) {
  const { keepCompiledCode } = await import('./compile-cache.ts');
  keepCompiledCode();
  const { runCommandLine } = await import('./run.ts');
  await runCommandLine();
} else {
  process.stderr.write(`error: ${PROBLEM}\n`);
  process.exitCode = EXIT.usage;
}
