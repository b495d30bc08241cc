import { describe, expect, it } from 'vitest';
import { failoverTestOf, readTestObject, vantagePointsOf } from '../../src/failover/object.ts';
import { leg } from './measured.ts';

const NAME = { name: 'drain-1' };
const metadata = {
  name: 'drain-1',
  uid: 'u1',
  resourceVersion: '7',
  creationTimestamp: '2026-03-01T16:42:58Z',
  finalizers: ['other', 'vipwatch.dev/undo'],
};
const spec = { vip: '192.168.1.240', mode: 'drain', maxGap: '2s', timeLimit: '1m' };

describe('readTestObject()', () => {
  it('reads one that nobody has taken up', () => {
    const test = readTestObject({ metadata, spec }, NAME)!;
    expect(test).toMatchObject({ phase: 'Pending', coordinator: null, injected: null, participants: [] });
    expect(failoverTestOf(test)).toEqual({
      id: 'drain-1',
      spec: { vip: '192.168.1.240', mode: 'drain', maxGap: 2_000_000, timeLimit: 60_000_000 },
      phase: 'Pending',
      message: 'Waiting for an agent to take the test.',
      requestedBy: null,
      createdAt: '2026-03-01T16:42:58Z',
      startedAt: null,
      finishedAt: null,
      service: null,
      from: null,
      to: null,
      coordinator: null,
      vantagePoints: [],
      gapMs: null,
      serviceGapMs: null,
    });
  });

  it('reads what agents wrote, and shows the vantage points that were chosen', () => {
    const measured = leg({ gapMs: 412.5, serviceGapMs: 9_000, serviceOpen: true });
    const status = {
      phase: 'FailingBack',
      message: 'Waiting.',
      requestedBy: 'carol',
      coordinator: 'node-3',
      renewals: 4,
      from: 'node-1',
      to: 'node-2',
      gapMs: 412.5,
      injected: { mode: 'drain', node: 'node-1' },
      participants: ['node-3', 'node-4'],
      vantagePoints: {
        'node-3': {
          interface: 'eth0',
          announcer: 'node-1',
          critical: ['split-brain'],
          legs: [measured],
          unseen: 'failback',
          result: 'failed',
        },
        'node-9': { interface: 'eth0', announcer: 'node-1', legs: [leg({ gapMs: 1e9 })] },
      },
    };
    const test = readTestObject({ metadata, spec: { ...spec, requestedBy: 'forged' }, status }, NAME)!;
    expect(test).toMatchObject({
      requestedBy: 'carol',
      renewals: 4,
      injected: { mode: 'drain', node: 'node-1' },
      gapMs: 412.5,
    });
    expect(test.reports.get('node-3')?.unseen).toBe('failback');
    expect(vantagePointsOf(test)).toEqual([
      { node: 'node-3', interface: 'eth0', result: 'failed', legs: [measured] },
    ]);
    expect(test.reports.get('node-3')?.critical).toEqual(['split-brain']);
    expect(test.reports.get('node-9')?.critical).toEqual([]);
  });

  it('takes what is of no known shape to be absent', () => {
    const status = {
      phase: 'Exploded',
      renewals: -1,
      gapMs: 'long',
      injected: { mode: 'format-disk', node: 'node-1' },
      participants: [7, 'node-3'],
      vantagePoints: {
        'node-3': {
          result: 'superb',
          legs: [{ leg: 'failover', gapMs: -4, from: 'a', to: 'b' }, 'leg', null],
        },
        'node-4': 7,
      },
    };
    const test = readTestObject({ metadata, spec, status }, NAME)!;
    expect(test).toMatchObject({ phase: 'Pending', renewals: 0, gapMs: null, injected: null });
    expect(test.participants).toEqual(['node-3']);
    expect(vantagePointsOf(test)).toEqual([{ node: 'node-3', interface: '', result: null, legs: [] }]);
  });

  it('keeps what cannot be read, to be refused, and tells nobody of it', () => {
    const test = readTestObject({ metadata, spec: { vip: 'web' } }, NAME)!;
    expect(test.asked).toMatchObject({ ok: false });
    expect(failoverTestOf(test)).toBeUndefined();
  });

  it('leaves out what is no object of the API', () => {
    expect(readTestObject({ metadata: { name: 'drain-1' } }, NAME)).toBeUndefined();
    expect(readTestObject(null, NAME)).toBeUndefined();
  });
});
