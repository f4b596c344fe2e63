/**
 * Reports a failure when it begins, not each time it is found again. Call it with `undefined` when there is no failure.
 */
export function oncePerFault(report: (error: Error) => void): (error: Error | undefined) => void {
  let known: string | undefined;
  return (error) => {
    if (error !== undefined && error.message !== known) report(error);
    known = error?.message;
  };
}
