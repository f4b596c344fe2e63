/** The documentation as the tests read it: pages, their code blocks, headings and links. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced block of code. */
export interface Block {
  /** Path of its page, from the top of the repository. */
  readonly page: string;
  /** Line of its opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** What follows the language: the file that the block is the content of, or a change of. */
  readonly file: string | undefined;
  readonly text: string;
}

export interface Link {
  readonly line: number;
  readonly target: string;
}

export interface Page {
  /** From the top of the repository. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** Anchors of the headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly Link[];
}

/** Languages of blocks that hold commands. */
const shell = new Set(['sh', 'bash', 'shell', 'console']);

export const holdsCommands = ({ language }: Block): boolean => shell.has(language);

/** What a reader of a page does: its files and commands in their order, each with its place. */
export const actionable = ({ blocks }: Page): (readonly [place: string, block: Block])[] =>
  blocks
    .filter((block) => holdsCommands(block) || block.file !== undefined)
    .map((block) => [`${block.page}:${String(block.line)}`, block]);

/** Every page that somebody reads who uses or changes the project. */
export function pages(): readonly Page[] {
  const below = (folder: string) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => join(folder, file));
  return [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'SECURITY.md',
    ...below('docs'),
    ...below('kustomize'),
  ]
    .sort()
    .map(page);
}

/** One page, by its path from the top of the repository. */
export function page(path: string): Page {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const blocks: Block[] = [];
  const prose: (readonly [line: number, text: string])[] = [];
  let open: { fence: string; line: number; info: string; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^ *(```+)(.*)$/.exec(line);
    if (open !== undefined) {
      if (fence?.[1] === open.fence && fence[2] === '') {
        const [language = '', file] = open.info.split(' ');
        blocks.push({ page: path, line: open.line, language, file, text: dedent(open.lines) });
        open = undefined;
      } else open.lines.push(line);
    } else if (fence === null) prose.push([index + 1, line]);
    else open = { fence: fence[1] ?? '', line: index + 1, info: (fence[2] ?? '').trim(), lines: [] };
  }
  if (open !== undefined) throw new Error(`${path}:${String(open.line)}: the block of code has no end`);
  return { path, text, blocks, anchors: anchorsOf(prose), links: linksOf(prose) };
}

/** Blocks in lists are indented. */
function dedent(lines: readonly string[]): string {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const indent = Math.min(...indents);
  return lines.map((line) => `${line.slice(Number.isFinite(indent) ? indent : 0)}\n`).join('');
}

function anchorsOf(prose: readonly (readonly [number, string])[]): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, line] of prose) {
    const heading = /^#{1,6} +(.*?) *#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${String(n)}`;
    anchors.add(anchor);
  }
  return anchors;
}

function linksOf(prose: readonly (readonly [number, string])[]): readonly Link[] {
  return prose.flatMap(([line, text]) => {
    const withoutCode = text.replaceAll(/`[^`]*`/g, '``');
    const markdown = [...withoutCode.matchAll(/\]\(([^)\s]+)[^)]*\)/g)];
    const html = [...withoutCode.matchAll(/(?:src|srcset|href)="([^"]+)"/g)];
    return [...markdown, ...html].map(([, target = '']) => ({ line, target }));
  });
}

/** A link's file and anchor, the file from the top of the repository. `undefined` where it leads to another site. */
export function resolveLink(
  from: string,
  target: string,
): { readonly path: string; readonly anchor: string | undefined } | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : relative('.', join(dirname(from), file));
  return { path, anchor };
}
