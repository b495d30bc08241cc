import { describe, expect, it } from 'vitest';
import type { LegMeasurement } from '../../src/failover/failover-test.ts';
import { TestWitness } from '../../src/failover/witness.ts';
import { leg } from './measured.ts';
import { testObject } from './test-world.ts';

const pending = testObject('drain', { from: 'node-1' });
const running = testObject('drain', { from: 'node-1', phase: 'Running' });
const answering = { interface: 'eth0', node: 'node-1' };
const measured = (from: string, to: string) => {
  const { leg: _, ...one } = leg({ from, to });
  return one;
};

function ready(): TestWitness {
  const witness = new TestWitness();
  witness.written(witness.toWrite(pending, answering, [])!);
  return witness;
}

const legsOf = (witness: TestWitness) =>
  witness.toWrite(running, null, [])?.legs.map((one) => `${one.leg} ${one.from} ${one.to}`);

describe('a witness', () => {
  it('says nothing before it saw someone answer, and then only what is new', () => {
    const witness = new TestWitness();
    expect(witness.toWrite(pending, null, [])).toBeUndefined();
    const first = witness.toWrite(pending, answering, [])!;
    expect(first).toEqual({ interface: 'eth0', announcer: 'node-1', critical: [], legs: [], unseen: null });
    expect(witness.toWrite(pending, answering, [])).toEqual(first);
    witness.written(first);
    expect(witness.toWrite(pending, answering, [])).toBeUndefined();
    expect(witness.toWrite(pending, { ...answering, node: 'node-4' }, [])).toMatchObject({
      announcer: 'node-4',
    });
  });

  it('tells what is critical before the test runs, although nobody answers, and when that is over', () => {
    const witness = new TestWitness();
    const troubled = witness.toWrite(pending, null, ['silent-vip'])!;
    expect(troubled).toEqual({
      interface: '',
      announcer: null,
      critical: ['silent-vip'],
      legs: [],
      unseen: null,
    });
    witness.written(troubled);
    expect(witness.toWrite(pending, null, ['silent-vip'])).toBeUndefined();
    expect(witness.toWrite(pending, answering, [])).toMatchObject({ announcer: 'node-1', critical: [] });
    expect(ready().toWrite(running, answering, ['silent-vip'])).toBeUndefined();
  });

  it('keeps to the announcer from before while the test runs', () => {
    expect(ready().toWrite(running, { ...answering, node: 'node-2' }, [])).toBeUndefined();
  });

  it('gives a sign of life where another has measured what it has not seen', () => {
    const witness = ready();
    const seenBy4 = (...legs: readonly LegMeasurement[]) =>
      testObject('drain', {
        from: 'node-1',
        phase: 'Running',
        reports: new Map([
          [
            'node-4',
            { interface: 'eth0', announcer: 'node-1', critical: [], legs, unseen: null, result: null },
          ],
        ]),
      });
    const failover = leg({});
    const failback = leg({ leg: 'failback', from: 'node-2', to: 'node-1' });
    expect(witness.toWrite(seenBy4(), null, [])).toBeUndefined();
    const unseen = witness.toWrite(seenBy4(failover), null, [])!;
    expect(unseen).toMatchObject({ legs: [], unseen: 'failover' });
    witness.written(unseen);
    expect(witness.toWrite(seenBy4(failover), null, [])).toBeUndefined();
    witness.observe(running, measured('node-1', 'node-2'));
    expect(witness.toWrite(seenBy4(failover), null, [])).toMatchObject({ unseen: null });
    expect(witness.toWrite(seenBy4(failover, failback), null, [])).toMatchObject({ unseen: 'failback' });
    witness.observe(running, measured('node-2', 'node-1'));
    expect(witness.toWrite(seenBy4(failover, failback), null, [])).toMatchObject({ unseen: null });
  });

  it('gives none where it was restarted: it did not look on all the time', () => {
    const legs = [leg({})];
    const reports = new Map([
      ['node-4', { interface: 'eth0', announcer: 'node-1', critical: [], legs, unseen: null, result: null }],
    ]);
    expect(new TestWitness().toWrite({ ...running, reports }, answering, [])).toBeUndefined();
  });

  it.each<[string, readonly (readonly [string, string])[], readonly string[] | undefined]>([
    ['the takeover', [['node-1', 'node-2']], ['failover node-1 node-2']],
    [
      'the takeover and the return',
      [
        ['node-1', 'node-2'],
        ['node-2', 'node-1'],
      ],
      ['failover node-1 node-2', 'failback node-2 node-1'],
    ],
    [
      'the return from a third node',
      [
        ['node-1', 'node-2'],
        ['node-2', 'node-3'],
        ['node-3', 'node-1'],
      ],
      ['failover node-1 node-2', 'failback node-3 node-1'],
    ],
    [
      'each leg once',
      [
        ['node-1', 'node-2'],
        ['node-2', 'node-1'],
        ['node-1', 'node-2'],
        ['node-2', 'node-1'],
      ],
      ['failover node-1 node-2', 'failback node-2 node-1'],
    ],
    ['nothing of other nodes', [['node-3', 'node-4']], undefined],
    ['no return without a takeover', [['node-2', 'node-1']], undefined],
  ])('measures %s', (_, changes, expected) => {
    const witness = ready();
    for (const [from, to] of changes) witness.observe(running, measured(from, to));
    expect(legsOf(witness)).toEqual(expected);
  });
});
