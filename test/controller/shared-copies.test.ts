import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, vi } from 'vitest';
import { SharedCopies } from '../../controller/watches/shared-copies.ts';
import type { PediaClusterLifecycle } from '../../src/api/index.ts';
import { TEMPLATE, lifecycle } from '../reconcile/objects.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A lifecycle as it is read from the API server, after so many edits of its policy's template. */
const readAfter = (edits: number): PediaClusterLifecycle =>
  JSON.parse(
    JSON.stringify(lifecycle(undefined, {}, { template: `${TEMPLATE}# edit ${String(edits)}\n` })),
  ) as PediaClusterLifecycle;

it('keeps once what lifecycles have in common', () => {
  const copies = new SharedCopies();
  const [one, other] = [copies.share(readAfter(0)), copies.share(readAfter(0))];
  expect(one).toEqual(readAfter(0));
  expect(one.spec.references).toBe(other.spec.references);
});

it('forgets it with the last lifecycle that has it', async () => {
  const copies = new SharedCopies();
  /** A part of each copy. */
  const parts: WeakRef<object>[] = [];
  let present: readonly PediaClusterLifecycle[] = [];
  for (let edits = 0; edits < 200; edits++) {
    present = [0, 1].map(() => copies.share(readAfter(edits)));
    for (const { spec } of present) parts.push(new WeakRef(spec.references ?? []));
  }
  await vi.waitFor(() => {
    collectGarbage();
    expect(parts.filter((part) => part.deref() !== undefined)).toHaveLength(2);
  });
  expect(copies.share(readAfter(199)).spec.references).toBe(present[0]?.spec.references);
});
