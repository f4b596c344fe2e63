import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Manifest } from '../kustomize/manifests.ts';
import { find, installed } from '../kustomize/manifests.ts';
import { page, ROOT } from './pages.ts';
import { Terminal } from './terminal.ts';

const { blocks } = page('docs/gitops.md');
const shown = (file: string): string => {
  const block = blocks.find((candidate) => candidate.file === file);
  if (block === undefined) throw new Error(`docs/gitops.md shows no ${file}`);
  return block.text;
};
const objects = <T>(file: string) =>
  parseAllDocuments(shown(file)).map((document) => document.toJS() as Manifest & T);

const github = parse(shown('.github/workflows/policies.yaml')) as {
  readonly jobs: { readonly check: { readonly steps: readonly { readonly run?: string }[] } };
};
const gitlab = parse(shown('.gitlab-ci.yml')) as {
  readonly policies: { readonly script: readonly string[] };
};

const scripts = [
  ['GitHub Actions', github.jobs.check.steps.flatMap(({ run }) => (run === undefined ? [] : [run]))],
  ['GitLab', gitlab.policies.script],
] as const;

describe('the pipelines', () => {
  let terminal: Terminal;

  beforeAll(async () => {
    terminal = await Terminal.open();
    const policy = join(terminal.folder, 'clusters/policies/acme');
    await mkdir(policy, { recursive: true });
    await cp(join(ROOT, 'docs/examples/acme'), policy, { recursive: true });
  });
  afterAll(() => terminal?.close());

  it.each(scripts)('of %s pass for a good policy', async (_, script) => {
    expect(script).toHaveLength(2);
    for (const command of script)
      expect({ command, ...(await terminal.run(command)) }).toMatchObject({ code: 0 });
  });

  it.each(scripts)('of %s fail for a broken one, and say where', async (_, script) => {
    const file = 'clusters/policies/acme/policy.yaml';
    await terminal.run(`sed -i 's/| lower/| lowr/' ${file}`);
    const places = [
      ['validate.xml', file] as const,
      ['test.xml', 'clusters/policies/acme/two-clusters'] as const,
    ];
    for (const [index, [report, place]] of places.entries()) {
      const command = script[index] ?? '';
      const { printed, code } = await terminal.run(
        `${command}; code=$?; cat ${report} 2>/dev/null; exit $code`,
      );
      expect({ command, code }).toEqual({ command, code: 1 });
      expect(printed).toContain('is not defined; did you mean');
      expect(printed).toContain(place);
    }
    await terminal.run(`sed -i 's/| lowr/| lower/' ${file}`);
  });
});

describe('the image for pipelines', () => {
  it('installs the archive that npm pack makes', async () => {
    const { name, version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly version: string;
    };
    expect(shown('Dockerfile')).toContain(`COPY ${name}-${version}.tgz `);
  });
});

describe("Argo CD's Applications", () => {
  const applications = objects<{
    readonly spec: {
      readonly source: { readonly path: string };
      readonly ignoreDifferences?: readonly { readonly kind: string; readonly name: string }[];
    };
  }>('argocd/application.yaml');

  it('apply the import before the policies', () => {
    expect(
      applications.map(({ apiVersion, kind, metadata, spec }) => [
        apiVersion,
        kind,
        (metadata as { annotations?: Record<string, string> }).annotations?.['argocd.argoproj.io/sync-wave'],
        spec.source.path,
      ]),
    ).toEqual([
      ['argoproj.io/v1alpha1', 'Application', '0', 'clusters/import'],
      ['argoproj.io/v1alpha1', 'Application', '1', 'clusters/policies/acme'],
    ]);
  });

  it('ignore differences of objects that the overlays have', () => {
    const ignored = applications.flatMap(({ spec }) => spec.ignoreDifferences ?? []);
    expect(ignored).toHaveLength(2);
    for (const { kind, name } of ignored) {
      expect(find(installed('without-cert-manager'), kind, name).metadata.name).toBe(name);
    }
  });

  it('need not ignore the rules of the ClusterRoles that Kubernetes aggregates: the overlays have none', () => {
    const aggregated = installed('default').filter((object) => object['aggregationRule'] !== undefined);
    expect(aggregated.map(({ metadata, ...role }) => [metadata.name, role['rules']])).toEqual([
      ['clusterpedia-import-secrets', undefined],
      ['clusterpedia-import-sources', undefined],
      ['clusterpedia-import-webhook-secrets', undefined],
    ]);
  });
});

describe("Flux's Kustomizations", () => {
  const kustomizations = objects<{
    readonly spec: {
      readonly path: string;
      readonly wait: boolean;
      readonly dependsOn?: readonly { name: string }[];
    };
  }>('flux/kustomization.yaml');

  it('wait, the policies for the import', () => {
    const [first, second] = kustomizations;
    expect(
      kustomizations.map(({ apiVersion, kind, spec }) => [apiVersion, kind, spec.path, spec.wait]),
    ).toEqual([
      ['kustomize.toolkit.fluxcd.io/v1', 'Kustomization', './clusters/import', true],
      ['kustomize.toolkit.fluxcd.io/v1', 'Kustomization', './clusters/policies/acme', true],
    ]);
    expect(second?.spec.dependsOn).toEqual([{ name: first?.metadata.name }]);
  });
});
