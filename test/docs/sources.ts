import { readdirSync, readFileSync } from 'node:fs';

/** The text of every source file below folders of the repository. */
export function sourcesOf(...folders: readonly string[]): readonly string[] {
  const root = new URL('../../', import.meta.url);
  return folders.flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(new URL(`${folder}/${file}`, root), 'utf8')),
  );
}
