import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/api/index.ts';
import { addPath, emptyTree, mergeReadPaths, project, prune } from '../../src/policy/path-tree.ts';
import type { PathTree } from '../../src/policy/path-tree.ts';
import { allFunctions } from '../../src/sprig/index.ts';
import type { Value } from '../../src/template/index.ts';
import { compile, decodeJson, TemplateError } from '../../src/template/index.ts';

function treeOf(...paths: readonly string[]): PathTree {
  const tree = emptyTree();
  for (const path of paths) {
    const subtree = path.endsWith('.**');
    addPath(tree, path.replace(/\.\*\*$/, '').split('.'), subtree);
  }
  return tree;
}

describe('an object is cut down to what is read', () => {
  const object = {
    spec: { a: { b: 1, c: 2 }, list: [{ x: 1, y: 2 }, { x: 3 }], empty: {} },
    status: { phase: 'Ready' },
  };
  it.each([
    ['a field', treeOf('spec.a.b'), { spec: { a: { b: 1 } } }],
    ['a whole part', treeOf('spec.a.**'), { spec: { a: { b: 1, c: 2 } } }],
    ['a field of each element', treeOf('spec.list.*.x'), { spec: { list: [{ x: 1 }, { x: 3 }] } }],
    ['a field of one element', treeOf('spec.list.1.x'), { spec: { list: [null, { x: 3 }] } }],
    ['whether a map is empty', treeOf('spec.a', 'spec.empty'), { spec: { a: { b: null }, empty: {} } }],
    ['what is not there', treeOf('spec.nothing.here'), { spec: { a: null } }],
    ['nothing at all', emptyTree(), { spec: null }],
  ])('%s', (_, tree, expected) => {
    expect(prune(object, tree)).toEqual(expected);
  });

  it('its identity is always kept', () => {
    const cluster = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a', namespace: 'b', uid: 'u', resourceVersion: '7', labels: { l: 'm' } },
      data: { k: 'v' },
    };
    expect(project(cluster, emptyTree())).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a', namespace: 'b', uid: 'u', resourceVersion: '7' },
    });
  });
});

describe('templates see no difference between an object and its projection', () => {
  const folder = new URL('../conformance/', import.meta.url);
  // Its data holds that of the fixtures.
  const data = decodeJson(readFileSync(new URL('own/data.json', folder), 'utf8')) as Record<string, Value>;

  /** Output, or how it fails; what is random is fixed. */
  function outcome(template: ReturnType<typeof compile>, input: Value): string {
    try {
      return template.execute(input, { now: () => 1_700_000_000_000, random: () => 0.25 });
    } catch (error) {
      if (error instanceof TemplateError)
        return `${error.code} ${String(error.line)}:${String(error.column)}`;
      throw error;
    }
  }

  it.each(['fixtures/core', 'fixtures/sprig', 'fixtures/policy', 'fixtures/fuzz', 'own/program', 'own/call'])(
    'on every reference case of %s',
    (name) => {
      const differing = readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { id: string; tmpl: string; data: string })
        .filter(({ tmpl, data: key }) => {
          const input = data[key] as { source?: KubeObject } | undefined;
          if (input?.source === undefined) return false;
          let template;
          try {
            template = compile(tmpl, { functions: allFunctions });
          } catch {
            return false;
          }
          const trees = { source: emptyTree(), references: new Map<string, PathTree>() };
          mergeReadPaths(trees, template.readPaths, []);
          const projected = { ...input, source: prune(input.source, trees.source) };
          return outcome(template, input as Value) !== outcome(template, projected as Value);
        })
        .map(({ id }) => id);
      expect(differing).toEqual([]);
    },
  );
});
