import type { PediaClusterLifecycleSpec } from '../../src/api/index.ts';
import type { CompiledLifecycle } from '../../src/policy/index.ts';
import { compileLifecycle } from '../../src/policy/index.ts';
import type { Failure } from '../../src/reconcile/index.ts';
import { compiledFieldsOf, problemOf, sameJson } from '../../src/reconcile/index.ts';

/** The templates of a lifecycle and their compiled form. */
interface Known {
  readonly templates: object;
  readonly compiled: CompiledLifecycle;
}

/**
 * How many main templates keep their compiled forms, over all policies. Templates beyond that are compiled again each
 * time.
 */
const MAX_COMPILED = 1_000;
/** How many compiled forms one main template keeps; they differ in references or conditions. */
const MAX_ALIKE = 10;

/** The compiled forms of lifecycles. Lifecycles with the same templates share one. */
export class CompiledLifecycles {
  /** Keyed by the main template: the lifecycles of a policy share its text. */
  readonly #known = new Map<string, readonly Known[]>();

  /** Compiles the templates of a lifecycle, or returns what is wrong with them. */
  compile(spec: PediaClusterLifecycleSpec): CompiledLifecycle | Failure {
    const templates = compiledFieldsOf(spec);
    const alike = this.#known.get(spec.template) ?? [];
    const known = alike.find((each) => sameJson(each.templates, templates));
    if (known !== undefined) return known.compiled;
    if (this.#known.size >= MAX_COMPILED) this.#known.clear();
    try {
      const compiled = compileLifecycle(spec);
      this.#known.set(spec.template, [{ templates, compiled }, ...alike.slice(0, MAX_ALIKE - 1)]);
      return compiled;
    } catch (error) {
      return problemOf(error);
    }
  }
}
