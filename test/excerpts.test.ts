// The excerpts of the wire in docs/findings.md are frames that real programs sent, and raise the findings that they explain.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ARP_REQUEST } from '../src/arp/packet.ts';
import { type Micros, toIso } from '../src/base/time.ts';
import type { Intent } from '../src/intent/intent.ts';
import { ZERO_MAC } from '../src/net/address.ts';
import { decodeEthernet } from '../src/net/ethernet.ts';
import { decodeIpv4 } from '../src/net/ipv4.ts';
import { CaptureReader } from '../src/pcap/reader.ts';
import type { Finding } from '../src/watch/finding/finding.ts';
import type { FindingKind } from '../src/watch/finding/kinds.ts';
import { Watcher } from '../src/watch/watcher.ts';
import { ownCapture } from './captures.ts';
import { excerptOf, FINDINGS_SECTIONS, partsOf } from './findings-page.ts';
import { decodeFrame } from './net/decode-frame.ts';
import { INTENT, ip, mac, range } from './watch/lan.ts';

/** Of a real MetalLB whose speaker on the elected node was stopped: the API takes it for alive. */
const HUNG_SPEAKER: Intent = {
  pools: [{ name: 'web', ranges: [range('192.168.1.200/30')] }],
  vips: [
    {
      address: ip('192.168.1.200'),
      service: 'default/web',
      elector: { elect: () => ({ node: 'node-1', interfaces: null }) },
      statusNodes: ['node-3'],
    },
  ],
  nodes: ['1', '2', '3'].map((n) => ({
    name: `node-${n}`,
    addresses: [ip(`192.168.1.1${n}`)],
    macs: [mac(`1${n}`)],
  })),
};

/** By the kind that the capture is of: all that is raised. */
const CAPTURES: readonly [kind: FindingKind, intent: Intent, raised: readonly FindingKind[]][] = [
  ['lease-in-pool', INTENT, ['lease-in-pool', 'pool-address-taken']],
  ['vip-flapping', INTENT, ['vip-flapping']],
  ['pool-address-taken', INTENT, ['pool-address-taken']],
  ['lease-conflict', INTENT, ['lease-conflict']],
  ['wrong-announcer', HUNG_SPEAKER, ['wrong-announcer']],
];

/** ARP, or what a DHCP client sends, as tcpdump writes it, in the short form of the page; without the time. */
function asTcpdump(bytes: Uint8Array): string {
  const ethernet = decodeEthernet(bytes);
  if (!ethernet.ok) throw new Error(`The capture holds a frame that is ${ethernet.reason}`);
  const { sourceMac, destinationMac, payloadStart } = ethernet.value;
  const head = (name: string) => `${sourceMac} > ${destinationMac}, ${name}, length ${bytes.length}: `;
  const layers = decodeFrame(bytes);
  if (layers.protocol === 'arp') {
    const { operation, senderMac, senderIp, targetMac, targetIp } = layers.packet;
    if (operation !== ARP_REQUEST) return `${head('ARP')}Reply ${senderIp} is-at ${senderMac}`;
    const target = targetMac === ZERO_MAC ? '' : ` (${targetMac})`;
    return `${head('ARP')}Request who-has ${targetIp}${target} tell ${senderIp}`;
  }
  const packet = decodeIpv4(bytes, payloadStart);
  if (layers.protocol !== 'dhcp' || !packet.ok) throw new Error('The capture holds neither ARP nor DHCP');
  const { source, destination } = packet.value;
  const request = `BOOTP/DHCP, Request from ${layers.packet.clientMac}`;
  return `${head('IPv4')}${source}.68 > ${destination}.67: ${request}`;
}

interface Shown {
  readonly at: Micros;
  readonly line: string;
}

function replay(kind: FindingKind, intent: Intent): { frames: Shown[]; raised: Finding[] } {
  const watcher = new Watcher({ dhcp: { ranges: [], servers: null } });
  watcher.setIntent(intent, 0);
  const frames: Shown[] = [];
  const reader = new CaptureReader(
    (frame) => {
      frames.push({ at: frame.at, line: asTcpdump(frame.bytes.subarray(frame.start, frame.end)) });
      watcher.frame(frame);
    },
    { interfaceName: 'eth0' },
  );
  reader.push(readFileSync(ownCapture(`wire/${kind}.pcap`)));
  reader.end();
  watcher.finish();
  return { frames, raised: watcher.findings() };
}

/** The frames that the lines show, in the order of both; undefined for a line that shows none. */
function framesShown(lines: readonly string[], frames: readonly Shown[]): (Shown | undefined)[] {
  let next = 0;
  return lines.map((line) => {
    const [, time = '', text] = /^(?:((?:\d\d:)?\d\d\.\d{6}) )?(.*)$/.exec(line)!;
    const found = frames.findIndex((frame, i) => {
      return i >= next && frame.line === text && toIso(frame.at).includes(`:${time}`);
    });
    if (found === -1) return undefined;
    next = found + 1;
    return frames[found];
  });
}

describe.each(CAPTURES)('the capture of %s', (kind, intent, kinds) => {
  const { frames, raised } = replay(kind, intent);
  const onTheWire = partsOf(FINDINGS_SECTIONS.get(kind)!).get('on the wire')!;

  it('raises it', () => {
    expect(raised.map((finding) => finding.kind).sort()).toEqual([...kinds].sort());
  });

  it('holds every line of the excerpt, in its order, and among them the proof', () => {
    const shown = framesShown(excerptOf(onTheWire), frames);
    expect(shown).not.toContain(undefined);
    const { evidence } = raised.find((finding) => finding.kind === kind)!;
    expect(shown.map((frame) => frame!.at)).toContain(evidence[0]!.at);
  });
});

it('the evidence of wrong-announcer is told as the page tells it', () => {
  const { raised } = replay('wrong-announcer', HUNG_SPEAKER);
  const onTheWire = partsOf(FINDINGS_SECTIONS.get('wrong-announcer')!).get('on the wire')!;
  expect(onTheWire).toContain(`\`${raised[0]!.evidence[0]!.summary}\``);
});
