/** A Go module proxy in a folder, with what Kubernetes publishes there in small: the same modules, and programs that do little. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

/** The files of a module, by their path in it. */
type Module = { readonly [path: string]: string };

const staging = (name: string): string => `k8s.io/${name}`;

/** `programs` changes the main function of a program. */
export async function publishKubernetes(
  proxy: string,
  version: string,
  programs: { readonly [name: string]: string } = {},
): Promise<void> {
  const stagingVersion = version.replace(/^1\./, '0.');
  const main = (name: string): string => `package main

import (
	"fmt"

	"k8s.io/component-base/version"
)

func main() { ${programs[name] ?? `fmt.Println("Kubernetes " + version.Get())`} }
`;
  await publish(proxy, 'k8s.io/kubernetes', `v${version}`, {
    // As Kubernetes has it: its own replacements count only where it is the main module.
    'go.mod': `module k8s.io/kubernetes

go 1.21

require k8s.io/component-base v0.0.0

replace k8s.io/component-base => ./staging/src/k8s.io/component-base
`,
    ...Object.fromEntries(
      ['kube-apiserver', 'kube-controller-manager', 'kubectl'].map((name) => [
        `cmd/${name}/main.go`,
        main(name),
      ]),
    ),
  });
  await publish(proxy, staging('component-base'), `v${stagingVersion}`, {
    'go.mod': 'module k8s.io/component-base\n\ngo 1.21\n\nrequire go.etcd.io/etcd/server/v3 v3.6.0\n',
    'version/version.go': `package version

var gitVersion, gitMajor, gitMinor string

func Get() string { return gitVersion + " " + gitMajor + "." + gitMinor }
`,
  });
  await publish(proxy, 'go.etcd.io/etcd/server/v3', 'v3.6.0', {
    'go.mod': 'module go.etcd.io/etcd/server/v3\n\ngo 1.21\n',
    'main.go': 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("etcd 3.6.0") }\n',
  });
}

/** As https://go.dev/ref/mod#goproxy-protocol has it. */
async function publish(proxy: string, path: string, version: string, files: Module): Promise<void> {
  const file = (extension: string): string => join(proxy, path, '@v', `${version}.${extension}`);
  await mkdir(dirname(file('info')), { recursive: true });
  await writeFile(join(proxy, path, '@v', 'list'), `${version}\n`, { flag: 'a' });
  await writeFile(file('info'), JSON.stringify({ Version: version, Time: '2026-01-01T00:00:00Z' }));
  await writeFile(file('mod'), files['go.mod'] ?? '');
  const entries = Object.entries(files).map(([name, text]) => ({
    name: `${path}@${version}/${name}`,
    text,
  }));
  await writeFile(file('zip'), archive(entries));
}

/** A zip archive whose files are stored as they are (APPNOTE.TXT, 4.3). */
function archive(entries: readonly { readonly name: string; readonly text: string }[]): Buffer {
  const records: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, text } of entries) {
    const [path, content] = [Buffer.from(name), Buffer.from(text)];
    // Version 2.0; no flags; stored; no date; checksum, sizes, length of the name; no extra field.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(path.length, 22);
    const record = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, content]);
    // After the lengths: no comment, first disk, no attributes, and where the record begins.
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, tail, path]));
    records.push(record);
    offset += record.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(index.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...records, index, Buffer.from('PK\x05\x06'), end]);
}
