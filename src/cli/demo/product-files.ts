import { extname, join, resolve } from 'node:path';

const EXTENSION = extname(import.meta.filename);

/** Folder of the package: a checkout runs `src/…/*.ts`, an installed package `dist/src/…/*.js`. */
const PACKAGE_FOLDER = resolve(import.meta.dirname, EXTENSION === '.ts' ? '../../..' : '../../../..');

/** Path of a file that comes with the product: `productFile('kustomize/base/namespace.yaml')`. */
export function productFile(path: string): string {
  return join(PACKAGE_FOLDER, path);
}

/** Path of the command line's main module. */
export const MAIN_MODULE = resolve(import.meta.dirname, `../main${EXTENSION}`);
