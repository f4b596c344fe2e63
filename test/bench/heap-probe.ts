/**
 * Loaded into the controller before its own code (`--expose-gc --import`): on SIGUSR2 it collects all garbage and writes what
 * is left of the heap, in bytes, to the file that HEAP_PROBE names.
 */
import { writeFileSync } from 'node:fs';

process.on('SIGUSR2', () => {
  gc?.();
  writeFileSync(process.env['HEAP_PROBE'] ?? '', String(process.memoryUsage().heapUsed));
});
