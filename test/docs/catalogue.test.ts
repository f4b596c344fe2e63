import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, platforms } from '../policies/catalogue.ts';

/*
 * docs/catalogue.md is written from the READMEs of the platforms' folders: `npm run generate` writes it anew, and this test
 * fails while it differs.
 */

const PAGE = new URL('../../docs/catalogue.md', import.meta.url).pathname;

/** Rows of the table that every README of the catalogue begins with. */
const rowNames = [
  'written for',
  'checked',
  'source',
  'credentials',
  'PediaCluster',
  'created when',
  'needs',
  'not imported',
  'rights',
] as const;

type Rows = Readonly<Record<(typeof rowNames)[number], string>>;

interface Entry {
  readonly platform: string;
  readonly title: string;
  readonly rows: Rows;
}

function entryOf(platform: string): Entry {
  const text = readFileSync(join(CATALOGUE, platform, 'README.md'), 'utf8');
  const cells = text
    .split('\n')
    .map((line) => /^\|\s*(?<name>[^|]+?)\s*\|\s*(?<value>.+?)\s*\|$/.exec(line)?.groups)
    .flatMap((groups) =>
      groups === undefined ? [] : [[groups['name'] ?? '', groups['value'] ?? ''] as const],
    );
  const found = new Map(cells);
  const rows = Object.fromEntries(rowNames.map((name) => [name, found.get(name)]));
  const missing = rowNames.filter((name) => rows[name] === undefined);
  expect(missing, `${platform}: rows that its README lacks`).toEqual([]);
  return { platform, title: /^# (.*)$/m.exec(text)?.[1] ?? platform, rows: rows as Rows };
}

/** What is not in the catalogue because the management cluster does not have what it takes. */
const impossible = [
  [
    'Azure Fleet (`MemberCluster`)',
    'agents pull from the hub; the object has no field for a credential',
    'Azure/fleet at 942238f38d (2026-06-29): `apis/cluster/v1beta1/membercluster_types.go`',
  ],
  [
    'kcp',
    'a `Workspace` has an address (`spec.URL`), no credential',
    'kcp-dev/kcp at dac74f5955 (2026-08-07): `staging/src/github.com/kcp-dev/sdk/apis/tenancy/v1alpha1/types_workspace.go`',
  ],
  [
    'ACK (`eks.services.k8s.aws` `Cluster`)',
    'endpoint and CA are in the status, a credential is not: a program of the cloud makes it',
    'aws-controllers-k8s/eks-controller at fcb7569892 (2026-08-20): `apis/v1alpha1/cluster.go`',
  ],
  [
    'Config Connector (`ContainerCluster`)',
    'endpoint and CA are there; the credential of a cluster as it is by default is made by a program of the cloud',
    'GoogleCloudPlatform/k8s-config-connector at cdb85ecf17 (2026-08-22): `pkg/clients/generated/apis/container/v1beta1/containercluster_types.go`',
  ],
  [
    'Omni',
    'a `Kubeconfig` is a resource of its own store (etcd, BoltDB or SQLite), which no Kubernetes API serves',
    'siderolabs/omni at b1ea5df2 (2026-08-21): `client/pkg/omni/resources/omni/kubeconfig.go`, `internal/backend/runtime/omni/state.go`',
  ],
  [
    'Teleport',
    "none of its operator's kinds is a Kubernetes cluster (a `TeleportWorkloadClusterV1` is a Teleport of its own); its client fetches certificates of 30 minutes",
    'gravitational/teleport: `integrations/operator/config/crd/bases` (`resources.teleport.dev_workloadclustersv1.yaml` at fdab80f049), the reference of its Terraform provider (`teleportmwi_kubernetes`)',
  ],
  [
    'Palette',
    "kubeconfigs are answers of Palette's own API, with its API key; Palette's source is not public",
    'spectrocloud/terraform-provider-spectrocloud at 0b65bb13 (2026-07-29): `./docs/data-sources/cluster.md`',
  ],
  [
    'EKS, GKE and AKS by kubeconfigs that run a program',
    'Clusterpedia would run it in its own pod: the lifecycle says `CredentialNotSelfContained`. Give the cluster a ServiceAccount and its token instead',
    '[security](security.md)',
  ],
  [
    'Liqo',
    'the kubeconfig of an `Identity` of type `ControlPlane` has rights for replication only',
    'liqotech/liqo at 557c199cf4 (2026-07-23): `deployments/liqo/files/liqo-remote-controlplane-ClusterRole.yaml`',
  ],
] as const;

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Links of a README lead from its folder; those of the page from `docs`. */
const fromDocs = (text: string, platform: string) =>
  text
    .replaceAll('](../../../docs/', '](')
    .replaceAll('](../', '](../kustomize/policies/')
    .replaceAll('](testdata', `](../kustomize/policies/${platform}/testdata`);

function section({ platform, title, rows }: Entry): string {
  const facts = rowNames.map((name) => `- **${capital(name)}:** ${fromDocs(rows[name], platform)}`);
  return `## ${title}\n\n[\`${platform}\`](../kustomize/policies/${platform})\n\n${facts.join('\n')}\n`;
}

describe('the page of the catalogue', () => {
  it('says what the READMEs of the platforms say', async () => {
    const entries = platforms.map(entryOf);
    const summary = table(
      ['platform', 'versions', 'credentials', 'imported when'],
      entries.map(({ platform, title, rows }) => [
        `[${title}](#${title
          .toLowerCase()
          .replaceAll(/[^a-z0-9 -]/g, '')
          .replaceAll(' ', '-')})`,
        fromDocs(rows['written for'], platform),
        fromDocs(rows.credentials, platform),
        fromDocs(rows['created when'], platform),
      ]),
    );
    await expect(`# Catalogue

One policy for each platform, in [kustomize/policies](../kustomize/policies), with the rights that it needs:

\`\`\`sh
kubectl apply -k kustomize/policies/cluster-api
\`\`\`

A platform's namespace must exist where its rights are a Role there. "Checked" says when the claims were held against which files of
the platform's own repositories, at which commit; \`testdata\` beside each policy has sample clusters, and what becomes of them.

A source that is being deleted is not imported anew. Where two platforms describe one cluster, it is collected twice: the READMEs say
how to choose. Names do not meet, since every policy but that of Cluster API has a prefix of its own.

${summary}

${entries.map(section).join('\n')}
## What is not possible

A policy reads objects. It cannot run a program, send a request to a cloud, or create an object whose answer is a credential.

${table(['platform', 'why', 'source'], impossible)}
`).toMatchFileSnapshot(PAGE);
  });

  it.each(platforms)(
    'the README of %s says when and against which files, at which commit, it was checked',
    (platform) => {
      const [date, ...sources] = entryOf(platform).rows.checked.split(/(?:, |; )(?=[\w-]+\/[\w-]+ at )/);
      // The worked example is of a guide.
      if (platform === 'mcp') return;
      expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      expect(sources).not.toEqual([]);
      for (const source of sources)
        expect(source).toMatch(
          /^[\w-]+\/[\w-]+ at [0-9a-f]{10} \(\d{4}-\d{2}-\d{2}\): `[^`]+\.\w+`(?:, `[^`]+\.\w+`)*$/,
        );
    },
  );
});
