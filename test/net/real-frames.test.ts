// Frames that real programs sent, decoded through every layer, as they are and damaged.
import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeArp } from '../../src/arp/packet.ts';
import { hostname, leaseSeconds, requestedIp, serverIdentifier } from '../../src/dhcp/option.ts';
import type { Ipv4, Mac } from '../../src/net/address.ts';
import { foldSum, sumOfPseudoHeader } from '../../src/net/checksum.ts';
import { encodeEthernet } from '../../src/net/ethernet.ts';
import { captureFile, ownCapture } from '../captures.ts';
import { applyEdits, edits } from '../codec.ts';
import { framesOf } from '../frames.ts';
import { decodeFrame, type Layers } from './decode-frame.ts';

const PHONE = '02:00:00:00:00:aa';
const W1 = '02:00:00:00:00:11';
const VIP = '192.168.1.50';
const homeLan = framesOf(ownCapture('home-lan-phone-gets-vip.pcap'));

describe('the home LAN whose router leases the VIP', () => {
  const layers = homeLan.map(decodeFrame);

  it('refuses no frame', () => {
    expect(layers.filter(({ protocol }) => protocol === 'refused' || protocol === 'other')).toEqual([]);
    expect(layers).toHaveLength(18);
  });

  it('shows the phone asking for the VIP by name', () => {
    const messages = layers.filter((one) => one.protocol === 'dhcp').map(({ packet }) => packet);
    expect(
      messages.map((packet) => [
        packet.messageType,
        requestedIp(packet),
        serverIdentifier(packet),
        hostname(packet),
      ]),
    ).toEqual([
      [1, null, null, 'luca-phone'],
      [3, VIP, '192.168.1.1', 'luca-phone'],
    ]);
    expect(messages.every(({ clientMac }) => clientMac === PHONE)).toBe(true);
  });

  it('shows both owners answering', () => {
    const replies = layers.flatMap((one) =>
      one.protocol === 'arp' && one.claim.ok ? [one.claim.value] : [],
    );
    expect(replies.filter(({ kind }) => kind === 'announcement')).toEqual(
      Array(2).fill({ kind: 'announcement', ip: VIP, mac: PHONE }),
    );
    expect(new Set(replies.filter(({ kind }) => kind === 'reply').map(({ mac }) => mac))).toEqual(
      new Set([PHONE, W1]),
    );
  });

  it('shows DAD with a nonce (RFC 7527)', () => {
    expect(layers[0]).toMatchObject({
      packet: { kind: 'neighbor-solicitation', checksum: 'verified', options: [{ type: 14 }] },
      claim: { ok: true, value: { kind: 'dad', ip: 'fe80::a456:dfff:fec1:21e3' } },
    });
  });
});

describe('frames as the wire and the kernel change them', () => {
  const discover = homeLan.find((bytes) => decodeFrame(bytes).protocol === 'dhcp')!;
  const plain = decodeFrame(discover);

  /** The frame with VLAN tags put behind the addresses. */
  function tagged(bytes: Uint8Array, ...tags: readonly number[]): Uint8Array {
    const tagBytes = tags.flatMap((id) => [0x81, 0x00, id >> 8, id & 0xff]);
    return Uint8Array.from([...bytes.slice(0, 12), ...tagBytes, ...bytes.slice(12)]);
  }

  it('decodes DHCP in one VLAN and in two', () => {
    expect(decodeFrame(tagged(discover, 10))).toEqual(plain);
    expect(decodeFrame(tagged(discover, 100, 10))).toEqual(plain);
  });

  it('decodes DHCP whatever follows the IP packet', () => {
    expect(decodeFrame(Uint8Array.from([...discover, ...new Uint8Array(30).fill(0x55)]))).toEqual(plain);
  });

  it('decodes DHCP as captured on its sender, where the network card completes the checksum', () => {
    const bytes = discover.slice();
    const length = bytes.length - 34;
    const pseudoSum = sumOfPseudoHeader('0.0.0.0' as Ipv4, '255.255.255.255' as Ipv4, 17, length);
    new DataView(bytes.buffer).setUint16(40, foldSum(pseudoSum));
    expect(decodeFrame(bytes)).toEqual({ ...plain, checksum: 'offloaded' });
    new DataView(bytes.buffer).setUint16(40, foldSum(pseudoSum) ^ 1);
    expect(decodeFrame(bytes)).toEqual({ protocol: 'refused', by: 'udp', reason: 'bad-checksum' });
  });

  it("decodes MetalLB's announcements, which it pads to 60 bytes itself", () => {
    const announced = { senderMac: W1 as Mac, senderIp: VIP as Ipv4, targetIp: VIP as Ipv4 };
    const header = {
      destinationMac: 'ff:ff:ff:ff:ff:ff' as Mac,
      sourceMac: W1 as Mac,
      vlans: [],
      etherType: 0x0806,
    };
    for (const operation of [1, 2]) {
      const arp = encodeArp({ ...announced, operation, targetMac: 'ff:ff:ff:ff:ff:ff' as Mac });
      const frame = encodeEthernet(header, arp, { padTo60: true });
      expect(frame).toHaveLength(60);
      expect(decodeFrame(frame)).toMatchObject({
        claim: { ok: true, value: { kind: 'announcement', ip: VIP, mac: W1 } },
      });
    }
  });
});

const THIRD_PARTY = [
  'arp-oobr.pcap',
  'arp-too-long-tha.pcap',
  'bootp_asan.pcap',
  'bootp_asan-2.pcap',
  'dhcp-option-33.pcap',
  'dhcp-option-108.pcapng',
  'dhcp-rfc3004.pcap',
  'dhcp-rfc4388.pcap',
  'dhcp-rfc5859.pcap',
  'vrrp.pcap',
  'zeek-arp-who-has.pcap',
  'zeek-dhcp.pcap',
  'zeek-dhcp_time_and_nameserver.pcap',
  'zeek-icmp6-neighbor-advert.pcap',
  'zeek-icmp6-neighbor-solicit.pcap',
];
const thirdParty = new Map(THIRD_PARTY.map((name) => [name, captureFile(name)]));
const missing = [...thirdParty.values()].includes(undefined);

function thirdPartyFrames(name: string): Uint8Array[] {
  return framesOf(thirdParty.get(name)!);
}

/** How often each way of refusing was met. */
function refusals(layers: readonly Layers[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of layers) {
    if (one.protocol === 'refused')
      counts[`${one.by}: ${one.reason}`] = (counts[`${one.by}: ${one.reason}`] ?? 0) + 1;
  }
  return counts;
}

describe('captures of others', () => {
  it.skipIf(missing).each([
    // Its hardware type, 0x3030, comes before the length of 14.
    ['arp-too-long-tha.pcap', { 'arp: bad-hardware-type': 1 }],
    ['bootp_asan.pcap', { 'ipv4: truncated': 1 }],
    ['bootp_asan-2.pcap', { 'ipv4: truncated': 1 }],
    [
      'arp-oobr.pcap',
      {
        'arp: bad-hardware-type': 82,
        'arp: bad-protocol-type': 93,
        'arp: bad-hardware-length': 50,
        'arp: bad-protocol-length': 34,
      },
    ],
    // Two queries of a wrongly built tool, whose magic cookie is elsewhere.
    ['dhcp-rfc4388.pcap', { 'dhcp: bootp': 2 }],
    ['dhcp-option-33.pcap', {}],
    ['dhcp-option-108.pcapng', {}],
    ['zeek-dhcp.pcap', {}],
  ])('%s is refused in %o', (name, counts) => {
    expect(refusals(thirdPartyFrames(name).map(decodeFrame))).toEqual(counts);
  });

  it.skipIf(missing)('an advertisement by unicast, without option, from the loopback interface', () => {
    expect(thirdPartyFrames('zeek-icmp6-neighbor-advert.pcap').map(decodeFrame)).toMatchObject([
      {
        packet: {
          kind: 'neighbor-advertisement',
          router: true,
          solicited: false,
          override: true,
          targetIp: 'fe80::babe',
          targetMac: null,
          checksum: 'verified',
        },
        claim: { ok: false, reason: 'bad-sender-mac' },
      },
    ]);
  });

  it.skipIf(missing)('a solicitation without source option', () => {
    expect(thirdPartyFrames('zeek-icmp6-neighbor-solicit.pcap').map(decodeFrame)).toMatchObject([
      {
        packet: { kind: 'neighbor-solicitation', targetIp: 'fe80::babe', sourceMac: null },
        claim: { ok: false, reason: 'no-link-layer-address' },
      },
    ]);
  });
});

const hasTshark = spawnSync('tshark', ['--version']).status === 0;
if (!hasTshark) console.warn('skipped: the comparison with tshark, which is not installed');

/** One row of the given fields for each frame that tshark's filter lets through. */
function tshark(path: string, filter: string, fields: readonly string[]): string[][] {
  const options = [
    '-n',
    '-r',
    path,
    '-Y',
    filter,
    '-T',
    'fields',
    '-E',
    'occurrence=f',
    ...fields.flatMap((field) => ['-e', field]),
  ];
  const output = execFileSync('tshark', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}

describe('tshark reads the same', () => {
  it.skipIf(missing || !hasTshark).each(['arp-oobr.pcap', 'zeek-arp-who-has.pcap', 'dhcp-rfc4388.pcap'])(
    'ARP of %s',
    (name) => {
      const rows = tshark(
        thirdParty.get(name)!,
        'arp.hw.type == 1 && arp.proto.type == 0x0800 && arp.hw.size == 6 && arp.proto.size == 4',
        ['arp.opcode', 'arp.src.hw_mac', 'arp.src.proto_ipv4', 'arp.dst.hw_mac', 'arp.dst.proto_ipv4'],
      );
      const ours = thirdPartyFrames(name)
        .map(decodeFrame)
        .flatMap((one) => (one.protocol === 'arp' ? [one.packet] : []))
        .map(({ operation, senderMac, senderIp, targetMac, targetIp }) => [
          String(operation),
          senderMac,
          senderIp,
          targetMac,
          targetIp,
        ]);
      expect(ours.length).toBeGreaterThan(1);
      expect(ours).toEqual(rows);
    },
  );

  it.skipIf(missing || !hasTshark).each(THIRD_PARTY.filter((name) => /dhcp/.test(name)))(
    'DHCP of %s',
    (name) => {
      const rows = tshark(thirdParty.get(name)!, 'dhcp.cookie', [
        'dhcp.type',
        'dhcp.id',
        'dhcp.ip.client',
        'dhcp.ip.your',
        'dhcp.ip.server',
        'dhcp.ip.relay',
        'dhcp.hw.mac_addr',
        'dhcp.option.dhcp',
        'dhcp.option.requested_ip_address',
        'dhcp.option.dhcp_server_id',
        'dhcp.option.ip_address_lease_time',
        'dhcp.option.hostname',
      ]);
      const ours = thirdPartyFrames(name)
        .map(decodeFrame)
        .flatMap((one) => (one.protocol === 'dhcp' ? [one.packet] : []))
        .map((packet) => [
          packet.operation,
          `0x${packet.transactionId.toString(16).padStart(8, '0')}`,
          packet.clientIp,
          packet.yourIp,
          packet.serverIp,
          packet.relayIp,
          packet.clientMac,
          packet.messageType,
          requestedIp(packet),
          serverIdentifier(packet),
          leaseSeconds(packet),
          hostname(packet),
        ])
        .map((row) => row.map((field) => String(field ?? '')));
      expect(ours.length).toBeGreaterThan(1);
      expect(ours).toEqual(rows);
    },
  );
});

describe('damaged frames', () => {
  // Of the large captures a few: each frame is as likely to be tried.
  const frames = [
    homeLan,
    ...(missing ? [] : THIRD_PARTY.map((name) => thirdPartyFrames(name).slice(0, 60))),
  ].flat();

  it('never make a decoder throw', () => {
    const seen = { arp: 0, ndp: 0, dhcp: 0, other: 0, refused: 0 };
    fc.assert(
      fc.property(fc.noBias(fc.constantFrom(...frames)), edits(), (frame, list) => {
        seen[decodeFrame(applyEdits(frame, list)).protocol] += 1;
      }),
      { numRuns: 20_000 },
    );
    // Checksums catch nearly every edit of IP packets, but the padding and the addresses of Ethernet have none.
    const tried = Object.values(seen).reduce((sum, count) => sum + count);
    expect(seen.arp / tried).toBeGreaterThan(0.1);
    expect(seen.refused / tried).toBeGreaterThan(0.1);
    expect(seen.dhcp).toBeGreaterThan(0);
    expect(seen.ndp).toBeGreaterThan(0);
  });

  it('are refused or decoded at every length', () => {
    for (const frame of homeLan) {
      const whole = decodeFrame(frame);
      for (let length = 0; length < frame.length; length += 1) {
        const cut = decodeFrame(frame.slice(0, length));
        // ARP's padding may go; of IP packets not one byte.
        if (whole.protocol === 'arp' && length >= 42) expect(cut).toEqual(whole);
        else expect(cut.protocol, `the first ${length} bytes`).toBe('refused');
      }
    }
  });
});
