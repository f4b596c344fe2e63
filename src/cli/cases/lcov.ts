import type { Coverage } from './coverage.ts';

/**
 * A tracefile as lcov's tools read it (man 1 geninfo, "TRACE FILE FORMAT"): a branch for each outcome of a decision point, and the
 * lines that hold one.
 * @param pathOf a file as the tools that show it know it
 */
export function lcov({ points }: Coverage, pathOf: (file: string) => string): string {
  const files = Map.groupBy(points, ({ position }) => position.file);
  return [...files]
    .map(([file, own]) => {
      const branches = own.flatMap(({ position, outcomes }, block) => {
        const reached = outcomes.some(({ taken }) => taken > 0);
        return outcomes.map(({ taken }, branch) =>
          ['BRDA:' + String(position.line), block, branch, reached ? taken : '-'].join(','),
        );
      });
      const lines = [...Map.groupBy(own, ({ position }) => position.line)]
        .sort(([one], [other]) => one - other)
        .map(([line, there]) => {
          const counts = there.map(({ outcomes }) => outcomes.reduce((sum, { taken }) => sum + taken, 0));
          return [line, Math.max(...counts)] as const;
        });
      const all = own.flatMap(({ outcomes }) => outcomes);
      return [
        `SF:${pathOf(file)}`,
        ...branches,
        `BRF:${String(all.length)}`,
        `BRH:${String(all.filter(({ taken }) => taken > 0).length)}`,
        ...lines.map(([line, taken]) => `DA:${String(line)},${String(taken)}`),
        `LF:${String(lines.length)}`,
        `LH:${String(lines.filter(([, taken]) => taken > 0).length)}`,
        'end_of_record',
        '',
      ].join('\n');
    })
    .join('');
}
