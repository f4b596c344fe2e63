import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lte, valid } from 'semver';

/*
 * `npm run release -- X.Y.Z [--date YYYY-MM-DD]`: one commit and one annotated tag that are a release. It pushes nothing: what
 * it made can be looked at, and taken back with `git tag -d` and `git reset`.
 */
const ROOT = process.cwd();

/** Ends with status 2 and what is to be done, before anything has been changed. */
function refuse(reason: string): never {
  process.stderr.write(`error: ${reason}\n`);
  process.exit(2);
}

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();

function edit(path: string, change: (text: string) => string): void {
  const file = join(ROOT, path);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

const args = process.argv.slice(2);
const VERSION = args[0];
if (VERSION === undefined || valid(VERSION) !== VERSION) {
  refuse(`name the version: npm run release -- X.Y.Z; not ${VERSION ?? 'nothing'}`);
}
const DATE = args[1] === '--date' ? (args[2] ?? '') : new Date().toISOString().slice(0, 10);
if (!/^\d{4}-\d{2}-\d{2}$/.test(DATE)) refuse('--date takes a day as YYYY-MM-DD');

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
if (lte(VERSION, manifest.version) && run('git', 'tag', '--list', `v${manifest.version}`) !== '') {
  refuse(`${VERSION} does not follow ${manifest.version}, which was released`);
}
if (run('git', 'status', '--porcelain') !== '') refuse('the work tree has changes: commit or stash them');
if (run('git', 'tag', '--list', `v${VERSION}`) !== '') refuse(`the tag v${VERSION} is there already`);

const CHANGELOG = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
const unreleased = /\n## Unreleased\n([^]*?)(?=\n## |$)/.exec(CHANGELOG);
const NOTES = (unreleased?.[1] ?? '').trim();
if (NOTES === '') refuse('CHANGELOG.md has nothing under "## Unreleased": say what changes for users');

edit('CHANGELOG.md', (text) =>
  text.replace('\n## Unreleased\n', `\n## Unreleased\n\n## ${VERSION} - ${DATE}\n`),
);
run('npm', 'version', VERSION, '--no-git-tag-version', '--allow-same-version');
edit('kustomize/base/kustomization.yaml', (text) =>
  text.replace(/^( *newTag:) .*$/m, (_line, key: string) => `${key} ${VERSION}`),
);
run('npm', 'run', '-s', 'generate');
run('npx', 'prettier', '--write', '--log-level', 'warn', 'CHANGELOG.md', 'package.json');
run('git', 'add', '--all');
run('git', 'commit', '--quiet', '--message', `Release ${VERSION}`, '--message', NOTES);
run('git', 'tag', '--annotate', `v${VERSION}`, '--cleanup=verbatim', '--message', `${VERSION}\n\n${NOTES}`);
process.stdout.write(`v${VERSION} is committed and tagged. Then:
  npm test
  git push --follow-tags
  docker build --file .ci/image/Dockerfile --tag REGISTRY/clusterpedia-import:${VERSION} .
  npm pack
`);
