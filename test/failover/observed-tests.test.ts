import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND, toIso } from '../../src/base/time.ts';
import type { FailoverTestSpec, TestMode } from '../../src/failover/failover-test.ts';
import { ObservedTests, type ObservedVip } from '../../src/failover/observed-tests.ts';
import type { IpAddress } from '../../src/net/address.ts';
import { leg } from './measured.ts';

const NOON = 1_772_366_400 * SECOND;
const VIP = '192.168.1.240' as IpAddress;
const OTHER = '192.168.1.241' as IpAddress;
const SPEC: FailoverTestSpec = {
  vip: VIP,
  mode: 'observe',
  maxGap: 10 * SECOND,
  timeLimit: 2 * MINUTE,
};
const KNOWN: ObservedVip = {
  watched: true,
  critical: [],
  service: 'traefik/traefik',
  answered: true,
  announcer: 'node-1',
  announcedHere: false,
  nodes: 2,
};
/** Until a takeover has settled. */
const SETTLED = 20 * SECOND;

function tests(modes: readonly TestMode[] = ['observe', 'drain']): ObservedTests {
  return new ObservedTests({ node: 'laptop', modes, cooldown: MINUTE, iso: toIso });
}

function takeover(at: number, over: object = {}) {
  const { leg: _, ...measured } = leg({});
  return { ip: VIP, at, interface: 'eth0', ...measured, ...over };
}

describe('ObservedTests', () => {
  it('runs a test from the question to the verdict', () => {
    const kept = tests();
    const test = kept.create(SPEC, 'carol', KNOWN, NOON);
    expect(test).toMatchObject({
      id: 'observe-20260301t120000z',
      phase: 'Running',
      message: 'Unplug node-1 now. Waiting for another node to take over.',
      requestedBy: 'carol',
      createdAt: '2026-03-01T12:00:00.000000Z',
      startedAt: '2026-03-01T12:00:00.000000Z',
      finishedAt: null,
      coordinator: 'laptop',
      from: 'node-1',
    });
    expect(kept.running).toBe(test);
    const ended = kept.observe(takeover(NOON + 5 * SECOND), NOON + 7 * SECOND);
    expect(ended).toMatchObject({
      id: test.id,
      phase: 'Passed',
      from: 'node-1',
      to: 'node-2',
      gapMs: 1_400,
      serviceGapMs: null,
      finishedAt: '2026-03-01T12:00:07.000000Z',
      vantagePoints: [
        { node: 'laptop', interface: 'eth0', result: 'passed', legs: [{ leg: 'failover', gapMs: 1_400 }] },
      ],
    });
    expect(kept.running).toBeNull();
    expect(kept.nextAt()).toBe(Number.POSITIVE_INFINITY);
    expect(kept.list()).toEqual([ended]);
  });

  it('fails a gap that is too long', () => {
    const kept = tests();
    kept.create(SPEC, null, KNOWN, NOON);
    const ended = kept.observe(takeover(NOON + SECOND, { gapMs: 12_000 }), NOON + 14 * SECOND);
    expect(ended).toMatchObject({ phase: 'Failed', gapMs: 12_000, vantagePoints: [{ result: 'failed' }] });
    expect(ended?.message).toMatch(/^Nobody answered for 12 s/);
  });

  it.each([
    ['of another VIP', { ip: OTHER }],
    ['before it began', { at: NOON - 1 }],
    ['after its time was up', { at: NOON + 2 * MINUTE + 1 }],
  ])('is not ended by a takeover %s', (_what, over) => {
    const kept = tests();
    kept.create(SPEC, null, KNOWN, NOON);
    expect(kept.observe(takeover(NOON + SECOND, over), NOON + 2 * MINUTE + 2)).toBeUndefined();
    expect(kept.running).not.toBeNull();
  });

  it('is ended by its time limit, once a takeover at the last moment would have settled', () => {
    const kept = tests();
    kept.create(SPEC, null, KNOWN, NOON);
    expect(kept.nextAt()).toBe(NOON + 2 * MINUTE + SETTLED);
    expect(kept.tick(kept.nextAt() - 1)).toBeUndefined();
    expect(kept.tick(kept.nextAt())).toMatchObject({
      phase: 'Failed',
      message: 'No other node took over within 2m.',
      gapMs: null,
    });
    expect(kept.tick(NOON + 10 * MINUTE)).toBeUndefined();
  });

  it('takes the takeover at the last moment', () => {
    const kept = tests();
    kept.create(SPEC, null, KNOWN, NOON);
    const at = NOON + 2 * MINUTE;
    expect(kept.observe(takeover(at), at + 5 * SECOND)?.phase).toBe('Passed');
  });

  it('is cancelled on request, and only while it runs', () => {
    const kept = tests();
    const { id } = kept.create(SPEC, null, KNOWN, NOON);
    expect(kept.cancel('none', NOON)).toBeUndefined();
    const cancelled = kept.cancel(id, NOON + SECOND);
    expect(cancelled).toMatchObject({ ended: true, test: { phase: 'Cancelled' } });
    expect(kept.observe(takeover(NOON + 2 * SECOND), NOON + 3 * SECOND)).toBeUndefined();
    expect(kept.cancel(id, NOON + 4 * SECOND)).toEqual({ ended: false, test: cancelled?.test });
  });

  it.each<[string, Partial<FailoverTestSpec>, Partial<ObservedVip>, RegExp]>([
    ['no VIP', {}, { watched: false }, /is not a watched VIP/],
    ['in trouble', {}, { critical: ['foreign-claim'] }, /foreign-claim is active on it/],
    [
      'announced by this machine',
      {},
      { announcedHere: true },
      /^This machine announces 192\.168\.1\.240 itself/,
    ],
    ['of one node of one', {}, { nodes: 1 }, /^Fewer than two nodes are listed \(intent\.static\.nodes\)/],
    ['answered by nobody', {}, { answered: false }, /^No machine answers for 192\.168\.1\.240/],
    ['to be drained', { mode: 'drain' }, {}, /^Nothing can be injected without Kubernetes: .* not drain\.$/],
  ])('refuses one that is %s, and keeps the reason', (_what, spec, vip, reason) => {
    const kept = tests();
    const test = kept.create({ ...SPEC, ...spec }, null, { ...KNOWN, ...vip }, NOON);
    expect(test).toMatchObject({ phase: 'Refused', startedAt: null });
    expect(test.message).toMatch(reason);
    expect(kept.get(test.id)).toBe(test);
    expect(kept.running).toBeNull();
    // It has not kept the service down, so that nothing needs to cool down.
    expect(kept.create(SPEC, null, KNOWN, NOON + 1).phase).toBe('Running');
  });

  it('runs where nobody has listed the nodes', () => {
    expect(tests().create(SPEC, null, { ...KNOWN, nodes: 0, announcer: null }, NOON).phase).toBe('Running');
  });

  it('refuses all of them where none is enabled', () => {
    const { phase, message } = tests([]).create(SPEC, null, KNOWN, NOON);
    expect({ phase, message }).toEqual({
      phase: 'Refused',
      message: 'The mode observe is not enabled: failoverTest.modes lists none.',
    });
  });

  it('runs one at a time, and lets a VIP rest afterwards, not the others', () => {
    const kept = tests();
    const { id } = kept.create(SPEC, null, KNOWN, NOON);
    const other = { ...SPEC, vip: OTHER };
    expect(kept.create(other, null, KNOWN, NOON).message).toBe(
      `Another test is running: ${id}, of 192.168.1.240.`,
    );
    kept.cancel(id, NOON + SECOND);
    expect(kept.create(SPEC, null, KNOWN, NOON + 2 * SECOND).message).toMatch(/may begin in 59 s/);
    expect(kept.create(other, null, KNOWN, NOON + 2 * SECOND).phase).toBe('Running');
  });

  it('gives every test a name of its own', () => {
    const kept = tests([]);
    const ids = [NOON, NOON + 1, NOON + 2].map((at) => kept.create(SPEC, null, KNOWN, at).id);
    expect(ids).toEqual([
      'observe-20260301t120000z',
      'observe-20260301t120000z-2',
      'observe-20260301t120000z-3',
    ]);
    expect(kept.list().map(({ id }) => id)).toEqual(ids.toReversed());
  });

  it('keeps a hundred; what was refused makes room first', () => {
    const kept = tests();
    const done = kept.create(SPEC, null, KNOWN, NOON);
    kept.cancel(done.id, NOON);
    const running = kept.create({ ...SPEC, vip: OTHER }, null, KNOWN, NOON);
    for (let i = 1; i <= 300; i += 1) kept.create(SPEC, null, KNOWN, NOON + i * SECOND);
    expect(kept.list()).toHaveLength(100);
    expect(kept.get(done.id)?.phase).toBe('Cancelled');
    expect(kept.get(running.id)?.phase).toBe('Running');
    expect(kept.list()[0]?.createdAt).toBe('2026-03-01T12:05:00.000000Z');
  });

  it('ends after a restart what was under way before, and lets its VIP rest', () => {
    const before = tests();
    before.create({ ...SPEC, vip: OTHER }, null, { ...KNOWN, watched: false }, NOON - MINUTE);
    before.create(SPEC, 'carol', KNOWN, NOON);
    const after = tests();
    const ended = after.restore(before.list(), NOON + 5 * SECOND);
    expect(ended).toMatchObject([
      {
        id: 'observe-20260301t120000z',
        phase: 'Failed',
        message: 'vipwatch stopped while the test ran, and nobody measured.',
        finishedAt: '2026-03-01T12:00:05.000000Z',
        requestedBy: 'carol',
      },
    ]);
    expect(after.list().map(({ phase }) => phase)).toEqual(['Failed', 'Refused']);
    expect(after.running).toBeNull();
    expect(after.create(SPEC, null, KNOWN, NOON + 10 * SECOND).message).toMatch(/may begin in 55 s/);
    expect(after.create({ ...SPEC, vip: OTHER }, null, KNOWN, NOON + 10 * SECOND).phase).toBe('Running');
  });

  it('lets a VIP rest no longer for having been tested in the future', () => {
    const before = tests();
    const { id } = before.create(SPEC, null, KNOWN, NOON + 365 * 24 * 60 * MINUTE);
    before.cancel(id, NOON + 365 * 24 * 60 * MINUTE);
    const after = tests();
    after.restore(before.list(), NOON);
    expect(after.create(SPEC, null, KNOWN, NOON + MINUTE).phase).toBe('Running');
  });
});
