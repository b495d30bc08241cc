// Which tests are kept, and what they still say: first by values, then with the real wiring.
import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE } from '../../../src/base/time.ts';
import { expendable } from '../../../src/failover/cluster/retention.ts';
import type { TestObject } from '../../../src/failover/object.ts';
import { testObject } from '../test-world.ts';
import { Agents, TESTS } from './agents.ts';

const numbered = (prefix: string, count: number, over: Partial<TestObject>): TestObject[] =>
  Array.from({ length: count }, (_, i) =>
    testObject('drain', {
      name: `${prefix}-${i}`,
      uid: `${prefix}-${i}`,
      createdAt: new Date(Date.UTC(2026, 2, 1, 12, 0, i)).toISOString(),
      ...over,
    }),
  );
const ran = (prefix: string, count: number) =>
  numbered(prefix, count, { phase: 'Passed', startedAt: '2026-03-01T12:00:00Z' });
const refused = (prefix: string, count: number) => numbered(prefix, count, { phase: 'Refused' });
const names = (tests: readonly TestObject[]) => tests.map(({ name }) => name).sort();

describe('expendable()', () => {
  const never = () => false;

  it('are the oldest of those that ran, and of those that never began, each in their own right', () => {
    expect(expendable([...ran('a', 20), ...refused('r', 10)], never)).toEqual([]);
    expect(names(expendable([...ran('a', 22), ...refused('r', 11)], never))).toEqual(['a-0', 'a-1', 'r-0']);
    expect(names(expendable([...ran('a', 3), ...refused('r', 500)], never))).not.toContain('a-0');
  });

  it('is none that its VIP still has to rest by', () => {
    expect(names(expendable(ran('a', 22), ({ name }) => name === 'a-0'))).toEqual(['a-1']);
  });

  it('is none that is not over, or not undone', () => {
    const guarded = numbered('g', 30, { phase: 'Passed', finalizers: ['vipwatch.dev/undo'] });
    expect(expendable([...guarded, ...numbered('p', 30, { phase: 'Running' })], never)).toEqual([]);
  });
});

describe('the tests of a cluster', () => {
  let agents: Agents;
  afterEach(() => agents[Symbol.dispose]());

  it('hold a cooldown against any number of refusals, also of tests that kubectl made', async () => {
    agents = await Agents.create({ cooldown: 10 * MINUTE });
    agents.ask('first', 'observe');
    await agents.until(() => agents.phase('first') === 'Running');
    agents.takeover('node-1', 'node-2');
    await agents.until(() => agents.phase('first') === 'Passed');
    for (let i = 0; i < 25; i += 1) {
      agents.ask(`again-${i}`, 'observe');
      await agents.until(() => agents.phase(`again-${i}`) === 'Refused');
    }
    await agents.settle();
    expect(agents.phase('first')).toBe('Passed');
    expect(agents.message('again-24')).toMatch(/^The last test of 192\.168\.1\.240 has just ended/);
    expect(agents.api.in(TESTS)).toHaveLength(11);
  });
});
