import type { KubeObject } from '../api/index.ts';
import type { ReadPath } from '../template/index.ts';

/**
 * The fields of an object that are read: everything below a node (`all`), or some of its children. Where everything is
 * read, the children are those that a template also names.
 */
export interface PathTree {
  all: boolean;
  /** By field name; `*` stands for every element of a list and every key of a map. */
  readonly children: Map<string, PathTree>;
}

/** Stands for every element of a list, or every key of a map. */
export const EACH = '*';

/** A tree that reads nothing. */
export function emptyTree(): PathTree {
  return { all: false, children: new Map() };
}

/** Adds one path to a tree. `subtree` means that everything below it is read. */
export function addPath(tree: PathTree, path: readonly string[], subtree: boolean): void {
  let node = tree;
  for (const field of path) {
    let child = node.children.get(field);
    if (child === undefined) {
      child = emptyTree();
      node.children.set(field, child);
    }
    node = child;
  }
  if (subtree) node.all = true;
}

/**
 * Adds a template's read paths, which start at its root, to the trees of the source and of each reference. A read that
 * cannot be assigned to one of them (all of `.`, all of `.references`) counts for everything that the template sees.
 */
export function mergeReadPaths(
  trees: { readonly source: PathTree; readonly references: Map<string, PathTree> },
  readPaths: readonly ReadPath[],
  visibleReferences: readonly string[],
): void {
  const reference = (key: string): PathTree => {
    const known = trees.references.get(key);
    if (known !== undefined) return known;
    const tree = emptyTree();
    trees.references.set(key, tree);
    return tree;
  };
  const addToReferences = (path: readonly string[], subtree: boolean) => {
    const [key, ...rest] = path;
    const keys = key === undefined || key === EACH ? visibleReferences : [key];
    if (key === undefined && !subtree) return;
    for (const name of keys) addPath(reference(name), rest, subtree);
  };
  for (const { path, subtree } of readPaths) {
    const [root, ...rest] = path;
    if (root === 'source') addPath(trees.source, rest, subtree);
    else if (root === 'references') addToReferences(rest, subtree);
    else if (root === undefined ? subtree : root === EACH) {
      addPath(trees.source, rest, subtree);
      addToReferences(root === undefined ? [] : [EACH], true);
    }
  }
}

/** Fields that the reconciler itself needs of every object, whatever the templates read. */
const alwaysKept = [
  ['apiVersion'],
  ['kind'],
  ['metadata', 'name'],
  ['metadata', 'namespace'],
  ['metadata', 'uid'],
  ['metadata', 'resourceVersion'],
  ['metadata', 'generation'],
  ['metadata', 'creationTimestamp'],
  ['metadata', 'deletionTimestamp'],
] as const;

/**
 * A copy of an object with its identity and only the parts that `tree` reads. A cache keeps it, and comparing it shows
 * whether a change of the object matters. Templates see no difference.
 */
export function project<T extends KubeObject>(object: T, tree: PathTree): KubeObject {
  if (tree.all) return object;
  const kept: PathTree = { all: false, children: new Map(tree.children) };
  const metadata = tree.children.get('metadata');
  if (metadata !== undefined) {
    kept.children.set('metadata', { all: metadata.all, children: new Map(metadata.children) });
  }
  for (const path of alwaysKept) addPath(kept, path, true);
  return prune(object, kept) as KubeObject;
}

/**
 * The parts of `value` that `tree` reads. Lists keep their length, so that an index finds the same item. A value that
 * is only tested for presence keeps its kind, and stays empty or not empty.
 */
export function prune(value: unknown, tree: PathTree): unknown {
  if (tree.all || typeof value !== 'object' || value === null) return value;
  const each = tree.children.get(EACH);
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => {
      const child = combined(each, tree.children.get(String(index)));
      return child === undefined ? null : prune(item, child);
    });
  }
  const result: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    const child = combined(each, tree.children.get(key));
    if (child !== undefined) result.push([key, prune(item, child)]);
  }
  // A map that is not empty must stay so, because `if` and `with` see the difference.
  const [first] = Object.keys(value);
  if (result.length === 0 && first !== undefined) result.push([first, null]);
  return Object.fromEntries(result);
}

/** A tree that reads what either of two trees reads. */
export function unionOf(one: PathTree, other: PathTree): PathTree {
  return combined(one, other) ?? emptyTree();
}

function combined(one: PathTree | undefined, other: PathTree | undefined): PathTree | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  if (one.all || other.all) return { all: true, children: new Map() };
  const children = new Map(one.children);
  for (const [key, child] of other.children) children.set(key, combined(children.get(key), child) ?? child);
  return { all: false, children };
}
