/**
 * Reports a failure when it begins, not at every look that finds it again. Call it with `undefined` when all is well.
 */
export function oncePerFault(report: (error: Error) => void): (error: Error | undefined) => void {
  let known: string | undefined;
  return (error) => {
    if (error !== undefined && error.message !== known) report(error);
    known = error?.message;
  };
}
