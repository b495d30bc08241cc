import { describe, expect, it } from 'vitest';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { type Announcer, startAnnouncer } from '../../lab/roles/announcer.ts';
import {
  encodeNdp,
  multicastMac,
  type NdpOption,
  solicitedNodeMulticast,
  sourceMacOption,
} from '../../src/ndp/packet.ts';
import type { Ipv6, Mac } from '../../src/net/address.ts';
import { ETHERTYPE_IPV6, encodeEthernet } from '../../src/net/ethernet.ts';
import { toHex } from '../hex.ts';
import { labUnavailable } from './available.ts';
import { type RecordedFrame, readFrames } from './frames.ts';

const VIP = '192.168.1.50';
const VIP_HEX = 'c0a80132';
const OTHER_VIP = '192.168.1.51';
const OTHER_VIP_HEX = 'c0a80133';
const VIP6 = 'fd00::50' as Ipv6;
const NODE = { mac: '02:00:00:00:00:11' as Mac, address: '192.168.1.11/24' };
const NODE_HEX = '020000000011';
const ASKER = { mac: '02:00:00:00:00:0a' as Mac, address: '192.168.1.10/24' };
const ASKER_HEX = '02000000000a';
const ASKER_IP_HEX = 'c0a8010a';
const BROADCAST = 'ffffffffffff';
const ARP_REQUEST = '0806 0001 0800 06 04 0001';
const ARP_REPLY = '0806 0001 0800 06 04 0002';
/** To Ethernet's 60 bytes. */
const PADDING = '00'.repeat(18);

function hex(...parts: string[]): string {
  return parts.join('').replaceAll(' ', '');
}

/** An ARP request in a frame of the asker's. */
function request(to: string, senderMac: string, senderIp: string, targetIp: string): string {
  return hex(to, ASKER_HEX, ARP_REQUEST, senderMac, senderIp, '000000000000', targetIp);
}

function solicitation(destinationMac: Mac, destination: Ipv6, options: NdpOption[]): string {
  const message = { kind: 'neighbor-solicitation', targetIp: VIP6, options } as const;
  const packet = encodeNdp(message, { source: 'fe80::ff:fe00:a' as Ipv6, destination });
  const header = { destinationMac, sourceMac: ASKER.mac, vlans: [], etherType: ETHERTYPE_IPV6 };
  return toHex(encodeEthernet(header, packet));
}

async function lanWithAnnouncer(lab: Lab): Promise<{ asker: Host; announcer: Announcer }> {
  const [node, asker] = await Promise.all([lab.host('w1', NODE), lab.host('asker', ASKER)]);
  return { asker, announcer: await startAnnouncer(node) };
}

/** Resolves when the announcer has said so many lines that fit. */
async function said(announcer: Announcer, pattern: RegExp, times: number): Promise<void> {
  let count = 0;
  for await (const { text } of announcer.process) {
    if (pattern.test(text)) count += 1;
    if (count === times) return;
  }
  throw new Error(`It said ${pattern} ${count} times: ${announcer.process.describe()}`);
}

async function send(host: Host, frames: readonly string[]): Promise<void> {
  const { code } = await host.spawnScript('test/lab/sender.ts', frames).exited;
  expect(code).toBe(0);
}

function sentByNode(path: string, protocol: 'arp' | 'ndp'): RecordedFrame[] {
  return readFrames(path).filter(
    ({ sourceMac, layers }) => sourceMac === NODE.mac && layers.protocol === protocol,
  );
}

describe.skipIf(labUnavailable())('the announcer', () => {
  it('sends a burst of five rounds, each a request and a reply, padded to 60 bytes', async () => {
    await using lab = await Lab.create();
    const { announcer } = await lanWithAnnouncer(lab);
    const capture = await lab.switch.capture();
    await announcer.announce(VIP);
    await said(announcer, /"announced","ip":"192\.168\.1\.50"/, 5);
    // There is one ticker for all: at the other VIP's second round, a sixth of the first would have been sent.
    await announcer.announce(OTHER_VIP);
    await said(announcer, /"announced","ip":"192\.168\.1\.51"/, 2);

    const frames = sentByNode(await capture.stop(), 'arp').filter(
      ({ layers }) => layers.protocol === 'arp' && layers.packet.senderIp === VIP,
    );
    const body = `${NODE_HEX} ${VIP_HEX} ${BROADCAST} ${VIP_HEX} ${PADDING}`;
    const round = [ARP_REQUEST, ARP_REPLY].map((kind) => hex(BROADCAST, NODE_HEX, kind, body));
    expect(frames.map(({ bytes }) => toHex(bytes))).toEqual(Array(5).fill(round).flat());
    const rounds = frames.filter((_, i) => i % 2 === 0).map(({ at }) => at - frames[0]!.at);
    // Late as a busy machine makes them, but never early by more than a timer's rounding.
    rounds.forEach((at, i) => {
      expect(at).toBeGreaterThanOrEqual(i * 1_100_000 - 20_000);
    });
  });

  it('goes on for five seconds after a resync, without a round of its own for it', async () => {
    await using lab = await Lab.create();
    const { announcer } = await lanWithAnnouncer(lab);
    await announcer.announce(VIP);
    await said(announcer, /"announced"/, 3);
    announcer.resync();
    // Rounds at 0, 1.1 and 2.2 s; the resync at 2.2 s makes them last until 7.2 s: at 3.3, 4.4, 5.5 and 6.6 s.
    await said(announcer, /"announced"/, 7);
    await announcer.announce(OTHER_VIP);
    await said(announcer, /"announced","ip":"192\.168\.1\.51"/, 2);
    const lines = announcer.process.output.map(
      ({ text }) => JSON.parse(text) as { say: string; ip?: string },
    );
    expect(lines.filter(({ say, ip }) => say === 'announced' && ip === VIP)).toHaveLength(7);
  });

  it('answers requests for its VIP that are broadcast or sent to it, whoever asks', async () => {
    await using lab = await Lab.create();
    const { asker, announcer } = await lanWithAnnouncer(lab);
    await announcer.announce(VIP);
    const capture = await lab.switch.capture();
    const strangerMac = '0200000000bb';
    await send(asker, [
      request(BROADCAST, ASKER_HEX, ASKER_IP_HEX, VIP_HEX),
      request(NODE_HEX, ASKER_HEX, ASKER_IP_HEX, VIP_HEX),
      // A probe (RFC 5227), and a request that claims the VIP itself.
      request(BROADCAST, ASKER_HEX, '00000000', VIP_HEX),
      request(BROADCAST, ASKER_HEX, VIP_HEX, VIP_HEX),
      // The packet's sender gets the answer, not the frame's.
      request(BROADCAST, strangerMac, ASKER_IP_HEX, VIP_HEX),
      // Not answered: a request for another address, a reply, a frame to some group.
      request(BROADCAST, ASKER_HEX, ASKER_IP_HEX, OTHER_VIP_HEX),
      hex(BROADCAST, ASKER_HEX, ARP_REPLY, ASKER_HEX, ASKER_IP_HEX, BROADCAST, VIP_HEX),
      request('01005e000001', ASKER_HEX, ASKER_IP_HEX, VIP_HEX),
      // Its answer tells that all before it are through.
      request(BROADCAST, ASKER_HEX, 'c0a80163', VIP_HEX),
    ]);
    await said(announcer, /"answered"/, 6);

    const answer = (to: string, targetIp: string) =>
      hex(to, NODE_HEX, ARP_REPLY, NODE_HEX, VIP_HEX, to, targetIp, PADDING);
    const unicast = sentByNode(await capture.stop(), 'arp').filter(
      ({ destinationMac }) => destinationMac !== 'ff:ff:ff:ff:ff:ff',
    );
    expect(unicast.map(({ bytes }) => toHex(bytes))).toEqual([
      answer(ASKER_HEX, ASKER_IP_HEX),
      answer(ASKER_HEX, ASKER_IP_HEX),
      answer(ASKER_HEX, '00000000'),
      answer(ASKER_HEX, VIP_HEX),
      answer(strangerMac, ASKER_IP_HEX),
      answer(ASKER_HEX, 'c0a80163'),
    ]);
  });

  it('says no goodbye, and nothing more, after a withdrawal', async () => {
    await using lab = await Lab.create();
    const { asker, announcer } = await lanWithAnnouncer(lab);
    await announcer.announce(VIP);
    await announcer.announce(OTHER_VIP);
    await announcer.withdraw(VIP);
    const capture = await lab.switch.capture();
    await send(asker, [
      request(BROADCAST, ASKER_HEX, ASKER_IP_HEX, VIP_HEX),
      request(BROADCAST, ASKER_HEX, ASKER_IP_HEX, OTHER_VIP_HEX),
    ]);
    await said(announcer, /"answered"/, 1);
    const claimed = sentByNode(await capture.stop(), 'arp').flatMap(({ layers }) =>
      layers.protocol === 'arp' ? [layers.packet.senderIp] : [],
    );
    expect(new Set(claimed)).toEqual(new Set([OTHER_VIP]));
  });

  it('advertises IPv6 with override, and answers without it who says where to', async () => {
    await using lab = await Lab.create();
    const { asker, announcer } = await lanWithAnnouncer(lab);
    const capture = await lab.switch.capture();
    await announcer.announce(VIP6);
    // No round has a frame before the node has its link-local address.
    await announcer.process.waitForLine(/"announced","ip":"fd00::50","frames":1/);
    const group = solicitedNodeMulticast(VIP6);
    const own = sourceMacOption(ASKER.mac);
    await send(asker, [
      // Not answered: without the option, and sent to the VIP itself (metallb#2920).
      solicitation(multicastMac(group), group, []),
      solicitation(NODE.mac, VIP6, [own]),
      solicitation(multicastMac(group), group, [own]),
    ]);
    await said(announcer, /"answered"/, 1);

    const advertisements = sentByNode(await capture.stop(), 'ndp').flatMap(({ destinationMac, layers }) =>
      layers.protocol === 'ndp' && layers.packet.kind === 'neighbor-advertisement'
        ? [{ destinationMac, ...layers.packet }]
        : [],
    );
    const common = { router: false, targetIp: VIP6, targetMac: NODE.mac };
    const gratuitous = { ...common, destinationMac: '33:33:00:00:00:01', solicited: false, override: true };
    const answer = { ...common, destinationMac: ASKER.mac, solicited: true, override: false };
    const answers = advertisements.filter(({ solicited }) => solicited);
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatchObject(answer);
    const rounds = advertisements.filter(({ solicited }) => !solicited);
    expect(rounds.length).toBeGreaterThan(0);
    for (const round of rounds) expect(round).toMatchObject(gratuitous);
  });
});
