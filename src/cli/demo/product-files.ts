import { extname, join, resolve } from 'node:path';

const extension = extname(import.meta.filename);

/** Folder of the package: a checkout runs `src/…/*.ts`, an installed package `dist/src/…/*.js`. */
const packageFolder = resolve(import.meta.dirname, extension === '.ts' ? '../../..' : '../../../..');

/** Path of a file that comes with the product: `productFile('kustomize/base/namespace.yaml')`. */
export function productFile(path: string): string {
  return join(packageFolder, path);
}

/** Path of the command line's main module. */
export const mainModule = resolve(import.meta.dirname, `../main${extension}`);
