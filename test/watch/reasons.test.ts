// Every reason word of "looked, not a finding" is asserted: here, or beside the finding that it resembles.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Election, Intent } from '../../src/intent/intent.ts';
import { NOT_FINDING_REASONS, type NotFindingReason } from '../../src/watch/lan/reasons.ts';
import { encodeDhcpMessage } from './dhcp-message.ts';
import { CP, INTENT, ip, Lan, mac, PHONE, ROUTER, VIP, W1, W2 } from './lan.ts';

const FREE = ip('192.168.1.55');
const OUTSIDE = ip('192.168.1.100');
const SERVER = ip('192.168.1.1');
const LAPTOP = mac('bb');

const leases = (lan: Lan, address: typeof VIP, client = PHONE) =>
  lan.dhcp({ type: 'request', client, requested: address, server: SERVER });

/** The same message from the side that does not send it. */
function turned(bytes: Uint8Array): Uint8Array {
  const CHECKSUM = 40;
  const OPERATION = 42;
  const copy = bytes.slice();
  copy.set([0, 0], CHECKSUM);
  copy[OPERATION] = 3 - copy[OPERATION]!;
  return copy;
}

function elects(node: string): Intent {
  const election: Election = { node, interfaces: null };
  return {
    ...INTENT,
    vips: [{ address: VIP, service: 'traefik/traefik', elector: { elect: () => election } }],
  };
}

/** Where the macs of the nodes are not listed. */
const UNLISTED: Intent = { ...INTENT, nodes: INTENT.nodes.map((node) => ({ ...node, macs: [] })) };

describe('looked, not a finding', () => {
  it('a claim that was judged a moment ago', () => {
    const lan = new Lan().announce(PHONE, VIP).announce(PHONE, VIP);
    expect(lan.dismissed('judged-a-moment-ago')).toBe(1);
  });

  it('a node that uses a VIP as the sender of its request', () => {
    expect(new Lan().request(W1, VIP, OUTSIDE).dismissed('request-from-node')).toBe(1);
  });

  it('an answer for a free pool address, until it is known to be no proxy’s', () => {
    expect(new Lan().reply(PHONE, FREE).dismissed('awaiting-proxy-check')).toBe(1);
  });

  it('an address that leaves the intent while its judgement waits', () => {
    const lan = new Lan()
      .reply(PHONE, FREE)
      .intend({ ...INTENT, pools: [] })
      .wait(2000);
    expect(lan.dismissed('no-longer-watched')).toBe(1);
    expect(lan.story()).toEqual([]);
  });

  it('another MAC on a node’s address, whose learned one was heard a moment ago', () => {
    const address = ip('192.168.1.10');
    const lan = new Lan(UNLISTED).announce(CP, address).announce(LAPTOP, address);
    expect(lan.dismissed('node-mac-unconfirmed')).toBe(1);
    expect(lan.story()).toEqual([]);
  });

  it.each<[NotFindingReason, (lan: Lan) => Lan]>([
    ['dhcp-discover', (lan) => lan.dhcp({ type: 'discover', client: PHONE, requested: VIP })],
    ['dhcp-inform', (lan) => lan.dhcp({ type: 'inform', client: PHONE, clientIp: VIP })],
    ['dhcp-no-address', (lan) => lan.dhcp({ type: 'decline', client: PHONE, server: SERVER })],
    ['dhcp-unmatched-refusal', (lan) => lan.dhcp({ type: 'nak', client: PHONE, server: SERVER })],
    [
      'dhcp-other-message',
      (lan) => lan.frame(turned(encodeDhcpMessage({ type: 'request', client: PHONE, requested: VIP }))),
    ],
    [
      'offer-outside-pools',
      (lan) => lan.dhcp({ type: 'offer', client: PHONE, yourIp: OUTSIDE, server: SERVER }),
    ],
    ['decline-outside-pools', (lan) => lan.dhcp({ type: 'decline', client: PHONE, requested: OUTSIDE })],
    ['lease-outside-pools', (lan) => leases(lan, OUTSIDE)],
    [
      'unnamed-dhcp-server',
      (lan) => lan.dhcp({ type: 'offer', client: PHONE, yourIp: OUTSIDE, source: SERVER }),
    ],
    ['awaiting-dhcp-refusal', (lan) => lan.dhcp({ type: 'request', client: PHONE, requested: VIP })],
  ])('a DHCP message: %s', (reason, act) => {
    const lan = act(new Lan());
    expect(lan.dismissed(reason)).toBe(1);
    expect(lan.story()).toEqual([]);
  });

  it('a DHCP server more than are kept', () => {
    const servers = Array.from({ length: 33 }, (_, i) => ip(`10.0.${i >> 8}.${i & 255}`));
    const lan = new Lan(INTENT, { dhcp: { ranges: [], servers } });
    for (const server of servers) lan.dhcp({ type: 'offer', client: PHONE, yourIp: OUTSIDE, server });
    expect(lan.dismissed('expected-dhcp-server')).toBe(32);
    expect(lan.dismissed('too-many-dhcp-servers')).toBe(1);
  });

  it('a claim of an address whose lease is a finding of its own', () => {
    const lan = leases(new Lan(), VIP).announce(LAPTOP, VIP);
    expect(lan.dismissed('told-by-lease-on-pool')).toBe(1);
    expect(lan.raised().map(({ kind }) => kind)).toEqual(['lease-on-vip', 'foreign-claim']);
  });

  it('another node that begins to answer', () => {
    expect(new Lan().gratuitous(W1, VIP).wait(1000).announce(W2, VIP).dismissed('within-grace')).toBe(1);
  });

  it('a VIP of which too few questions are unanswered', () => {
    const lan = new Lan().reply(ROUTER, SERVER).ask(VIP, 2);
    expect(lan.dismissed('too-few-questions')).toBeGreaterThan(0);
  });

  it('another announcer than the elected one, for a while', () => {
    const lan = new Lan(elects('w2')).reply(W1, VIP).wait(2000);
    expect(lan.dismissed('within-election-grace')).toBeGreaterThan(0);
    expect(lan.story()).toEqual([]);
  });

  it('a finding more than are kept', () => {
    const lan = new Lan(INTENT, { settings: { maxFindings: 1 } }).announce(PHONE, VIP).announce(LAPTOP, VIP);
    expect(lan.dismissed('too-many-findings')).toBe(1);
  });
});

it.each(Object.keys(NOT_FINDING_REASONS))('%s is asserted in a test', (reason) => {
  const tests = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'));
  const asserted = new RegExp(`dismissed\\('${reason}'\\)|^    \\[\\s*'${reason}',`, 'm');
  expect(tests.some((text) => asserted.test(text))).toBe(true);
});
