/** `npm run -s bench -- NAME [options]`: runs `test/bench/NAME.ts`, whose default export takes the options. */
const [NAME, ...args] = process.argv.slice(2);

if (NAME === undefined || !/^[a-z][a-z-]*$/.test(NAME)) {
  process.stderr.write('Usage: npm run -s bench -- NAME [options], e.g. reconcile --clusters 1000\n');
  process.exitCode = 2;
} else {
  const bench = (await import(`./${NAME}.ts`)) as { default: (args: readonly string[]) => Promise<void> };
  await bench.default(args);
}
