import type { KubeObject } from '../api/index.ts';
import type { RunOptions } from '../template/index.ts';
import type { CompiledLifecycle, CompiledReference, ReferenceLocation, References } from './compile.ts';
import { RenderError } from './finding.ts';

/** A reference of one source, and the object to which it points. */
export interface ReferenceStep {
  readonly reference: CompiledReference;
  readonly location: ReferenceLocation;
}

/** How many references of one source could be resolved. */
export interface ResolvedReferences {
  /** The objects found, by key. */
  readonly objects: References;
  /** Keys whose object does not exist, or whose location is not known yet. The source waits for them. */
  readonly missing: readonly string[];
  /**
   * A reference that can never be resolved for this source: its template fails, or points to a place that is not
   * allowed.
   */
  readonly problem?: RenderError;
}

/**
 * Resolves the references of a source in order; a later one may depend on an earlier one. Each step asks for one
 * object, and
 * gets it, or `undefined` if it does not exist. So callers that have the objects and callers that must fetch them
 * follow the
 * same rules.
 *
 * A name that renders to nothing points nowhere. That is not a problem: a source without credentials, now or ever, has
 * nothing to name. A reference that depends on a missing one is not a problem either.
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

/** {@link resolveInSteps} for callers that have the objects. */
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
