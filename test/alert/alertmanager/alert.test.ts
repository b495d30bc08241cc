// What Alertmanager is told of findings, and when. No clock: times are given.
import { describe, expect, it } from 'vitest';
import { AlertBook, type AlertChange } from '../../../src/alert/alertmanager/alert.ts';
import { Outbox } from '../../../src/alert/alertmanager/outbox.ts';
import { SECOND } from '../../../src/base/time.ts';
import type { IpAddress, Mac } from '../../../src/net/address.ts';
import type { Finding } from '../../../src/watch/finding/finding.ts';
import { NOON, PHONE, sampleFinding, VLAN10 } from '../../serve/sample.ts';

const CLAIM = sampleFinding({
  kind: 'foreign-claim',
  id: 'foreign-claim/eth0/192.168.1.50/a',
  message: 'A.',
});
const OTHER = sampleFinding({
  kind: 'foreign-claim',
  id: 'foreign-claim/eth0.10/192.168.1.50/b',
  macs: ['02:00:00:00:00:bb' as Mac],
  segment: VLAN10,
  message: 'B.',
});

function book(labels: Record<string, string> = {}): AlertBook {
  return new AlertBook({ labels, iso: (at) => new Date(at / 1_000).toISOString() });
}

function annotations(
  [change]: AlertChange[],
  ownUrl: string | null = null,
): Readonly<Record<string, string>> {
  if (change?.type !== 'set') throw new Error('No alert was set');
  return change.alert.annotations(ownUrl);
}

function event(action: 'raised' | 'resolved', finding: Finding) {
  return { type: 'finding', action, at: NOON, finding } as const;
}

/** Some number of alerts, each of its own. */
function changes(count: number, kind: 'proxy-arp' | 'foreign-claim' = 'proxy-arp'): AlertChange[] {
  const alerts = book();
  return Array.from({ length: count }, (_, i) => i).flatMap((i) =>
    alerts.add(sampleFinding({ kind, id: `${kind} ${i}`, ip: `10.0.${i >> 8}.${i & 255}` as IpAddress })),
  );
}

describe('an alert', () => {
  it('has the labels that every agent gives it, whatever it saw of the culprit and on which segment', () => {
    const labels = {
      cluster: 'home',
      alertname: 'VipwatchForeignClaim',
      severity: 'critical',
      kind: 'foreign-claim',
      ip: '192.168.1.50',
      namespace: 'traefik',
      service: 'traefik',
    };
    expect(book({ cluster: 'home' }).observe(event('raised', CLAIM))).toMatchObject([{ alert: { labels } }]);
    expect(book({ cluster: 'home' }).observe(event('raised', OTHER))).toMatchObject([{ alert: { labels } }]);
  });

  it('says what is wrong, since when, what to do, the proof, and where to read on', () => {
    expect(book().add(CLAIM)).toEqual([
      {
        type: 'set',
        alert: {
          key: expect.any(String),
          labels: expect.anything(),
          annotations: expect.any(Function),
          startsAt: CLAIM.raisedAt,
          critical: true,
        },
      },
    ]);
    expect(annotations(book().add(CLAIM), 'http://192.168.1.10:9797')).toEqual({
      summary: 'A.',
      description:
        'Since 2026-03-01 12:00:00 UTC. What to do: Exclude the pool from the router. Seen: DHCP REQUEST 192.168.1.50. The frames that prove it: http://192.168.1.10:9797/api/v1/findings?ip=192.168.1.50',
      runbook_url: 'http://192.168.1.10:9797/docs/findings#foreign-claim',
    });
  });

  it("leads to the project's page where nobody reaches the agent's own", () => {
    expect(annotations(book().add(CLAIM), null)).toMatchObject({
      description: expect.stringMatching(/: \/api\/v1\/findings\?ip=192\.168\.1\.50$/),
      runbook_url: expect.stringMatching(/^https:\/\/.*\/docs\/findings\.md#foreign-claim$/),
    });
  });

  it('has no label service where no Service is concerned', () => {
    const [change] = book().add(sampleFinding({ kind: 'lease-conflict', vip: null }));
    expect(change?.type === 'set' && change.alert.labels).toEqual({
      alertname: 'VipwatchLeaseConflict',
      severity: 'warning',
      kind: 'lease-conflict',
      ip: '192.168.1.50',
    });
  });

  it('lasts until the last finding that shares its labels ends', () => {
    const alerts = book();
    alerts.observe(event('raised', CLAIM));
    expect(annotations(alerts.observe(event('raised', OTHER)))).toMatchObject({
      summary: 'A. (And 1 more of this kind on this address.)',
    });
    expect(annotations(alerts.observe(event('resolved', CLAIM)))).toMatchObject({ summary: 'B.' });
    expect(alerts.observe(event('resolved', OTHER))).toMatchObject([{ type: 'end' }]);
    expect(alerts.observe(event('resolved', OTHER))).toEqual([]);
  });

  it('is not made of leases and takeovers', () => {
    const at = NOON;
    const step = { state: 'requested', ip: '192.168.1.50', mac: PHONE } as never;
    expect(book().observe({ type: 'lease', at, segment: VLAN10, step })).toEqual([]);
  });
});

describe('the outbox', () => {
  const EVERY = 30 * SECOND;

  function outboxWith(told: readonly AlertChange[]): Outbox {
    const outbox = new Outbox(EVERY, NOON);
    for (const change of told) outbox.change(change, NOON);
    return outbox;
  }
  const endOf = (change: AlertChange | undefined): AlertChange => ({
    type: 'end',
    key: change?.type === 'set' ? change.alert.key : '',
  });

  it('has something at once, and nothing more while that is under way', () => {
    const outbox = outboxWith(changes(1));
    expect(outbox.nextAt()).toBe(NOON);
    expect(outbox.take(NOON)).toMatchObject({ alerts: [{}], endsAt: NOON + 4 * EVERY });
    expect(outbox.nextAt()).toBe(Number.POSITIVE_INFINITY);
    expect(outbox.take(NOON)).toBeNull();
  });

  it('tells what holds again, well before Alertmanager would end it, and not all agents at once', () => {
    const outbox = outboxWith(changes(1));
    outbox.take(NOON);
    outbox.accepted(NOON);
    expect(outbox.nextAt()).toBe(NOON + EVERY);
    expect(outbox.take(NOON + EVERY)).toMatchObject({ endsAt: NOON + 5 * EVERY });
    outbox.accepted(NOON + EVERY);
    expect(outbox.nextAt()).toBe(NOON + 2 * EVERY);
    expect(outbox.counters).toMatchObject({ sent: 2, dropped: 0 });
    const another = new Outbox(EVERY, NOON + 20 * SECOND);
    another.change(changes(1)[0]!, NOON);
    expect(another.take(NOON)).toMatchObject({ endsAt: NOON + 3 * EVERY + 20 * SECOND });
    another.accepted(NOON);
    expect(another.nextAt()).toBe(NOON + 20 * SECOND);
  });

  it('ends an alert at the same moment everywhere, though one Alertmanager took longer, or was away for a while', () => {
    const [change] = changes(1);
    const [one, other] = [outboxWith([change!]), outboxWith([change!])];
    const ends = (at: number) => [one, other].map((outbox) => outbox.take(at)?.endsAt);
    one.take(NOON);
    one.accepted(NOON);
    other.take(NOON + 3);
    other.failed('unreachable', null, NOON + 3, 1);
    other.take(NOON + 0.5 * SECOND + 3);
    other.accepted(NOON + 0.5 * SECOND + 3);
    expect([one, other].map((outbox) => outbox.nextAt())).toEqual([NOON + EVERY, NOON + EVERY]);
    expect(ends(NOON + EVERY + 0.7)).toEqual([NOON + 5 * EVERY, NOON + 5 * EVERY]);
    expect(ends(NOON + EVERY + 0.7)).toEqual([undefined, undefined]);
  });

  it('lets an alert last three to four intervals beyond its end, 90 to 120 s unless set otherwise', () => {
    const lasts: number[] = [];
    for (let phase = 0; phase < EVERY; phase += 7 * SECOND) {
      for (let overAt = NOON; overAt < NOON + 5 * EVERY; overAt += SECOND) {
        const outbox = new Outbox(EVERY, NOON + phase);
        const [change] = changes(1);
        outbox.change(change!, NOON);
        let endsAt = 0;
        for (let now = NOON; now <= overAt; now = outbox.nextAt()) {
          endsAt = outbox.take(now)!.endsAt;
          outbox.accepted(now);
        }
        lasts.push((endsAt - overAt) / SECOND);
      }
    }
    expect(Math.min(...lasts)).toBe(91);
    expect(Math.max(...lasts)).toBe(120);
  });

  it('says of what is over nothing more: other agents may see it still', () => {
    const [change] = changes(1);
    const outbox = outboxWith([change!]);
    outbox.take(NOON);
    outbox.accepted(NOON);
    outbox.change(endOf(change), NOON + SECOND);
    expect(outbox.nextAt()).toBe(Number.POSITIVE_INFINITY);
    expect(outbox.counters.dropped).toBe(0);
  });

  it('tries on after a failure, ever more seldom up to 30 s, and forgets that once it went well', () => {
    const outbox = outboxWith(changes(1));
    let now = NOON;
    const waits = Array.from({ length: 8 }, () => {
      outbox.take(now);
      outbox.failed('unreachable', null, now, 1);
      const wait = (outbox.nextAt() - now) / SECOND;
      now = outbox.nextAt();
      return wait;
    });
    expect(waits).toEqual([0.5, 1, 2, 4, 8, 16, 30, 30]);
    expect(outbox.counters.failures.unreachable).toBe(8);
    // 91.5 s later: three beats and a bit.
    expect(outbox.take(now)).toMatchObject({ alerts: [{}], endsAt: NOON + 7 * EVERY });
    outbox.accepted(now);
    outbox.take(now + EVERY);
    outbox.failed('server-error', 20_000, now + EVERY, 0);
    expect(outbox.nextAt()).toBe(now + EVERY + 20 * SECOND);
  });

  it('holds what is new while Alertmanager is away, the newest state of it', () => {
    const alerts = book();
    const outbox = outboxWith(alerts.add(CLAIM));
    outbox.take(NOON);
    for (const change of alerts.add(OTHER)) outbox.change(change, NOON);
    outbox.failed('timed-out', null, NOON, 0);
    expect(outbox.waiting).toBe(1);
    expect(outbox.take(NOON + SECOND)?.alerts.map((alert) => alert.annotations(null))).toMatchObject([
      { summary: 'A. (And 1 more of this kind on this address.)' },
    ]);
  });

  it('counts what was over before it could be told', () => {
    const [first, second, third] = changes(3);
    const outbox = outboxWith([first!, second!]);
    outbox.take(NOON);
    outbox.change(third!, NOON);
    outbox.change(endOf(third), NOON);
    expect(outbox.counters.dropped).toBe(1);
    // Under way: it may have been taken.
    outbox.change(endOf(first), NOON);
    expect(outbox.counters.dropped).toBe(1);
    outbox.failed('unreachable', null, NOON, 0);
    expect(outbox.counters.dropped).toBe(2);
    outbox.change(endOf(second), NOON);
    expect(outbox.counters.dropped).toBe(3);
    expect(outbox.waiting).toBe(0);
  });

  it('gives at most 64 at once, the critical ones first, then those that were never told', () => {
    const warnings = changes(70);
    const outbox = outboxWith([...warnings, ...changes(2, 'foreign-claim')]);
    const first = outbox.take(NOON)!.alerts;
    expect(first.map(({ critical }) => critical).slice(0, 3)).toEqual([true, true, false]);
    expect(first).toHaveLength(64);
    outbox.accepted(NOON);
    expect(outbox.take(NOON)!.alerts).toHaveLength(8);
    outbox.accepted(NOON);
    expect(outbox.nextAt()).toBe(NOON + EVERY);
  });
});
