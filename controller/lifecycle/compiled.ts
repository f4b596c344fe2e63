import type { PediaClusterLifecycleSpec } from '../../src/api/index.ts';
import type { CompiledLifecycle } from '../../src/policy/index.ts';
import { compileLifecycle } from '../../src/policy/acting.ts';
import type { Digest, Failure } from '../../src/reconcile/index.ts';
import { compiledFieldsOf, digestOf, problemOf, sameJson } from '../../src/reconcile/index.ts';

/** Templates of lifecycles and their compiled form. */
interface Known {
  readonly digest: Digest;
  readonly templates: object;
  readonly compiled: CompiledLifecycle;
  /** Lifecycles that have these templates. */
  users: number;
}

/** How many compiled forms are kept, over all policies. Templates beyond that are compiled again each time. */
const MAX_COMPILED = 1_000;

/**
 * The compiled forms of lifecycles. Lifecycles with the same templates share one. A form takes much more memory than its
 * text, and each edit of a policy makes a new one: a form is kept only while a lifecycle has these templates.
 */
export class CompiledLifecycles {
  readonly #known = new Map<Digest, Known>();
  readonly #ofLifecycle = new Map<string, Known>();

  /** Compiles the templates of a lifecycle, or returns what is wrong with them. */
  compile(name: string, spec: PediaClusterLifecycleSpec): CompiledLifecycle | Failure {
    const templates = compiledFieldsOf(spec);
    const used = this.#ofLifecycle.get(name);
    if (used !== undefined && sameJson(used.templates, templates)) return used.compiled;
    this.forget(name);
    const digest = digestOf(templates);
    const known = this.#known.get(digest);
    if (known !== undefined) return this.#use(name, known);
    try {
      const compiled = compileLifecycle(spec);
      if (this.#known.size >= MAX_COMPILED) return compiled;
      return this.#use(name, { digest, templates, compiled, users: 0 });
    } catch (error) {
      return problemOf(error);
    }
  }

  /** The lifecycle is gone. */
  forget(name: string): void {
    const used = this.#ofLifecycle.get(name);
    if (used === undefined) return;
    this.#ofLifecycle.delete(name);
    used.users--;
    if (used.users === 0) this.#known.delete(used.digest);
  }

  #use(name: string, known: Known): CompiledLifecycle {
    known.users++;
    this.#known.set(known.digest, known);
    this.#ofLifecycle.set(name, known);
    return known.compiled;
  }
}
