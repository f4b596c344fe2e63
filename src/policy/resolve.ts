import type { KubeObject } from '../api/index.ts';
import type { RunOptions } from '../template/index.ts';
import type { CompiledLifecycle, CompiledReference, ReferenceLocation, References } from './compile.ts';
import { RenderError } from './finding.ts';

/** A reference of one source, and where it points. */
export interface ReferenceStep {
  readonly reference: CompiledReference;
  readonly location: ReferenceLocation;
}

/** How far the references of one source could be resolved. */
export interface ResolvedReferences {
  /** The objects found, by key. */
  readonly objects: References;
  /** Keys whose object does not exist, or whose place cannot be told yet. The source waits for them. */
  readonly missing: readonly string[];
  /** A reference that can never be resolved for this source: its template fails, or leads where it may not. */
  readonly problem?: RenderError;
}

/**
 * Resolves the references of a source in order; a later one may depend on an earlier one. Each step asks for one object,
 * and is given it, or `undefined` where it does not exist: so that whoever has the objects at hand, and whoever must ask
 * for them, follow the same rules.
 *
 * A name that renders to nothing points nowhere, and is no problem: a source that has no credentials yet, or never will
 * have, has nothing to name. Nor is a reference that hangs on one that is missing.
 */
export function* resolveInSteps(
  { references }: Pick<CompiledLifecycle, 'references'>,
  source: KubeObject,
  run?: RunOptions,
): Generator<ReferenceStep, ResolvedReferences, KubeObject | undefined> {
  const missing: string[] = [];
  const objects: { [key: string]: KubeObject } = {};
  for (const reference of references) {
    const location = locate(reference, source, objects, run);
    if (location instanceof RenderError) {
      if (location.code !== 'empty-name' && missing.length === 0)
        return { objects, missing, problem: location };
      missing.push(reference.key);
      continue;
    }
    const found = yield { reference, location };
    if (found === undefined) missing.push(reference.key);
    else objects[reference.key] = found;
  }
  return { objects, missing };
}

/** {@link resolveInSteps} for whoever has the objects at hand. */
export function resolveWith(
  policy: Pick<CompiledLifecycle, 'references'>,
  source: KubeObject,
  find: (step: ReferenceStep) => KubeObject | undefined,
  run?: RunOptions,
): ResolvedReferences {
  const steps = resolveInSteps(policy, source, run);
  let step = steps.next();
  while (step.done !== true) step = steps.next(find(step.value));
  return step.value;
}

function locate(
  reference: CompiledReference,
  source: KubeObject,
  earlier: References,
  run: RunOptions | undefined,
): ReferenceLocation | RenderError {
  try {
    return reference.locate(source, earlier, run);
  } catch (error) {
    if (error instanceof RenderError) return error;
    throw error;
  }
}
