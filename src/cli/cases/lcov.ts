import type { Coverage } from './coverage.ts';

/**
 * A tracefile as lcov's tools read it (man 1 geninfo, "TRACE FILE FORMAT"): a branch for each outcome of a decision
 * point, and the lines that hold one, or an expression.
 * @param pathOf the path of a file as other tools know it
 */
export function lcov({ points, expressions }: Coverage, pathOf: (file: string) => string): string {
  const files = new Set([...points, ...expressions].map(({ position }) => position.file));
  return [...files]
    .map((file) => {
      const own = points.filter(({ position }) => position.file === file);
      const branches = own.flatMap(({ position, outcomes }, block) => {
        const reached = outcomes.some(({ taken }) => taken > 0);
        return outcomes.map(({ taken }, branch) =>
          ['BRDA:' + String(position.line), block, branch, reached ? taken : '-'].join(','),
        );
      });
      const runs = [
        ...own.map(({ position, outcomes }) => ({
          line: position.line,
          taken: outcomes.reduce((sum, { taken }) => sum + taken, 0),
        })),
        ...expressions
          .filter(({ position }) => position.file === file)
          .map(({ position, taken }) => ({ line: position.line, taken })),
      ];
      const lines = [...Map.groupBy(runs, ({ line }) => line)]
        .sort(([one], [other]) => one - other)
        .map(([line, there]) => [line, Math.max(...there.map(({ taken }) => taken))] as const);
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
