/*
 * The library: everything that decides, nothing that listens, watches or writes.
 */
export * from './api/index.ts';
export { allFunctions } from './sprig/index.ts';
export { compileHandlebars } from './handlebars/index.ts';
export * as policy from './policy/index.ts';
export * as reconcile from './reconcile/index.ts';
export * as template from './template/index.ts';
