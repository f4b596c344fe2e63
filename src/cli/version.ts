import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** Version of this program: that of its package. */
export function ownVersion(): string {
  const path = findPackageJSON(import.meta.url);
  if (path === undefined) return 'unknown';
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version?: unknown };
  return typeof version === 'string' ? version : 'unknown';
}
