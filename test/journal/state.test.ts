import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, type Micros, SECOND } from '../../src/base/time.ts';
import { type Saveable, StateKeeper } from '../../src/journal/state.ts';
import type { IpAddress } from '../../src/net/address.ts';
import type { Changed } from '../../src/watch/lan/change-log.ts';
import type { ClaimRow } from '../../src/watch/lan/claims.ts';
import type { LeaseRow } from '../../src/watch/lan/lease.ts';
import type { WatchView } from '../../src/watch/view.ts';
import {
  ETH0,
  NOON,
  sampleClaim,
  sampleFinding,
  sampleLease,
  sampleTakeover,
  sampleView,
} from '../serve/sample.ts';

/** A store as the journal is one, without a disk. */
class Rows {
  generation = 0;
  readonly kept = new Map<string, { kind: string; key: string; at: Micros; json: string }>();
  puts = 0;
  rows(kind: string) {
    return [...this.kept.values()].filter((row) => row.kind === kind);
  }
  put(rows: readonly { kind: string; key: string; at: Micros; json: string }[]): boolean {
    this.puts += rows.length;
    for (const row of rows) this.kept.set(`${row.kind} ${row.key}`, row);
    return true;
  }
  remove(kind: string, keys: readonly string[]): boolean {
    for (const key of keys) this.kept.delete(`${kind} ${key}`);
    return true;
  }
}

/** A view whose every address changed since it was last asked, and in which nothing was before. */
function changing(view: WatchView, gone: readonly Changed<never>[] = []): Saveable {
  const vips = new Set(view.vips(NOON).map(({ ip }) => ip));
  return {
    findings: view.findings,
    takeovers: view.takeovers,
    dhcpServers: view.dhcpServers,
    takeChangedLeases: () => [...gone, ...byAddress<LeaseRow>(view.leases())],
    takeChangedClaims: (role) =>
      byAddress<ClaimRow>(view.claims()).filter(({ ip }) => role === (vips.has(ip) ? 'vip' : 'other')),
    changeAgain: () => {},
  };
}

function byAddress<Row extends ClaimRow | LeaseRow>(rows: readonly Row[]): Changed<Row>[] {
  const byKey = Map.groupBy(rows, ({ segment, ip }) => `${segment.name} ${ip}`);
  return [...byKey.values()].map((group) => ({ segment: group[0]!.segment, ip: group[0]!.ip, rows: group }));
}

function saved(view: WatchView, ahead = 0): Rows {
  const rows = new Rows();
  const keeper = new StateKeeper(rows);
  keeper.saveEvents(changing(view), NOON, ahead);
  keeper.saveClaims(changing(view), NOON, ahead);
  return rows;
}

function allOf(view: WatchView) {
  return {
    claims: view.claims(),
    leases: view.leases(),
    dhcpServers: view.dhcpServers(),
    findings: view.findings(),
    takeovers: view.takeovers(),
  };
}

describe('StateKeeper', () => {
  it('gives back all that it was given', () => {
    const view = sampleView();
    const { state, skipped } = new StateKeeper(saved(view)).load(NOON + HOUR);
    expect(state).toEqual(allOf(view));
    expect(skipped).toBe(0);
    // A lease without end, which JSON has no word for, is among them.
    expect(state.leases.map(({ seconds }) => seconds)).toContain(Number.POSITIVE_INFINITY);
  });

  it('takes a prefix for another thing than its first address, and removes it alone', () => {
    const ip = 'fd00::' as IpAddress;
    const address = { ...sampleLease(), ip };
    const prefix = { ...address, prefixLength: 56 };
    const rows = new Rows();
    const keeper = new StateKeeper(rows);
    const changed = (...changes: Changed<LeaseRow>[]): Saveable => ({
      ...changing(sampleView({ leases: () => [] })),
      takeChangedLeases: () => changes,
    });
    const { segment } = address;
    const both = [
      { segment, ip, rows: [address] },
      { segment, ip, prefixLength: 56, rows: [prefix] },
    ];
    keeper.saveEvents(changed(...both), NOON, 0);
    expect(new StateKeeper(rows).load(NOON).state.leases).toEqual([address, prefix]);
    keeper.saveEvents(changed({ segment, ip, prefixLength: 56, rows: [] }), NOON, 0);
    expect(new StateKeeper(rows).load(NOON).state.leases).toEqual([address]);
  });

  it('keeps wall time: a clock that was set since the start does not make old rows of new ones', () => {
    const rows = saved(sampleView(), 2 * HOUR);
    const { state } = new StateKeeper(rows).load(NOON + 3 * HOUR);
    expect(state.leases[0]).toMatchObject({ firstSeen: NOON + 2 * HOUR, expiresAt: NOON + 3 * HOUR });
    expect(state.findings[0]!.evidence[0]!.at).toBe(NOON + 1 + 2 * HOUR);
    expect([...rows.kept.values()].every(({ at }) => at >= NOON + 2 * HOUR)).toBe(true);
  });

  it('writes nothing that it could not read again: what is too long is cut', () => {
    const comment = `${'x'.repeat(1998)}\u{1f4f1}${'y'.repeat(500)}`;
    const long = sampleFinding({
      message: 'm'.repeat(4207),
      evidence: [{ at: NOON, interface: 'eth0', summary: 's'.repeat(2001) }],
      suppressed: { by: 'ignore', comment },
    });
    const view = sampleView({ findings: () => [long] });
    const { state, skipped } = new StateKeeper(saved(view)).load(NOON + HOUR);
    expect(skipped).toBe(0);
    const [finding] = state.findings;
    expect(finding?.message).toBe(`${'m'.repeat(1999)}…`);
    expect(finding?.evidence[0]?.summary).toHaveLength(2000);
    // Not within the two halves of a character.
    expect(finding?.suppressed?.comment).toBe(`${'x'.repeat(1998)}…`);
  });

  it('writes only what changed', () => {
    const rows = new Rows();
    const keeper = new StateKeeper(rows);
    let finding = sampleFinding();
    const view = sampleView({ findings: () => [finding] });
    keeper.saveEvents(changing(view), NOON, 0);
    rows.puts = 0;
    keeper.saveEvents(changing(view), NOON, 0);
    expect(rows.puts).toBe(0);
    const suppressed = { by: 'ignore', comment: 'known' } as const;
    const vip = { service: 'a/web', sharedWith: ['b/mail'], pool: 'main-pool' };
    finding = sampleFinding({ state: 'resolved', resolvedAt: NOON + 5, suppressed, vip });
    keeper.saveEvents(changing(view), NOON, 0);
    expect(rows.puts).toBe(1);
    expect(new StateKeeper(rows).load(NOON).state.findings).toEqual([finding]);
  });

  it('writes a finding at once that became another', () => {
    const rows = new Rows();
    const keeper = new StateKeeper(rows);
    const lease = sampleFinding({ confirmed: false, culprit: { node: 'w1' } });
    const lighter = { ...lease, severity: 'warning', ownSeverity: 'warning' } as const;
    for (const finding of [lease, lighter, { ...lighter, confirmed: true }]) {
      rows.puts = 0;
      keeper.saveEvents(changing(sampleView({ findings: () => [finding], takeovers: () => [] })), NOON, 0);
      expect(rows.kept.get(`finding ${finding.id}`)).toBeDefined();
      expect(rows.puts).toBeGreaterThan(0);
      expect(new StateKeeper(rows).load(NOON).state.findings).toEqual([finding]);
    }
  });

  it('writes a takeover again once it is known what it did to the service', () => {
    const rows = new Rows();
    const keeper = new StateKeeper(rows);
    let takeover = sampleTakeover();
    const view = sampleView({ takeovers: () => [takeover] });
    keeper.saveEvents(changing(view), NOON, 0);
    rows.puts = 0;
    takeover = sampleTakeover({
      serviceGap: {
        gapMs: 2500,
        open: true,
        uncertaintyMs: 100,
        servedMs: null,
        note: 'no SYN-ACK yet: away for longer',
      },
    });
    keeper.saveEvents(changing(view), NOON, 0);
    expect(rows.puts).toBe(1);
    expect(new StateKeeper(rows).load(NOON + HOUR).state.takeovers).toEqual([takeover]);
  });

  it('writes a VIP’s claim each time it is heard, another’s once a minute', () => {
    const rows = new Rows();
    const keeper = new StateKeeper(rows);
    let lastSeen = NOON;
    const view = sampleView({
      claims: () => [sampleClaim({ lastSeen }), sampleClaim({ ip: '192.168.1.9' as IpAddress, lastSeen })],
    });
    keeper.saveClaims(changing(view), NOON, 0);
    rows.puts = 0;
    for (let second = 1; second <= 120; second += 1) {
      lastSeen = NOON + second * SECOND;
      keeper.saveClaims(changing(view), lastSeen, 0);
    }
    expect(rows.puts).toBe(120 + 2);
  });

  it('writes no row again that an earlier process wrote and that did not change', () => {
    const rows = saved(sampleView());
    const keeper = new StateKeeper(rows);
    keeper.load(NOON + MINUTE);
    rows.puts = 0;
    keeper.saveEvents(changing(sampleView()), NOON + MINUTE, 0);
    expect(rows.puts).toBe(0);
  });

  it('writes the rest next time where much changed at once, and says so', () => {
    const findings = Array.from({ length: 100 }, (_, i) => sampleFinding({ id: `finding ${i}` }));
    const rows = new Rows();
    const keeper = new StateKeeper(rows);
    const view = changing(sampleView({ findings: () => findings }));
    let savings = 1;
    while (keeper.saveEvents(view, NOON, 0) && savings < 100) savings += 1;
    expect(savings).toBeGreaterThan(1);
    expect(new StateKeeper(rows).load(NOON).state.findings).toEqual(findings);
  });

  it('removes what is gone, also what an earlier process wrote', () => {
    const rows = saved(sampleView());
    const keeper = new StateKeeper(rows);
    keeper.load(NOON + MINUTE);
    const gone = { segment: ETH0, ip: '192.168.1.60' as IpAddress, rows: [] };
    const view = changing(sampleView({ leases: () => [sampleLease()] }), [gone]);
    keeper.saveEvents(view, NOON + MINUTE, 0);
    expect(rows.rows('lease').map(({ json }) => JSON.parse(json).ip)).toEqual(['192.168.1.50']);
  });

  it.each<[string, (row: Record<string, unknown>) => unknown]>([
    ['no JSON', () => undefined],
    ['another shape', () => ['a list']],
    ['a missing key', ({ mac: _, ...rest }) => rest],
    ['an additional key', (row) => ({ ...row, surprise: 1 })],
    ['a bad address', (row) => ({ ...row, ip: '192.168.1.300' })],
    ['an address that is not canonical', (row) => ({ ...row, mac: '02:00:00:00:00:AA' })],
    ['a bad state', (row) => ({ ...row, state: 'lost' })],
    ['a time from the future', (row) => ({ ...row, lastSeen: NOON + 2 * HOUR })],
    ['a time that is none', (row) => ({ ...row, lastSeen: -1 })],
  ])('skips and counts a row with %s, and keeps the others', (_what, change) => {
    const rows = saved(sampleView());
    const [first] = rows.rows('lease');
    const changed = change(JSON.parse(first!.json));
    rows.put([{ ...first!, json: changed === undefined ? '{"ip":' : JSON.stringify(changed) }]);
    const { state, skipped } = new StateKeeper(rows).load(NOON);
    expect(skipped).toBe(1);
    expect(state.leases.map(({ ip }) => ip)).toEqual(['192.168.1.60']);
    expect(state.claims).toHaveLength(4);
  });
});
