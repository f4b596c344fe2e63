import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Claimant, Seniority } from '../../src/reconcile/index.ts';
import { NameClaims } from '../../src/reconcile/index.ts';

const claimant = (name: string, policy = 'p'): Claimant => ({
  policy,
  source: { group: 'g', resource: 'r', name },
});

const made = (sourceCreated = '2024-01-01', policyCreated = '2024-01-01'): Seniority => ({
  sourceCreated,
  policyCreated,
});

let claims: NameClaims<Claimant>;

beforeEach(() => {
  claims = new NameClaims();
});

describe('of several claims to one name', () => {
  const [a, b] = [claimant('a'), claimant('b')];

  it.each([
    ['the oldest source holds', b, made('2024-01-01'), a, made('2024-01-02')],
    [
      'of one source, the oldest policy holds',
      b,
      made('2024-01-01', '2023-01-01'),
      a,
      made('2024-01-01', '2023-01-02'),
    ],
    ['of equally old ones, the first by policy holds', claimant('b', 'o'), made(), a, made()],
    ['of equally old ones of a policy, the first by source holds', a, made(), b, made()],
    [
      'the age of the source counts before that of the policy',
      b,
      made('2024-01-01', '2023-01-02'),
      a,
      made('2024-01-02', '2023-01-01'),
    ],
  ])('%s', (_, winner, first, loser, second) => {
    const order = [
      [winner, first],
      [loser, second],
    ] as const;
    for (const one of [order, order.toReversed()]) {
      claims = new NameClaims();
      for (const [who, seniority] of one) claims.set(who, 'x', seniority);
      expect(claims.holder('x')).toBe(winner);
    }
  });
});

it.each([
  ['an older source', made('2024-01-01'), made('2024-02-01')],
  // Timestamps have whole seconds, and the order by name would favour the other one.
  ['a source made in the same second', made('2024-01-01'), made('2024-01-01')],
])('whoever has a name keeps it, as long as it wants it, from %s', (_, ofOther, ofHolder) => {
  const [old, young] = [claimant('a'), claimant('b')];
  claims = new NameClaims((name) => (name === 'x' ? young : undefined));
  claims.set(young, 'x', ofHolder);
  expect(claims.set(old, 'x', ofOther)).toEqual([]);
  expect(claims.holder('x')).toBe(young);
  expect(claims.set(young, 'y', made('2024-02-01'))).toEqual([old]);
  expect(claims.holder('x')).toBe(old);
});

describe('a claim', () => {
  const old = claimant('old');
  const young = claimant('young');

  it('concerns nobody where nobody else wants the name', () => {
    expect(claims.set(claimant('a'), 'x', made())).toEqual([]);
    expect(claims.set(claimant('b'), 'y', made())).toEqual([]);
    expect(claims.holder('z')).toBeUndefined();
  });

  it('concerns the holder that it displaces, and none that it cannot displace', () => {
    claims.set(young, 'x', made('2024-02-01'));
    expect(claims.set(old, 'x', made('2024-01-01'))).toEqual([young]);
    expect(claims.set(claimant('youngest'), 'x', made('2024-03-01'))).toEqual([]);
  });

  it('made again as it was concerns nobody', () => {
    claims.set(old, 'x', made('2024-01-01'));
    claims.set(young, 'x', made('2024-02-01'));
    expect(claims.set(old, 'x', made('2024-01-01'))).toEqual([]);
  });

  it('that is withdrawn, or moves to another name, concerns those who come next', () => {
    claims.set(old, 'x', made('2024-01-01'));
    claims.set(young, 'x', made('2024-02-01'));
    expect(claims.set(old, 'y', made('2024-01-01'))).toEqual([young]);
    expect(claims.holder('x')).toBe(young);
    expect(claims.set(old, 'x', made('2024-01-01'))).toEqual([young]);
    expect(claims.delete(old)).toEqual([young]);
    expect(claims.delete(old)).toEqual([]);
  });

  it('of a policy that stops acting goes with all of its claims', () => {
    const [one, two, other] = [claimant('1'), claimant('2'), claimant('1', 'q')];
    claims.set(one, 'x', made('2024-01-01'));
    claims.set(two, 'x', made('2024-01-02'));
    claims.set(other, 'x', made('2024-01-03'));
    expect(claims.ofPolicy('p')).toEqual([one, two]);
    expect(claims.deletePolicy('p')).toEqual([other]);
    expect(claims.claimants('x')).toEqual([other]);
  });
});

it('the outcome depends on the claims alone, not on their order, and everyone whose outcome changes is told', () => {
  const ages = new Map(['4', '3', '2', '1'].map((age) => [claimant(age), age]));
  const operation = fc.record({
    who: fc.constantFrom(...ages.keys()),
    name: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
      claims = new NameClaims();
      const wanted = new Map<Claimant, string>();
      const outcome = (who: Claimant): Claimant | undefined => {
        const name = wanted.get(who);
        return name === undefined ? undefined : claims.holder(name);
      };
      for (const { who, name } of operations) {
        const before = new Map([...wanted.keys()].map((other) => [other, outcome(other)]));
        const told = name === undefined ? claims.delete(who) : claims.set(who, name, made(ages.get(who)));
        if (name === undefined) wanted.delete(who);
        else wanted.set(who, name);
        for (const other of wanted.keys()) {
          const rivals = [...wanted].filter(([, its]) => its === wanted.get(other)).map(([rival]) => rival);
          const [oldest] = rivals.toSorted((one, two) => Number(ages.get(one)) - Number(ages.get(two)));
          expect(outcome(other)).toBe(oldest);
          if (other !== who && before.get(other) !== outcome(other)) expect(told).toContain(other);
        }
      }
    }),
  );
});
