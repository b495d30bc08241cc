// Numbers in rules, each with a case on either side: frames in, findings and rows out.
import { describe, expect, it } from 'vitest';
import type { Intent } from '../../src/intent/intent.ts';
import type { Ipv4 } from '../../src/net/address.ts';
import type { Finding } from '../../src/watch/finding/finding.ts';
import { FINDING_KINDS, type FindingKind, KINDS } from '../../src/watch/finding/kinds.ts';
import { CP, INTENT, ip, Lan, mac, PHONE, range, VIP, W1 } from './lan.ts';

const HOUR_MS = 3_600_000;
const FREE = ip('192.168.1.55');
const OUTSIDE = ip('192.168.1.100');
const SERVER = ip('192.168.1.1');
const LAPTOP = mac('bb');

/** As many different ones as are wanted. */
const manyMacs = (count: number) =>
  Array.from({ length: count }, (_, i) => `06:00:00:00:${hex(i >> 8)}:${hex(i & 255)}` as typeof PHONE);
const hex = (byte: number) => byte.toString(16).padStart(2, '0');
const kinds = (lan: Lan) => lan.raised().map(({ kind }) => kind);

describe('a VIP is known to be down', () => {
  const up = (questions: number) => {
    const lan = new Lan().ask(VIP, questions);
    return lan.watcher.vips(lan.now)[0]?.up;
  };

  it('from the third question on that nobody answers', () => {
    expect(up(2)).toBe(null);
    expect(up(3)).toBe(false);
  });
});

describe('evidence', () => {
  /** In which second each line was seen. */
  const secondsOf = (lines: number) => {
    const lan = new Lan();
    const start = lan.now;
    for (let i = 0; i < lines; i += 1) lan.announce(PHONE, VIP).wait(1000);
    return lan.watcher.findings()[0]?.evidence.map(({ at }) => (at - start) / 1_000_000);
  };

  it('is the first five frames and the last five', () => {
    expect(secondsOf(10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(secondsOf(11)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9, 10]);
    expect(secondsOf(20)).toEqual([0, 1, 2, 3, 4, 15, 16, 17, 18, 19]);
  });
});

describe('a lease counts as renewed', () => {
  const statesAfter = (usedAtMs: number) => {
    const lan = new Lan()
      .dhcp({ type: 'ack', client: PHONE, yourIp: OUTSIDE, server: SERVER, seconds: 600 })
      .wait(usedAtMs)
      .announce(PHONE, OUTSIDE);
    const states = () => lan.watcher.leases().map(({ state }) => state);
    const atItsEnd = lan.wait(601_000 - usedAtMs) && states();
    const halfALeaseLater = lan.wait(301_000) && states();
    return [atItsEnd, halfALeaseLater];
  };

  it('where its client used the address in its second half: until a whole lease after that', () => {
    expect(statesAfter(300_000)).toEqual([[], []]);
    expect(statesAfter(300_001)).toEqual([['acknowledged'], []]);
    expect(statesAfter(302_001)).toEqual([['acknowledged'], ['acknowledged']]);
  });
});

describe('the announcer of an address that becomes a VIP', () => {
  const announcersAfter = (ms: number) => {
    const lan = new Lan({ ...INTENT, vips: [] }).announce(W1, VIP).wait(ms).intend(INTENT);
    return lan.watcher.vips(lan.now)[0]?.announcers.map(({ node }) => node);
  };

  it('is taken up where it was heard within a minute', () => {
    expect(announcersAfter(60_000)).toEqual(['w1']);
    expect(announcersAfter(60_001)).toEqual([]);
  });
});

describe('a node whose MACs are not listed', () => {
  const UNLISTED: Intent = { ...INTENT, nodes: INTENT.nodes.map((node) => ({ ...node, macs: [] })) };
  const address = ip('192.168.1.10');
  const nodesAfter = (ms: number) => {
    const lan = new Lan(UNLISTED).announce(CP, address).wait(1000);
    lan.announce(LAPTOP, address).wait(ms).announce(LAPTOP, address);
    return lan.watcher.claims().map(({ mac: claimant, node }) => [claimant, node]);
  };

  it('has another MAC after a minute in which that one alone claims its address', () => {
    expect(nodesAfter(60_000)).toContainEqual([LAPTOP, null]);
    expect(nodesAfter(60_001)).toContainEqual([LAPTOP, 'cp']);
  });

  it('shares its address with a MAC that claimed it within a minute before the learned one speaks', () => {
    const after = (ms: number) =>
      new Lan(UNLISTED).announce(CP, address).announce(LAPTOP, address).wait(ms).announce(CP, address);
    expect(kinds(after(60_000))).toEqual(['node-address-conflict']);
    expect(kinds(after(60_001))).toEqual([]);
  });
});

describe('one machine’s claim of one address', () => {
  const occurrences = (ms: number) => {
    const lan = new Lan().announce(PHONE, VIP).wait(ms).announce(PHONE, VIP);
    return lan.watcher.findings()[0]?.occurrences;
  };

  it('is judged every 50 ms at most', () => {
    expect(occurrences(49)).toBe(1);
    expect(occurrences(50)).toBe(2);
  });
});

describe('a finding whose address takes another role', () => {
  const addresses: Readonly<Record<string, Ipv4>> = {
    vip: VIP,
    pool: FREE,
    node: ip('192.168.1.11'),
    other: OUTSIDE,
  };
  /** Their own detectors end them. */
  const ended: readonly FindingKind[] = [
    'lease-on-vip',
    'lease-in-pool',
    'dhcp-range-overlaps-pool',
    'stray-address',
  ];

  /** Roles of addresses on which a finding from before a restart goes on. */
  function lastsOn(kind: FindingKind): string[] {
    return Object.keys(addresses).filter((role) => {
      const lan = new Lan(null);
      const address = addresses[role]!;
      const finding: Finding = {
        id: `${kind}_eth0_${address}`,
        kind,
        severity: KINDS[kind].severity,
        confirmed: true,
        ip: address,
        culprit: null,
        macs: [PHONE],
        segment: { name: 'eth0', interface: 'eth0', vlan: null },
        vip: null,
        message: '',
        remedy: '',
        evidence: [],
        state: 'active',
        raisedAt: lan.now,
        refreshedAt: lan.now,
        resolvedAt: null,
        occurrences: 1,
      };
      const saved = { leases: [], claims: [], findings: [finding], takeovers: [], dhcpServers: [] };
      lan.watcher.restore(saved, lan.now);
      return lan.intend(INTENT).active().length === 1;
    });
  }

  it.each(FINDING_KINDS.filter((kind) => !ended.includes(kind)))('%s', (kind) => {
    const { role } = KINDS[kind];
    expect(lastsOn(kind)).toEqual(role === null ? Object.keys(addresses) : [role]);
  });
});

describe('a DHCP server that answers beside the first one', () => {
  const after = (ms: number) =>
    new Lan()
      .dhcp({ type: 'offer', client: PHONE, yourIp: OUTSIDE, server: SERVER })
      .wait(ms)
      .dhcp({ type: 'offer', client: PHONE, yourIp: OUTSIDE, server: ip('192.168.1.2') });

  it('is the expected one once the first has been silent for a day', () => {
    expect(kinds(after(24 * HOUR_MS - 1))).toEqual(['rogue-dhcp-server']);
    expect(kinds(after(24 * HOUR_MS))).toEqual([]);
  });
});

describe('a full table', () => {
  const at = (last: number) => ip(`192.168.2.${last}`);
  const missing = (rows: readonly { readonly ip: string }[]) =>
    Array.from({ length: 20 }, (_, i) => at(i + 1)).filter((one) => !rows.some((row) => row.ip === one));

  it('of claims passes over sixteen addresses that were used, and takes the next', () => {
    const lan = new Lan(INTENT, { settings: { maxClaims: 20 } });
    for (let i = 1; i <= 20; i += 1) lan.announce(PHONE, at(i));
    expect(missing(lan.watcher.claims())).toEqual([]);
    lan.announce(PHONE, at(21));
    expect(missing(lan.watcher.claims())).toEqual([at(17)]);
  });

  it('of leases passes over sixteen addresses that are watched, and takes the next', () => {
    const intent = { ...INTENT, pools: [{ name: 'all', ranges: [range('192.168.2.0/24')] }] };
    const lan = new Lan(intent, { settings: { maxLeases: 20 } });
    const lease = (client: typeof PHONE, i: number) =>
      lan.dhcp({ type: 'ack', client, yourIp: at(i), server: SERVER, seconds: 600 });
    const clients = manyMacs(22);
    for (let i = 1; i <= 20; i += 1) lease(clients[i]!, i);
    expect(missing(lan.watcher.leases())).toEqual([]);
    lease(clients[21]!, 21);
    expect(missing(lan.watcher.leases())).toEqual([at(17)]);
  });
});

describe('judgements that wait', () => {
  const behind = (others: number) => {
    const lan = new Lan();
    for (const one of manyMacs(others)) lan.reply(one, ip('192.168.1.56'));
    return lan.reply(PHONE, FREE).wait(3000);
  };
  const onFree = (lan: Lan) => lan.raised().filter((finding) => finding.ip === FREE).length;

  it('are 1024 at most: one more is dropped', () => {
    expect(onFree(behind(1023))).toBe(1);
    expect(onFree(behind(1024))).toBe(0);
  });
});
