// What comes back to this node's service probes is handed on, and nothing else of TCP; what they showed joins its takeover.
import { describe, expect, it } from 'vitest';
import { SECOND } from '../../src/base/time.ts';
import { type IpAddress, isIpv4, parseIp } from '../../src/net/address.ts';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, encodeEthernet } from '../../src/net/ethernet.ts';
import { encodeIpv4 } from '../../src/net/ipv4.ts';
import { encodeIpv6 } from '../../src/net/ipv6.ts';
import { encodeTcp, TCP_ACK, TCP_RST, TCP_SYN } from '../../src/net/tcp.ts';
import type { TcpAnswer } from '../../src/watch/lan/dissect.ts';
import { CP, Lan, VIP, W1, W2 } from './lan.ts';

const PROBE_PORT = 0xfe42;
const OWN = parseIp('192.168.1.10')!;

interface Segment {
  readonly source?: IpAddress;
  readonly destination?: IpAddress;
  readonly destinationPort?: number;
  readonly flags?: number;
  readonly vlans?: readonly number[];
}

function segment(given: Segment = {}): Uint8Array {
  const { source = VIP, destination = OWN, vlans = [] } = given;
  const header = {
    sourcePort: 443,
    destinationPort: given.destinationPort ?? PROBE_PORT,
    sequence: 1,
    acknowledgment: 0xdeadbeef,
    flags: given.flags ?? TCP_SYN | TCP_ACK,
    window: 64_240,
    maximumSegmentSize: 1460,
  };
  const ethernet = { destinationMac: CP, sourceMac: W1, vlans };
  const tcp = encodeTcp(header, { source, destination });
  if (isIpv4(source) && isIpv4(destination)) {
    const packet = encodeIpv4({ source, destination, protocol: 6, timeToLive: 64 }, tcp);
    return encodeEthernet({ ...ethernet, etherType: ETHERTYPE_IPV4 }, packet, { padTo60: true });
  }
  if (isIpv4(source) || isIpv4(destination)) throw new TypeError('mixed');
  const packet = encodeIpv6({ source, destination, nextHeader: 6, hopLimit: 64 }, tcp);
  return encodeEthernet({ ...ethernet, etherType: ETHERTYPE_IPV6 }, packet);
}

function lan() {
  const answers: TcpAnswer[] = [];
  return { answers, made: new Lan(undefined, { onServiceAnswer: (answer) => answers.push(answer) }) };
}

describe('Watcher, of TCP', () => {
  const vip6 = { source: parseIp('fd00::50')!, destination: parseIp('fd00::10')! };

  it.each<[string, Segment]>([
    ['a SYN-ACK', {}],
    ['a refusal', { flags: TCP_RST | TCP_ACK }],
    ['a SYN-ACK behind a VLAN tag', { vlans: [10] }],
    ['a SYN-ACK over IPv6', vip6],
  ])('hands on %s', (_name, given) => {
    const { answers, made } = lan();
    made.frame(segment(given));
    expect(answers).toMatchObject([
      {
        at: made.now,
        source: given.source ?? VIP,
        destination: given.destination ?? OWN,
        header: {
          sourcePort: 443,
          destinationPort: PROBE_PORT,
          acknowledgment: 0xdeadbeef,
          flags: given.flags ?? TCP_SYN | TCP_ACK,
        },
      },
    ]);
    expect(made.events).toEqual([]);
    expect(made.watcher.claims()).toEqual([]);
    expect(made.watcher.counters()).toMatchObject({
      malformed: [],
      ignored: [{ reason: 'service-answer', count: 1 }],
    });
  });

  const damaged = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
  it.each<[string, Uint8Array, string]>([
    ['to another port', segment({ destinationPort: 8080 }), 'other-ipv4'],
    ['to another port over IPv6', segment({ ...vip6, destinationPort: 8080 }), 'other-ipv6'],
    ['that was damaged', damaged(segment(), 14 + 20 + 4), 'other-tcp'],
    ['whose IP header was damaged', damaged(segment(), 14 + 8), 'other-tcp'],
    ['that was damaged, over IPv6', damaged(segment(vip6), 14 + 40 + 4), 'other-tcp'],
    ['cut within its header', segment().slice(0, 14 + 20 + 12), 'other-tcp'],
    ['cut before its port', segment().slice(0, 14 + 20 + 2), 'other-ipv4'],
  ])('leaves what goes %s, and calls nothing malformed', (_name, bytes, reason) => {
    const { answers, made } = lan();
    made.frame(bytes);
    expect(answers).toEqual([]);
    expect(made.watcher.counters()).toMatchObject({ malformed: [], ignored: [{ reason, count: 1 }] });
  });

  it("leaves this node's own answers to the probes of others", () => {
    const { answers, made } = lan();
    made.frame(segment(), { outgoing: true });
    expect(answers).toEqual([]);
  });
});

describe('Watcher.setServiceGap()', () => {
  it('tells of it, and shows it with its takeover', () => {
    const made = new Lan();
    made.announce(W1, VIP).ask(VIP, 1, 10).reply(W1, VIP).wait(1000).ask(VIP, 2).announce(W2, VIP);
    made.ask(VIP, 1, 10).reply(W2, VIP).wait(10_000);
    const [takeover] = made.watcher.takeovers();
    expect(takeover).toMatchObject({ to: { node: 'w2' } });
    expect(takeover!.serviceGap).toBeUndefined();
    const gap = { gapMs: 2100, open: false, uncertaintyMs: 100, servedMs: 2000, note: null };
    const events = made.watcher.setServiceGap(takeover!, gap, made.now + SECOND);
    const measured = { ...takeover, serviceGap: gap };
    expect(events).toEqual([{ type: 'service-gap', at: made.now + SECOND, takeover: measured }]);
    expect(made.watcher.takeovers()).toEqual([measured]);
    // Forgotten, it is told of no more.
    expect(made.watcher.setServiceGap(takeover!, gap, made.now + 2 * SECOND)).toEqual([]);
  });
});
