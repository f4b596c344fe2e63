// Imports point downwards only:
//   template <- sprig <- handlebars, policy <- reconcile <- (webhook | controller | cli)
// Each layer lists what it may import; whatever isn't listed is an error.

/** Folders whose code is pure: the same input gives the same output, wherever it runs. */
const pure = '^src/(template|sprig|handlebars|api|policy|reconcile)/';

/** What reaches beyond the process, or reads its surroundings. */
const inputOutput = [
  'child_process',
  'cluster',
  'dgram',
  'diagnostics_channel',
  'dns',
  'fs',
  'http',
  'http2',
  'https',
  'inspector',
  'net',
  'os',
  'process',
  'readline',
  'repl',
  'timers',
  'tls',
  'worker_threads',
];
const inputOutputPackages = ['@kubernetes/client-node', 'fastify', 'pino', 'prom-client', 'undici'];

/** `from` may import its own folder and `allowed`, of this repository. */
function layer(name, from, allowed) {
  return {
    name: `layer-${name}`,
    severity: 'error',
    comment: `${from} may import ${[from, ...allowed].join(', ')}`,
    from: { path: `^${from}/` },
    to: { path: '^(src|webhook|controller|config|test)/', pathNot: `^(${[from, ...allowed].join('|')})/` },
  };
}

/** An event passes the folders of the controller in one direction: `folder` may import those of `allowed`, which come before it. */
function room(folder, allowed) {
  const known = [folder, ...allowed].join('|');
  return {
    name: `room-controller-${folder}`,
    severity: 'error',
    comment: `of the controller's folders, controller/${folder} may import ${allowed.join(', ') || 'none'}`,
    from: { path: `^controller/${folder}/` },
    to: { path: '^controller/[^/]+/', pathNot: `^controller/(${known})/` },
  };
}

module.exports = {
  forbidden: [
    layer('template', 'src/template', []),
    layer('sprig', 'src/sprig', ['src/template']),
    layer('handlebars', 'src/handlebars', ['src/template', 'src/sprig']),
    layer('api', 'src/api', []),
    layer('policy', 'src/policy', ['src/template', 'src/sprig', 'src/handlebars', 'src/api']),
    layer('reconcile', 'src/reconcile', [
      'src/template',
      'src/sprig',
      'src/handlebars',
      'src/api',
      'src/policy',
    ]),
    // The template language's value model is also how JSON is decoded: integers as int64, other numbers as float64.
    // What an object is, and how a version is chosen, are the same offline.
    layer('kube', 'src/kube', ['src/(template|api)']),
    layer('probes', 'src/probes', []),
    layer('config', 'config', ['src/(template|kube)']),
    layer('webhook', 'webhook', [
      'src/(template|sprig|handlebars|api|policy|reconcile|kube|probes)',
      'config',
    ]),
    layer('controller', 'controller', [
      'src/(template|sprig|handlebars|api|policy|reconcile|kube|probes)',
      'config',
    ]),
    room('watches', []),
    // Types only: the writer hands the API server's answers to the caches.
    room('writes', ['watches']),
    room('policy', ['watches', 'writes']),
    room('source', ['watches', 'writes', 'policy']),
    room('lifecycle', ['watches', 'writes', 'policy', 'source']),
    layer('control-plane', 'src/control-plane', ['src/(template|kube)', 'config']),
    layer('cli', 'src/cli', ['src', 'webhook', 'controller', 'config']),
    {
      name: 'pure-folders-do-no-input-output',
      severity: 'error',
      comment:
        'Only src/kube, src/probes, src/control-plane, src/cli, webhook, controller and config reach beyond the process.',
      from: { path: pure },
      to: {
        path: [
          `^(node:)?(${inputOutput.join('|')})(/|$)`,
          `node_modules/(${inputOutputPackages.join('|')})/`,
        ],
      },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      comment: 'Modules that import each other can only be understood, and loaded, together.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      severity: 'error',
      comment: 'A module that nothing imports, and that imports nothing, is dead.',
      from: { orphan: true, pathNot: ['\\.test\\.ts$', '\\.d\\.ts$', '/(main|run)\\.ts$'] },
      to: {},
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'tests-stand-alone',
      severity: 'error',
      comment: 'What two test files share belongs into a module that is no test file.',
      from: {},
      to: { path: '\\.test\\.ts$' },
    },
    {
      name: 'installed-with-the-product',
      severity: 'error',
      comment: 'A development dependency is missing where the package is installed.',
      from: { pathNot: '^test/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'listed-in-package-json',
      severity: 'error',
      comment: 'A package that another one happens to bring along may be gone, or another version, tomorrow.',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'exists',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'not-deprecated-in-node',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['deprecated'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Imports of types are imports: a layer that needs the types of another depends on it.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.json', '.d.ts'],
    },
    progress: { type: 'none' },
  },
};
