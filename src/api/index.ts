export * from './cluster-import-policy.ts';
export * from './crd.ts';
export * from './meta.ts';
export * from './names.ts';
export * from './pedia-cluster.ts';
export * from './pedia-cluster-lifecycle.ts';
export type { FromSchema, Schema } from './schema.ts';
export { compareVersions, negotiate } from './versions.ts';
