import type { EventSubject } from '../src/kube/index.ts';

/** An object as events name it. */
export function asSubject({ apiVersion, kind, metadata }: EventSubject): EventSubject {
  const { name, uid, resourceVersion } = metadata;
  return { apiVersion, kind, metadata: { name, uid, resourceVersion } };
}
