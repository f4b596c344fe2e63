import { isAbsolute, relative, resolve, sep } from 'node:path';

/** A file as a pipeline names it: below the working directory where it lies there, with forward slashes. */
export function relativePath(file: string, workingDirectory: string): string {
  const path = relative(workingDirectory, resolve(workingDirectory, file));
  const outside = path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
  return (outside ? resolve(workingDirectory, file) : path).split(sep).join('/');
}
