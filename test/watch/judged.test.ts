// `vipwatch_detector_enabled`: which kinds can be raised by what is known and wanted.
import { describe, expect, it } from 'vitest';
import type { Election, Intent } from '../../src/intent/intent.ts';
import { FINDING_KINDS } from '../../src/watch/finding/kinds.ts';
import { ALL_HEARD } from '../../src/watch/finding/suppression.ts';
import { INTENT, ip, Lan, PHONE, VIP } from './lan.ts';

const FREE = ip('192.168.1.55');
const ELECTED: Election = { node: 'w1', interfaces: null };

function elected(election: Election | null): Intent {
  return { ...INTENT, vips: [{ address: VIP, service: 'web/site', elector: { elect: () => election } }] };
}

/** Those that cannot be raised. */
function blind(intent: Intent | null): string[] {
  const judged = new Lan(intent).watcher.judgedKinds();
  return FINDING_KINDS.filter((kind) => !judged.has(kind));
}

describe('judgedKinds()', () => {
  it('are all where VIPs, pools, nodes and the election are known', () => {
    expect(blind(elected(ELECTED))).toEqual([]);
  });

  it('hold no election against the wire where none can be told', () => {
    expect(blind(INTENT)).toEqual(['wrong-announcer']);
    expect(blind(elected(null))).toEqual(['wrong-announcer']);
    expect(blind(elected({ node: null, reason: 'no-speaker' }))).toEqual([]);
  });

  it('tell no stranger from a node where no node is known: a phone on a VIP is no finding then', () => {
    const intent = { ...INTENT, nodes: [] };
    expect(blind(intent)).toEqual([
      'foreign-claim',
      'split-brain',
      'wrong-announcer',
      'vip-flapping',
      'stray-address',
      'pool-address-taken',
      'node-address-conflict',
      'node-mac-differs',
      'proxy-arp',
      'slow-failover',
    ]);
    const theft = (lan: Lan) =>
      lan
        .announce(PHONE, VIP)
        .announce(PHONE, FREE)
        .wait(60_000)
        .raised()
        .map(({ kind }) => kind);
    expect(theft(new Lan(intent))).toEqual([]);
    expect(theft(new Lan(INTENT))).toEqual(['foreign-claim', 'pool-address-taken']);
  });

  it('need pools, or VIPs, each for its own', () => {
    expect(blind({ ...elected(ELECTED), pools: [] })).toEqual([
      'lease-in-pool',
      'pool-address-taken',
      'proxy-arp',
    ]);
    expect(blind({ ...INTENT, vips: [] })).toEqual([
      'lease-on-vip',
      'foreign-claim',
      'split-brain',
      'silent-vip',
      'wrong-announcer',
      'vip-flapping',
      'vip-unstable',
      'slow-failover',
    ]);
  });

  it('are those that need nothing while the intent is not known', () => {
    expect([...new Lan(null).watcher.judgedKinds()]).toEqual([
      'rogue-dhcp-server',
      'lease-conflict',
      'findings-refused',
    ]);
  });

  it('are none that the operator switched off; a severity of its own switches nothing off', () => {
    const kinds = { 'foreign-claim': { enabled: false }, 'silent-vip': { severity: 'warning' } } as const;
    const judged = new Lan(elected(ELECTED), {
      suppression: { ...ALL_HEARD, kinds },
    }).watcher.judgedKinds();
    expect(FINDING_KINDS.filter((kind) => !judged.has(kind))).toEqual(['foreign-claim']);
  });
});
