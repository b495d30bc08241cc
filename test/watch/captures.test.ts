// Real frames: the home LAN where a phone is leased the VIP, the captures of others, and both of them damaged.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toIso } from '../../src/base/time.ts';
import { EMPTY_INTENT, type Intent } from '../../src/intent/intent.ts';
import { CaptureError } from '../../src/pcap/errors.ts';
import { CaptureReader } from '../../src/pcap/reader.ts';
import type { WatchEvent } from '../../src/watch/view.ts';
import { Watcher } from '../../src/watch/watcher.ts';
import { captureFile, ownCapture } from '../captures.ts';
import { INTENT, mac, W1 } from './lan.ts';

const PHONE = mac('aa');
/** The capture was taken at w2, whose MAC ends in fe. */
const HOME_INTENT = {
  ...INTENT,
  nodes: INTENT.nodes.map((node) => (node.name === 'w2' ? { ...node, macs: [mac('fe')] } : node)),
};

function replay(bytes: Uint8Array, intent: Intent = HOME_INTENT): { events: WatchEvent[]; watcher: Watcher } {
  const watcher = new Watcher({ dhcp: { ranges: [], servers: null } });
  const events: WatchEvent[] = [...watcher.setIntent(intent, 0)];
  const reader = new CaptureReader((frame) => void events.push(...watcher.frame(frame)), {
    interfaceName: 'eth0',
  });
  reader.push(bytes);
  reader.end();
  events.push(...watcher.finish());
  return { events, watcher };
}

describe('the home LAN capture', () => {
  const { events, watcher } = replay(readFileSync(ownCapture('home-lan-phone-gets-vip.pcap')));

  it('raises lease-on-vip at the REQUEST and foreign-claim at the first announcement, and nothing else', () => {
    const findings = events.flatMap((event) =>
      event.type === 'finding'
        ? [{ at: toIso(event.at), action: event.action, kind: event.finding.kind, macs: event.finding.macs }]
        : [],
    );
    expect(findings).toEqual([
      {
        at: expect.stringMatching(/:42:59\.546784Z$/),
        action: 'raised',
        kind: 'lease-on-vip',
        macs: [PHONE],
      },
      {
        at: expect.stringMatching(/:42:59\.603738Z$/),
        action: 'raised',
        kind: 'foreign-claim',
        macs: [PHONE],
      },
    ]);
  });

  it('shows the lease, both claimants and the server that only the client names', () => {
    expect(events.flatMap((event) => (event.type === 'lease' ? [event.step] : []))).toMatchObject([
      {
        state: 'requested',
        ip: '192.168.1.50',
        mac: PHONE,
        server: '192.168.1.1',
        hostname: 'luca-phone',
        seconds: null,
      },
    ]);
    expect(watcher.claims().filter(({ ip }) => ip === '192.168.1.50')).toMatchObject([
      { mac: PHONE, node: null, counts: { announcement: 2, reply: 3, request: 0 } },
      { mac: W1, node: 'w1', counts: { announcement: 0, reply: 3, request: 0 } },
    ]);
    expect(watcher.dhcpServers()).toMatchObject([{ ip: '192.168.1.1', mac: null, expected: true }]);
    expect(watcher.takeovers()).toEqual([]);
  });
});

/** By protocol, as tcpdump and tshark count them too; `refused` by reason. */
const THIRD_PARTY: { file: string; counted: Record<string, number>; refused?: Record<string, number> }[] = [
  { file: 'zeek-arp-who-has.pcap', counted: { arp: 2, dhcp: 0, ndp: 0 } },
  { file: 'zeek-dhcp.pcap', counted: { arp: 0, dhcp: 9, ndp: 0 } },
  { file: 'zeek-icmp6-neighbor-advert.pcap', counted: { arp: 0, dhcp: 0, ndp: 1 } },
  { file: 'zeek-icmp6-neighbor-solicit.pcap', counted: { arp: 0, dhcp: 0, ndp: 1 } },
  { file: 'dhcp-rfc4388.pcap', counted: { arp: 12, dhcp: 36, ndp: 0 }, refused: { bootp: 2 } },
  { file: 'dhcp-option-33.pcap', counted: { arp: 0, ndp: 0 } },
  { file: 'vrrp.pcap', counted: { arp: 0, dhcp: 0, ndp: 0 } },
  {
    file: 'arp-oobr.pcap',
    counted: { arp: 2282, dhcp: 0, ndp: 0 },
    refused: {
      'bad-hardware-length': 50,
      'bad-hardware-type': 82,
      'bad-protocol-length': 34,
      'bad-protocol-type': 93,
    },
  },
  {
    file: 'arp-too-long-tha.pcap',
    counted: { arp: 1, dhcp: 0, ndp: 0 },
    refused: { 'bad-hardware-type': 1 },
  },
  { file: 'bootp_asan.pcap', counted: { arp: 0, dhcp: 1, ndp: 0 }, refused: { truncated: 1 } },
  { file: 'bootp_asan-2.pcap', counted: { arp: 0, dhcp: 1, ndp: 0 }, refused: { truncated: 1 } },
];

describe("others' captures", () => {
  for (const { file, counted, refused = {} } of THIRD_PARTY) {
    const path = captureFile(file);
    it.skipIf(!path)(`${file} is counted by protocol, refused by reason, and raises nothing`, () => {
      const { events, watcher } = replay(readFileSync(path!), EMPTY_INTENT);
      const { framesByProtocol, malformed } = watcher.counters();
      const counts = Object.fromEntries(framesByProtocol.map(({ protocol, count }) => [protocol, count]));
      expect(counts).toMatchObject(counted);
      expect(Object.fromEntries(malformed.map(({ reason, count }) => [reason, count]))).toEqual(refused);
      expect(events.filter((event) => event.type === 'finding')).toEqual([]);
    });
  }
});

describe('damaged frames', () => {
  it('never break the watcher, and some still mean something', () => {
    const original = readFileSync(ownCapture('home-lan-phone-gets-vip.pcap'));
    const edit = fc.tuple(fc.nat({ max: original.length - 41 }), fc.integer({ min: 0, max: 255 }));
    let judged = 0;
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 12 }), (edits) => {
        const bytes = Uint8Array.from(original);
        for (const [at, value] of edits) bytes[40 + at] = value;
        try {
          judged += replay(bytes).events.length;
        } catch (error) {
          // An edit in a record's own header: the reader refuses the rest of the file.
          if (!(error instanceof CaptureError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
    expect(judged).toBeGreaterThan(300);
  });
});
