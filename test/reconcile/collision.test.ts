import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Claim } from '../../src/reconcile/index.ts';
import { NameClaims } from '../../src/reconcile/index.ts';

const claim = (
  id: string,
  sourceCreated = '2024-01-01T00:00:00Z',
  policyCreated = '2024-01-01T00:00:00Z',
): Claim => ({
  id,
  sourceCreated,
  policyCreated,
  description: id,
});

describe('of several claims to one name', () => {
  it.each([
    ['the oldest source holds', claim('b', '2024-01-01T00:00:00Z'), claim('a', '2024-01-02T00:00:00Z')],
    [
      'of one source, the oldest policy holds',
      claim('b', '2024-01-01T00:00:00Z', '2023-01-01T00:00:00Z'),
      claim('a', '2024-01-01T00:00:00Z', '2023-01-02T00:00:00Z'),
    ],
    ['of equally old ones, the first by key holds', claim('a'), claim('b')],
    [
      'the age of the source counts before that of the policy',
      claim('b', '2024-01-01T00:00:00Z', '2023-01-02T00:00:00Z'),
      claim('a', '2024-01-02T00:00:00Z', '2023-01-01T00:00:00Z'),
    ],
  ])('%s', (_, winner, loser) => {
    for (const order of [
      [winner, loser],
      [loser, winner],
    ]) {
      const claims = new NameClaims();
      for (const one of order) claims.set(one, 'x');
      expect(claims.holder('x')).toEqual(winner);
    }
  });
});

describe('a claim', () => {
  it('concerns nobody where nobody else wants the name', () => {
    const claims = new NameClaims();
    expect(claims.set(claim('a'), 'x')).toEqual([]);
    expect(claims.set(claim('b'), 'y')).toEqual([]);
    expect(claims.holder('z')).toBeUndefined();
  });

  it('concerns the holder that it displaces, and none that it cannot displace', () => {
    const claims = new NameClaims();
    claims.set(claim('young', '2024-02-01T00:00:00Z'), 'x');
    expect(claims.set(claim('old', '2024-01-01T00:00:00Z'), 'x')).toEqual(['young']);
    expect(claims.set(claim('youngest', '2024-03-01T00:00:00Z'), 'x')).toEqual([]);
  });

  it('made again as it was concerns nobody', () => {
    const claims = new NameClaims();
    claims.set(claim('old', '2024-01-01T00:00:00Z'), 'x');
    claims.set(claim('young', '2024-02-01T00:00:00Z'), 'x');
    expect(claims.set(claim('old', '2024-01-01T00:00:00Z'), 'x')).toEqual([]);
  });

  it('that is withdrawn, or moves to another name, concerns those who come next', () => {
    const claims = new NameClaims();
    claims.set(claim('old', '2024-01-01T00:00:00Z'), 'x');
    claims.set(claim('young', '2024-02-01T00:00:00Z'), 'x');
    expect(claims.set(claim('old', '2024-01-01T00:00:00Z'), 'y')).toEqual(['young']);
    expect(claims.holder('x')?.id).toBe('young');
    expect(claims.set(claim('old', '2024-01-01T00:00:00Z'), 'x')).toEqual(['young']);
    expect(claims.delete('old')).toEqual(['young']);
    expect(claims.delete('old')).toEqual([]);
  });

  it('of a policy that stops acting goes with all of its claims', () => {
    const claims = new NameClaims();
    claims.set(claim('p|1', '2024-01-01T00:00:00Z'), 'x');
    claims.set(claim('p|2', '2024-01-02T00:00:00Z'), 'x');
    claims.set(claim('q|1', '2024-01-03T00:00:00Z'), 'x');
    expect(claims.idsOf('p|')).toEqual(['p|1', 'p|2']);
    expect(claims.deleteAll('p|')).toEqual(['q|1']);
    expect(claims.claimants('x').map(({ id }) => id)).toEqual(['q|1']);
  });
});

it('the outcome depends on the claims alone, not on their order, and everyone whose outcome changes is told', () => {
  const operation = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    name: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
  });
  const age: { readonly [id: string]: string } = { a: '4', b: '3', c: '2', d: '1' };
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
      const claims = new NameClaims();
      const wanted = new Map<string, string>();
      const outcome = (id: string): string | undefined => {
        const name = wanted.get(id);
        return name === undefined ? undefined : claims.holder(name)?.id;
      };
      for (const { id, name } of operations) {
        const before = new Map([...wanted.keys()].map((other) => [other, outcome(other)]));
        const told = name === undefined ? claims.delete(id) : claims.set(claim(id, age[id]), name);
        if (name === undefined) wanted.delete(id);
        else wanted.set(id, name);
        for (const other of wanted.keys()) {
          const rivals = [...wanted].filter(([, its]) => its === wanted.get(other)).map(([rival]) => rival);
          expect(outcome(other)).toBe(rivals.sort().at(-1));
          if (other !== id && before.get(other) !== outcome(other)) expect(told).toContain(other);
        }
      }
    }),
  );
});
