import { describe, expect, it } from 'vitest';
import type { FailoverTest } from '../../src/failover/failover-test.ts';
import { Journal } from '../../src/host/journal.ts';
import { SavedTests } from '../../src/journal/tests.ts';
import { leg, sampleTest, seenFrom } from '../failover/measured.ts';
import { NOON } from '../serve/sample.ts';

function journal(): Journal {
  return new Journal({ path: null, maxAge: 1e15, maxSize: 1_000_000, now: NOON, warn: () => {} });
}

const OLD = sampleTest({ id: 'old', phase: 'Passed', vantagePoints: [seenFrom('laptop', leg({}))] });
const YOUNG = sampleTest({ id: 'young', createdAt: '2026-03-01T12:00:01.000000Z', requestedBy: null });

describe('SavedTests', () => {
  it('brings back what it saved, the newest first', () => {
    const store = journal();
    new SavedTests(store).save([OLD, YOUNG], NOON);
    expect(new SavedTests(store).load()).toEqual([YOUNG, OLD]);
  });

  it('writes what changed, and removes what is gone', () => {
    const store = journal();
    const saved = new SavedTests(store);
    saved.save([YOUNG, OLD], NOON);
    const ended: FailoverTest = { ...YOUNG, phase: 'Cancelled', message: 'Cancelled on request.' };
    saved.save([ended], NOON);
    expect(new SavedTests(store).load()).toEqual([ended]);
    const again = new SavedTests(store);
    again.load();
    again.save([], NOON);
    expect(store.rows('failover-test')).toEqual([]);
  });

  it.each([
    ['no JSON', '{'],
    ['another shape', JSON.stringify({ ...OLD, phase: 'Paused' })],
    ['more than there is', JSON.stringify({ ...OLD, extra: true })],
    ['another VIP', JSON.stringify({ ...OLD, spec: { ...OLD.spec, vip: 'x' } })],
    ['no time', JSON.stringify({ ...OLD, createdAt: 'yesterday' })],
  ])('skips a row that is %s', (_what, json) => {
    const store = journal();
    new SavedTests(store).save([YOUNG], NOON);
    store.put([{ kind: 'failover-test', key: 'old', at: NOON, json }], NOON);
    expect(new SavedTests(store).load()).toEqual([YOUNG]);
  });
});
