import { describe, expect, it } from 'vitest';
import {
  advance,
  type Outcome,
  type Problem,
  problemOf,
  type Reflection,
  START,
} from '../../../src/host/kubernetes/reflection.ts';

const listed: Outcome = { kind: 'listed', resourceVersion: '7' };
const WATCHING = advance(START, listed, 0);
const failed = (problem: Problem, resourceVersion: string | null = null, retryAfter: number | null = null) =>
  ({ kind: 'failed', problem, resourceVersion, retryAfter }) as const;
const after = (outcomes: readonly Outcome[], random = 1): Reflection =>
  outcomes.reduce((state, outcome) => advance(state, outcome, random), START);

describe('advance()', () => {
  it('lists first, and watches from where the list was made', () => {
    expect(START).toMatchObject({ next: { do: 'list', reached: '0' }, wait: 0 });
    expect(WATCHING).toEqual({
      next: { do: 'watch', resourceVersion: '7' },
      wait: 0,
      failures: 0,
      problem: null,
    });
  });

  it.each([
    ['forbidden', { do: 'watch', resourceVersion: '9' }],
    ['unauthorized', { do: 'watch', resourceVersion: '9' }],
    ['unreachable', { do: 'watch', resourceVersion: '9' }],
    ['timed-out', { do: 'watch', resourceVersion: '9' }],
    ['overloaded', { do: 'watch', resourceVersion: '9' }],
    ['server-error', { do: 'watch', resourceVersion: '9' }],
    ['expired', { do: 'list', reached: '9' }],
    ['malformed', { do: 'list', reached: '9' }],
    ['not-served', { do: 'list', reached: '0' }],
  ] as const)('after a watch that was %s does %j', (problem, next) => {
    expect(advance(WATCHING, failed(problem, '9'), 0)).toMatchObject({ next, problem, failures: 1 });
  });

  it.each(['unreachable', 'server-error', 'overloaded', 'malformed', 'unknown-field'] as const)(
    'tries a list again that was %s',
    (problem) => {
      const listing = advance(WATCHING, failed('expired', '9'), 0);
      expect(advance(listing, failed(problem), 0).next).toEqual({ do: 'list', reached: '9' });
    },
  );

  it('has the latest read from etcd where the server’s memory cannot give a list, until one came', () => {
    const expired = advance(WATCHING, failed('expired', '9'), 0);
    const latest = advance(expired, failed('expired'), 0);
    expect(latest.next).toEqual({ do: 'list', reached: null });
    expect(advance(latest, failed('unreachable'), 0).next).toEqual({ do: 'list', reached: null });
    expect(advance(latest, listed, 0).next).toEqual({ do: 'watch', resourceVersion: '7' });
  });

  it.each([
    ['list', START, { do: 'list', reached: '0' }],
    ['watch', WATCHING, { do: 'list', reached: '7' }],
  ] as const)('lists at once without the field that a %s may not choose by', (_verb, before, next) => {
    const told = advance(before, failed('unknown-field', before === START ? null : '7'), 1);
    expect(told).toEqual({ ...before, next, wait: 0, problem: null });
  });

  it('goes on watching where a watch ended, spread over a second', () => {
    const ended: Outcome = { kind: 'ended', resourceVersion: '12', lastedMs: 300_000 };
    const troubled = advance(WATCHING, failed('unreachable', '7'), 0);
    expect(advance(troubled, ended, 0.25)).toEqual({
      next: { do: 'watch', resourceVersion: '12' },
      wait: 250,
      failures: 0,
      problem: null,
    });
  });

  it.each<[string, readonly Outcome[]]>([
    ['a list that fails', [failed('unreachable')]],
    ['a watch that is refused', [failed('server-error', '7')]],
    ['a watch that the server ends at once', [{ kind: 'ended', resourceVersion: '7', lastedMs: 3 }]],
    ['lists that work and watches that are too old', [listed, failed('expired', '7')]],
    ['lists that work and watches with nonsense', [listed, failed('malformed', '7')]],
  ])('waits ever longer, up to 30 s: %s', (_name, round) => {
    const waits: number[] = [];
    let state: Reflection = WATCHING;
    for (let i = 0; i < 2000; i += 1) {
      for (const outcome of round) state = advance(state, outcome, 1);
      // Where a list comes first, the wait is before it.
      waits.push(state.wait);
    }
    expect(waits.slice(0, 8)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(waits.at(-1)).toBe(30_000);
  });

  it('waits at least half as long, by chance', () => {
    expect(advance(START, failed('unreachable'), 0).wait).toBe(250);
    expect(after([failed('unreachable'), failed('unreachable')], 0).wait).toBe(500);
  });

  it('waits as long as the server asks, but no longer than 30 s', () => {
    expect(advance(START, failed('overloaded', null, 12_000), 0).wait).toBe(12_000);
    expect(advance(START, failed('overloaded', null, 86_400_000), 0).wait).toBe(30_000);
    expect(advance(START, failed('overloaded', null, 1), 0).wait).toBe(250);
  });

  it('looks every 30 s for a kind that is not served', () => {
    expect(advance(START, failed('not-served'), 1).wait).toBe(30_000);
    expect(advance(START, failed('not-served'), 0).wait).toBe(15_000);
  });
});

describe('problemOf()', () => {
  it.each([
    [200, null],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-served'],
    [410, 'expired'],
    [429, 'overloaded'],
    [400, 'server-error'],
    [500, 'server-error'],
    [504, 'server-error'],
    [302, 'server-error'],
    [0, 'server-error'],
  ])('%i is %s', (status, problem) => {
    expect(problemOf(status)).toBe(problem);
  });
});
