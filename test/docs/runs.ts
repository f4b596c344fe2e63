/** Where the commands of the pages are run. */

/** Pages whose commands need no cluster: run in order, in one folder, by test/docs/commands.test.ts. */
export const offlinePages = ['docs/writing-policies.md'] as const;

/** Pages whose commands are run in order on a control plane, by test/e2e/documentation.test.ts. */
export const serverPages = [
  'README.md',
  'docs/conditions.md',
  'docs/operating.md',
  'kustomize/README.md',
  'docs/quick-start.md',
] as const;

/** The page that is run by test/e2e/migration.test.ts, on what another controller has left. */
export const MIGRATION_PAGE = 'docs/migration.md';

/** The page that is run by test/e2e/karmada-api-server.test.ts, with a second API server. */
export const KARMADA_PAGE = 'docs/karmada-api-server.md';

export interface OtherRun {
  readonly commands: RegExp;
  readonly file: string;
  /** Text of the test that runs them. */
  readonly title: string;
  /** They need what no test has (a container engine, Clusterpedia itself, minutes), so no page runs them where they stand. */
  readonly beyondReach?: boolean;
}

/** Commands that are not run where they stand, each with the test that runs them, or what comes closest. */
export const runByOtherTests: readonly OtherRun[] = [
  {
    commands: /^kubectl apply -k kustomize\/policies\/cluster-api$/,
    file: 'test/e2e/kustomize.test.ts',
    title: '%s is taken with its kustomization',
  },
  {
    commands: /^npm ci && npm run demo\b/,
    file: 'test/e2e/demo.test.ts',
    title: 'shows how clusters of four platforms become PediaClusters',
    beyondReach: true,
  },
  {
    commands: /^npm run release -- X\.Y\.Z$/,
    file: 'test/e2e/release.test.ts',
    title: 'makes one commit and one tag, with the version in every place that has it',
  },
  {
    commands: /^docker (?:build|push) /,
    file: 'test/image/image.test.ts',
    title: "the image's file system, laid out as the Dockerfile does",
    beyondReach: true,
  },
  {
    commands: /^kubectl --cluster clusterpedia /,
    file: 'test/e2e/cli.test.ts',
    title: 'lets kubectl ask Clusterpedia, trusting the same authority and as the same user',
    beyondReach: true,
  },
  {
    // Minutes each: run by hand, as a measurement has to be.
    commands: /^npm run -s bench -- /,
    file: 'test/bench/run.ts',
    title: 'npm run -s bench --',
    beyondReach: true,
  },
  {
    commands: /^npm (?:ci|test|ci && npm test)$/,
    file: 'package.json',
    title: '"test": "npm run -s lint && vitest run"',
    beyondReach: true,
  },
];
