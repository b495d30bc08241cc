// A real watcher, a real journal, and what goes on between them while the LAN misbehaves or the clock is set.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, type Micros } from '../../src/base/time.ts';
import { Journal } from '../../src/host/journal.ts';
import { EXPENDABLE_ROWS, StateKeeper } from '../../src/journal/state.ts';
import { parseMac } from '../../src/net/address.ts';
import { INTENT, ip, Lan, PHONE, VIP, W1 } from '../watch/lan.ts';

const DAY = 24 * HOUR;
const SERVER = ip('192.168.1.1');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vipwatch-saved-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(now: Micros, maxSize = 64 * 1024 * 1024): Journal {
  return new Journal({
    path: join(folder, 'journal.db'),
    maxAge: 30 * DAY,
    maxSize,
    expendable: EXPENDABLE_ROWS,
    now,
    warn: (message) => {
      throw new Error(message);
    },
  });
}

function saveAll(keeper: StateKeeper, { watcher, now }: Lan, ahead = 0): void {
  for (let turn = 0; turn < 1000; turn += 1) {
    const left = [keeper.saveEvents(watcher, now, ahead), keeper.saveClaims(watcher, now, ahead)];
    if (!left.includes(true)) return;
  }
  throw new Error('saving never ends');
}

/** A lease on the VIP, one elsewhere, and a node that answers for the VIP. */
function lanWithLeases(): Lan {
  const lan = new Lan();
  lan.dhcp({ type: 'request', client: PHONE, requested: VIP, server: SERVER });
  lan.dhcp({
    type: 'request',
    client: parseMac('02:00:00:00:00:ab')!,
    requested: ip('192.168.1.77'),
    server: SERVER,
  });
  return lan.reply(W1, VIP).wait(1000);
}

/** `count` made-up addresses from `first` on, each claimed by `owners` made-up MACs. */
function flood(lan: Lan, first: number, count: number, owners: number): void {
  for (let i = first; i < first + count; i += 1) {
    const address = ip(`10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`);
    for (let owner = 0; owner < owners; owner += 1) {
      const hex = (owner * 0x1000000 + i).toString(16).padStart(8, '0');
      lan.announce(parseMac(`02:01:${hex.match(/../g)!.join(':')}`)!, address);
    }
  }
}

function reloaded(now: Micros) {
  const journal = open(now);
  const { state, skipped } = new StateKeeper(journal).load(now);
  journal.close(now);
  return { ...state, skipped };
}

describe('the journal under an ARP flood', () => {
  it('keeps every lease, finding and VIP’s claim, and of the flood a bounded number', () => {
    const lan = lanWithLeases();
    const journal = open(lan.now, 4 * 1024 * 1024);
    const keeper = new StateKeeper(journal);
    saveAll(keeper, lan);
    const { findings } = reloadedView(lan);
    for (let round = 0; round < 8; round += 1) {
      flood(lan, round * 500, 500, 8);
      lan.wait(1000);
      saveAll(keeper, lan);
    }
    journal.close(lan.now);
    const after = reloaded(lan.now);
    expect(after.leases).toEqual(lan.watcher.leases());
    expect(findings).toContain('lease-on-vip');
    expect(after.findings.map(({ kind }) => kind)).toEqual(findings);
    expect(after.claims.filter((claim) => claim.ip === VIP).map(({ mac }) => mac)).toEqual([W1]);
    expect(after.claims.length).toBeGreaterThan(1000);
    expect(after.claims.length).toBeLessThan(6000);
    expect(after.skipped).toBe(0);
  });

  it('takes little at a time, the VIPs’ claims first', () => {
    const lan = new Lan();
    const journal = open(lan.now);
    const keeper = new StateKeeper(journal);
    flood(lan, 0, 5_000, 1);
    lan.reply(W1, VIP);
    expect(keeper.saveClaims(lan.watcher, lan.now, 0)).toBe(true);
    const keys = journal.rows('claim').map(({ key }) => key);
    expect(keys).toContain(`eth0 ${VIP} ${W1}`);
    expect(keys.length).toBeLessThan(200);
    journal.close(lan.now);
  });

  it('looks at nothing that did not change', () => {
    const lan = new Lan();
    const journal = open(lan.now);
    const keeper = new StateKeeper(journal);
    flood(lan, 0, 300, 1);
    saveAll(keeper, lan);
    expect([...lan.watcher.takeChangedClaims('other')]).toEqual([]);
    lan.announce(PHONE, ip('10.0.0.7'));
    expect([...lan.watcher.takeChangedClaims('other')].map((change) => change.ip)).toEqual(['10.0.0.7']);
    journal.close(lan.now);
  });

  it('forgets the claims that the table forgets', () => {
    const lan = new Lan(undefined, { settings: { maxClaims: 50 } });
    const journal = open(lan.now);
    const keeper = new StateKeeper(journal);
    for (let round = 0; round < 4; round += 1) {
      flood(lan, round * 100, 100, 1);
      saveAll(keeper, lan);
    }
    const kept = new Set(journal.rows('claim').map(({ key }) => key));
    expect(kept).toEqual(new Set(lan.watcher.claims().map((claim) => `eth0 ${claim.ip} ${claim.mac}`)));
    journal.close(lan.now);
  });
});

describe('the journal when the wall clock is set', () => {
  it('has leases and findings of before: a lease seen before NTP answered survives a restart', () => {
    const lan = lanWithLeases();
    let journal = open(lan.now);
    const keeper = new StateKeeper(journal);
    saveAll(keeper, lan);
    const ahead = 60 * DAY;
    lan.wait(1000);
    saveAll(keeper, lan, ahead);
    journal.close(lan.now + ahead);
    const { leases, findings, claims } = reloaded(lan.now + ahead);
    expect(leases.map((lease) => lease.lastSeen - ahead)).toEqual(
      lan.watcher.leases().map(({ lastSeen }) => lastSeen),
    );
    expect(findings.map(({ kind }) => kind)).toContain('lease-on-vip');
    expect(claims.map((claim) => claim.ip)).toContain(VIP);
    journal = open(lan.now + ahead);
    journal.close(lan.now + ahead);
  });
});

describe('a start while the clock is behind', () => {
  it('ends findings as by the right time, and tells of new ones', () => {
    const lan = new Lan().wait(3_000_000).announce(PHONE, VIP).wait(1000);
    const journal = open(lan.now);
    saveAll(new StateKeeper(journal), lan);
    journal.close(lan.now);

    const after = new Lan(null);
    const { skipped, ...state } = reloaded(after.now);
    after.watcher.restore(state, after.now);
    after.intend(INTENT);
    expect({ skipped, active: after.active().map(({ kind }) => kind) }).toEqual({
      skipped: 0,
      active: ['foreign-claim'],
    });
    expect(after.wait(60_000).story()).toEqual([`resolved foreign-claim ${VIP}`]);
    expect(after.announce(PHONE, VIP).story().at(-1)).toBe(`raised foreign-claim ${VIP}`);
  });

  it('moves back what the journal holds once: the next start finds all of it in the past', () => {
    const lan = lanWithLeases().wait(3_000_000).reply(W1, VIP).wait(1000);
    lan.dhcp({ type: 'request', client: PHONE, requested: VIP, server: SERVER }).wait(1000);
    let journal = open(lan.now);
    saveAll(new StateKeeper(journal), lan);
    journal.close(lan.now);

    const after = new Lan(null);
    journal = open(after.now);
    const keeper = new StateKeeper(journal);
    const { state } = keeper.load(after.now);
    after.watcher.restore(state, after.now);
    after.intend(INTENT);
    after.wait(300_000);
    saveAll(keeper, after);
    journal.close(after.now);

    const latest = (rows: readonly { readonly lastSeen: number }[]) =>
      Math.max(...rows.map(({ lastSeen }) => lastSeen));
    const { leases, claims } = reloaded(after.now);
    expect(latest(leases)).toBe(latest(after.watcher.leases()));
    expect(latest(claims)).toBe(latest(after.watcher.claims()));
  });
});

describe('a journal that is lost while it is used', () => {
  it('is written anew as a whole', () => {
    const lan = lanWithLeases();
    const kept = new Map<string, { kind: string; key: string; json: string }>();
    const store = {
      generation: 0,
      rows: () => [],
      put: (rows: readonly { kind: string; key: string; json: string }[]) => {
        for (const row of rows) kept.set(`${row.kind} ${row.key}`, row);
        return true;
      },
      remove: () => true,
    };
    const keeper = new StateKeeper(store);
    saveAll(keeper, lan);
    const before = [...kept.keys()].sort();
    kept.clear();
    store.generation += 1;
    saveAll(keeper, lan);
    expect(before.length).toBeGreaterThan(4);
    expect([...kept.keys()].sort()).toEqual(before);
  });
});

function reloadedView({ watcher }: Lan) {
  return { findings: watcher.findings().map(({ kind }) => kind) };
}
