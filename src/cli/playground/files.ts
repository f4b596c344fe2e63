import { UsageError } from '../errors.ts';
import { manifestTexts } from '../manifests/read-manifests.ts';
import type { Output } from '../output.ts';
import { visibleLine } from '../visible.ts';
import type { Texts } from './evaluate.ts';
import { MAX_BYTES } from './evaluate.ts';

/** Files of one's own that the page opens. */
export interface OpenedFiles {
  /** As they were given. */
  readonly paths: readonly string[];
  /**
   * Their texts as they are now.
   * @throws {UsageError} where one cannot be read.
   */
  read(): Promise<Texts>;
}

/**
 * Opens files and folders as `validate` does. They are read again for each reload of the page;
 * standard input can be read only once.
 * @throws {UsageError} where one cannot be read, there is none, or they are more than the page may send back.
 */
export async function openFiles(paths: readonly string[], output: Output): Promise<OpenedFiles> {
  const first = await textsOf(paths, output.progress);
  return { paths, read: () => (paths.includes('-') ? Promise.resolve(first) : textsOf(paths)) };
}

/** Each file as a whole in one of the editors, so that its comments stay: with the policies where it holds one. */
async function textsOf(paths: readonly string[], progress?: Output['progress']): Promise<Texts> {
  const policy: string[] = [];
  const objects: string[] = [];
  for await (const { text, file } of manifestTexts(paths, progress === undefined ? {} : { progress })) {
    (holdsPolicy(text) ? policy : objects).push(`# ${visibleLine(file)}\n${text.trimEnd()}\n`);
  }
  if (policy.length + objects.length === 0)
    throw new UsageError(`no Kubernetes object in ${paths.join(', ')}`);
  const texts = { policy: policy.join('---\n'), objects: objects.join('---\n') };
  const bytes = Buffer.byteLength(JSON.stringify(texts));
  if (bytes > MAX_BYTES)
    throw new UsageError(
      `${paths.join(', ')}: too large for the playground: ${String(bytes)} bytes are more than ${String(MAX_BYTES)}`,
    );
  return texts;
}

/** By its words, because a text that is no YAML yet is opened too: the page shows what is wrong with it. */
const holdsPolicy = (text: string): boolean =>
  /(?:^|[\s{,"'])kind["']?\s*:\s*["']?ClusterImportPolicy(?![\w])/m.test(text);
