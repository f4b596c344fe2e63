/** `npm run -s bench -- NAME [options]`: runs `test/bench/NAME.ts`, whose default export takes the options. */
const [name, ...args] = process.argv.slice(2);

if (name === undefined || !/^[a-z][a-z-]*$/.test(name)) {
  process.stderr.write('Usage: npm run -s bench -- NAME [options], e.g. reconcile --clusters 1000\n');
  process.exitCode = 2;
} else {
  const bench = (await import(`./${name}.ts`)) as { default: (args: readonly string[]) => Promise<void> };
  await bench.default(args);
}
