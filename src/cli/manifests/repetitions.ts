import { isDeepStrictEqual } from 'node:util';
import { describePosition } from '../errors.ts';
import type { Manifest } from './manifests.ts';
import { objectId } from './manifests.ts';

const placeOf = (manifest: Manifest) => describePosition(manifest.positionOf(''));

/** What to tell of objects that are given more than once, and not alike. */
export function repetitions(manifests: readonly Manifest[]): readonly string[] {
  const last = new Map<string, Manifest>();
  const told: string[] = [];
  for (const manifest of manifests) {
    const id = objectId(manifest.object);
    const earlier = last.get(id);
    last.set(id, manifest);
    if (earlier === undefined || isDeepStrictEqual(earlier.object, manifest.object)) continue;
    const { kind, metadata } = manifest.object;
    const place = `${placeOf(manifest)} stands in the place of ${placeOf(earlier)}`;
    told.push(`${kind} ${metadata.name} is given twice: ${place}`);
  }
  return told;
}
