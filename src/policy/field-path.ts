import type { ClusterImportPolicySpec, PediaClusterSpec } from '../api/index.ts';

/**
 * Path of a field in an object, built part by part: `SPEC.child('references').index(0).child('key')` is
 * `spec.references[0].key`. Immutable.
 */
export class FieldPath {
  /** The form for messages and programs. Empty for the object itself. */
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** The object itself. */
  static readonly root = new FieldPath('');

  /** A field below this one. Several names go down one level each. */
  child(...names: readonly string[]): FieldPath {
    return names.reduce<FieldPath>(
      (path, name) => new FieldPath(path.text === '' ? name : `${path.text}.${name}`),
      this,
    );
  }

  /** An entry of this list, from 0. */
  index(position: number): FieldPath {
    return new FieldPath(`${this.text}[${String(position)}]`);
  }

  toString(): string {
    return this.text;
  }
}

export const SPEC = FieldPath.root.child('spec');

/** A field of a policy's spec. A name that the spec lacks is a compile error. */
export const specField = (name: keyof ClusterImportPolicySpec): FieldPath => SPEC.child(name);

/** A field of a policy's source. */
export const sourceField = (name: keyof ClusterImportPolicySpec['source']): FieldPath =>
  specField('source').child(name);

/** The field of a policy's reference, by its place in the list. */
export const referenceField = (index: number): FieldPath => specField('references').index(index);

/** A field of a PediaCluster's spec. */
export const clusterField = (name: keyof PediaClusterSpec): FieldPath => SPEC.child(name);
