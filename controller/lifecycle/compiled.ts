import type { PediaClusterLifecycleSpec } from '../../src/api/index.ts';
import type { CompiledLifecycle } from '../../src/policy/index.ts';
import { compileLifecycle } from '../../src/policy/index.ts';
import type { Failure } from '../../src/reconcile/index.ts';
import { compiledFieldsOf, problemOf, sameJson } from '../../src/reconcile/index.ts';

/** The templates of a lifecycle, and what they were compiled to. */
interface Known {
  readonly templates: object;
  readonly compiled: CompiledLifecycle;
}

/** Main templates whose compiled forms are kept, over all policies; past it they are compiled anew. */
const MAX_COMPILED = 1_000;
/** Compiled forms kept of one main template, with other references or conditions. */
const MAX_ALIKE = 10;

/** The compiled forms of lifecycles: those that agree in their templates share one. */
export class CompiledLifecycles {
  /** By the main template, whose text the lifecycles of a policy share. */
  readonly #known = new Map<string, readonly Known[]>();

  /** Compiles the templates of a lifecycle, or says what is wrong with them. */
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
