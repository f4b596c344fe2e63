import { describe, expect, it } from 'vitest';
import { ObjectStore } from '../../src/kube/object-store.ts';
import type { StoredObject } from '../../src/kube/index.ts';
import { thing } from './things.ts';

/** `x:12` is the Thing x at version 12; `x'12` another incarnation of it, `x''12` a third. */
function parse(text: string): StoredObject {
  const [, name = '', marks = '', resourceVersion = ''] = /^([a-z]+)('*):?(.*)$/.exec(text) ?? [];
  return thing(name, resourceVersion, {
    uid: `${name}-${String(marks.length + 1)}`,
    color: resourceVersion,
  }) as StoredObject;
}

/**
 * Plays news in order: `+x:1` added or modified, `~x:1` the same with metadata only, `!x:1` a whole object besides,
 * `-x:2` deleted, `=x:1,y:2` a list. Answers what it made of them.
 */
function play(...news: string[]): { events: string[]; store: string[] } {
  const events: string[] = [];
  const kept = ({ metadata }: StoredObject): string => `${metadata.uid}@${metadata.resourceVersion}`;
  const store = new ObjectStore<string>(
    (object, isMetadata) => `${kept(object)}${isMetadata ? ' in part' : ''}`,
    (event) =>
      events.push(`${event.type} ${event.type === 'modified' ? `${event.previous} -> ` : ''}${event.object}`),
  );
  for (const item of news) {
    if (item.startsWith('+')) store.upsert(parse(item.slice(1)));
    if (item.startsWith('~')) store.upsert(parse(item.slice(1)), true);
    if (item.startsWith('!')) store.supplement(parse(item.slice(1)), kept(parse(item.slice(1))));
    if (item.startsWith('-')) store.remove(parse(item.slice(1)));
    if (item.startsWith('=')) {
      const replacement = store.replace();
      for (const listed of item.slice(1).split(',')) if (listed !== '') replacement.add(parse(listed));
      replacement.commit();
    }
  }
  return { events, store: [...store.objects.values()] };
}

describe('news from a watch', () => {
  it.each<[string, string[], string[], string[]]>([
    ['an addition', ['+x:1'], ['added x-1@1'], ['x-1@1']],
    ['a modification', ['+x:1', '+x:2'], ['added x-1@1', 'modified x-1@1 -> x-1@2'], ['x-1@2']],
    ['a deletion', ['+x:1', '-x:2'], ['added x-1@1', 'deleted x-1@1'], []],
    [
      'a deletion that carries the last version instead of its own',
      ['+x:1', '-x:1'],
      ['added x-1@1', 'deleted x-1@1'],
      [],
    ],
    [
      'the same event twice',
      ['+x:1', '+x:2', '+x:2', '+x:1'],
      ['added x-1@1', 'modified x-1@1 -> x-1@2'],
      ['x-1@2'],
    ],
    [
      'versions compared as numbers, not as text',
      ['+x:9', '+x:10'],
      ['added x-1@9', 'modified x-1@9 -> x-1@10'],
      ['x-1@10'],
    ],
    ['a deletion older than what is known', ['+x:5', '-x:4'], ['added x-1@5'], ['x-1@5']],
    ['a deletion of what is not known', ['-x:4'], [], []],
    [
      'a modification that arrives after the deletion',
      ['+x:1', '-x:3', '+x:2'],
      ['added x-1@1', 'deleted x-1@1'],
      [],
    ],
    [
      'an object that leaves a selector and comes back',
      ['+x:1', '-x:3', '+x:4'],
      ['added x-1@1', 'deleted x-1@1', 'added x-1@4'],
      ['x-1@4'],
    ],
    [
      'a deletion missed: the new incarnation says it',
      ['+x:1', "+x':5"],
      ['added x-1@1', 'deleted x-1@1', 'added x-2@5'],
      ['x-2@5'],
    ],
    [
      'a late deletion of the old incarnation',
      ['+x:1', "+x':5", '-x:4'],
      ['added x-1@1', 'deleted x-1@1', 'added x-2@5'],
      ['x-2@5'],
    ],
    [
      'a late event of the old incarnation',
      ['+x:1', "+x':5", '+x:1'],
      ['added x-1@1', 'deleted x-1@1', 'added x-2@5'],
      ['x-2@5'],
    ],
    [
      'versions that are no numbers',
      ['+x:aa', '+x:ab', '+x:ab'],
      ['added x-1@aa', 'modified x-1@aa -> x-1@ab'],
      ['x-1@ab'],
    ],
  ])('%s', (_name, news, events, store) => {
    expect(play(...news)).toEqual({ events, store });
  });
});

describe('a whole object besides a watch by metadata', () => {
  it.each<[string, string[], string[], string[]]>([
    [
      'takes the place of the part',
      ['~x:1', '!x:1'],
      ['added x-1@1 in part', 'modified x-1@1 in part -> x-1@1'],
      ['x-1@1'],
    ],
    ['of an earlier version is no news', ['~x:2', '!x:1'], ['added x-1@2 in part'], ['x-1@2 in part']],
    ['of a later version is left to the watch', ['~x:2', '!x:3'], ['added x-1@2 in part'], ['x-1@2 in part']],
    ['of another incarnation is no news', ["~x':2", '!x:2'], ['added x-2@2 in part'], ['x-2@2 in part']],
    ['that the watch has not told of is left to it', ['!x:2'], [], []],
  ])('%s', (_name, news, events, store) => {
    expect(play(...news)).toEqual({ events, store });
  });
});

describe('a list', () => {
  it.each<[string, string[], string[], string[]]>([
    ['fills an empty store', ['=x:1,y:2'], ['added x-1@1', 'added y-1@2'], ['x-1@1', 'y-1@2']],
    [
      'says nothing about what is as it was',
      ['=x:1,y:2', '=x:1,y:2'],
      ['added x-1@1', 'added y-1@2'],
      ['x-1@1', 'y-1@2'],
    ],
    [
      'modifies, adds and deletes by difference',
      ['=x:1,y:2', '=y:3,z:4'],
      ['added x-1@1', 'added y-1@2', 'modified y-1@2 -> y-1@3', 'added z-1@4', 'deleted x-1@1'],
      ['y-1@3', 'z-1@4'],
    ],
    [
      'finds a deletion and creation under one name',
      ['=x:1', "=x':3"],
      ['added x-1@1', 'deleted x-1@1', 'added x-2@3'],
      ['x-2@3'],
    ],
    ['may be empty', ['=x:1', '='], ['added x-1@1', 'deleted x-1@1'], []],
    [
      'is the truth even where its versions are lower',
      ['=x:50', '=x:7', '+x:8'],
      ['added x-1@50', 'modified x-1@50 -> x-1@7', 'modified x-1@7 -> x-1@8'],
      ['x-1@8'],
    ],
    [
      'brings back what a deletion buried',
      ['+x:5', '-x:6', '=x:4'],
      ['added x-1@5', 'deleted x-1@5', 'added x-1@4'],
      ['x-1@4'],
    ],
  ])('%s', (_name, news, events, store) => {
    expect(play(...news)).toEqual({ events, store });
  });

  it('deletes nothing before it is complete', () => {
    const events: string[] = [];
    const store = new ObjectStore<string>(
      (object) => object.metadata.name,
      (event) => events.push(`${event.type} ${event.object}`),
    );
    store.upsert(parse('x:1'));
    store.replace().add(parse('y:2'));
    expect(events).toEqual(['added x', 'added y']);
  });
});

describe('what is kept', () => {
  it('is frozen to its depth', () => {
    const store = new ObjectStore<StoredObject>(
      (object) => object,
      () => undefined,
    );
    store.upsert(parse('x:1'));
    const kept = store.objects.get('a/x');
    expect(() => Object.assign(kept?.metadata ?? {}, { name: 'y' })).toThrow(TypeError);
    expect(() => Object.assign(kept?.['spec'] ?? {}, { color: 'blue' })).toThrow(TypeError);
  });

  it('is in the store when the event says so', () => {
    const sizes: number[] = [];
    const store: ObjectStore<string> = new ObjectStore<string>(
      (object) => object.metadata.name,
      () => sizes.push(store.objects.size),
    );
    store.upsert(parse('x:1'));
    store.remove(parse('x:2'));
    expect(sizes).toEqual([1, 0]);
  });

  it('remembers no more than 1024 deletions', () => {
    const store = new ObjectStore<string>(
      (object) => object.metadata.name,
      () => undefined,
    );
    const name = (i: number): string =>
      String.fromCharCode(97 + (i % 26)) + 'q'.repeat(1 + Math.floor(i / 26));
    for (let i = 0; i < 1025; i += 1) store.remove(parse(`${name(i)}:9`));
    store.upsert(parse(`${name(0)}:1`));
    store.upsert(parse(`${name(1)}:1`));
    expect([...store.objects.values()]).toEqual([name(0)]);
  });
});
