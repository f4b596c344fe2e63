import { test, undone } from '../../template/inverse.ts';
import { aBoolean, aString } from '../../template/results.ts';
import { ofString } from '../define.ts';
import type { Chapter } from '../define.ts';

/* Go's path package. path/filepath behaves the same on the systems that gave sprig's reference answers. */

/** `path.Clean`. */
export function clean(path: string): string {
  if (path === '') return '.';
  const rooted = path.startsWith('/');
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!rooted) kept.push(segment);
  }
  const cleaned = kept.join('/');
  if (rooted) return `/${cleaned}`;
  return cleaned === '' ? '.' : cleaned;
}

/** `path.Base`. */
export function base(path: string): string {
  if (path === '') return '.';
  let end = path.length;
  while (end > 0 && path.charAt(end - 1) === '/') end--;
  return end === 0 ? '/' : path.slice(path.lastIndexOf('/', end - 1) + 1, end);
}

/** `path.Dir`. */
export function dir(path: string): string {
  return clean(path.slice(0, path.lastIndexOf('/') + 1));
}

/** `path.Ext`. */
export function ext(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') ? path.slice(dot) : '';
}

const byName = {
  base: ofString(base, { result: aString, inverse: undone(0), example: '"/a/b.txt"' }),
  dir: ofString(dir, { result: aString, example: '"/a/b.txt"' }),
  clean: ofString(clean, { result: aString, inverse: undone(0), example: '"/a/../b/"' }),
  ext: ofString(ext, { result: aString, example: '"/a/b.txt"' }),
  isAbs: ofString((path) => path.startsWith('/'), {
    result: aBoolean,
    cost: 'nothing',
    inverse: test((holds) => [[[0, { want: 'text', part: 'start', text: '/', holds }]]]),
    example: '"/a"',
  }),
};

/** sprig's chapter "Path and Filepath Functions". */
export const paths: Chapter = {
  ...byName,
  osBase: byName.base,
  osDir: byName.dir,
  osClean: byName.clean,
  osExt: byName.ext,
  osIsAbs: byName.isAbs,
};
