import { describe, expect, it } from 'vitest';
import { decodeArp } from '../../src/arp/packet.ts';
import { decodeNdp } from '../../src/ndp/packet.ts';
import { type IpAddress, parseIp, parseMac } from '../../src/net/address.ts';
import { decodeEthernet } from '../../src/net/ethernet.ts';
import { decodeIpv6 } from '../../src/net/ipv6.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';
import { MILLISECOND, SECOND } from '../../src/net/time.ts';
import { Prober, type ProbeSource } from '../../src/probe/prober.ts';

const OWN = parseMac('02:00:00:00:00:12')!;
const OTHER = parseMac('02:00:00:00:00:11')!;
const address = (text: string) => parseIp(text) as IpAddress;
const network = (text: string) => parseRange(text) as IpRange;

const ETH0: ProbeSource = {
  device: 'eth0',
  mac: OWN,
  addresses: [
    { ip: address('192.168.1.12'), network: network('192.168.1.0/24') },
    { ip: address('fe80::12'), network: network('fe80::/64') },
    { ip: address('fd00::12'), network: network('fd00::/64') },
  ],
};
const ETH1: ProbeSource = {
  device: 'eth1',
  mac: OWN,
  addresses: [{ ip: address('10.0.0.12'), network: network('10.0.0.0/24') }],
};

function prober(vips: readonly string[], sources: readonly ProbeSource[] = [ETH0], options = {}) {
  const made = new Prober({ interval: SECOND, maxPerSecond: 1000, ...options });
  made.setSources(sources);
  made.setTargets(vips.map(address), 0);
  return made;
}

/** Every probe in a stretch of time, asked for whenever the prober wants to be asked. */
function during(made: Prober, from: number, to: number) {
  const probes = [];
  for (let turns = 0; made.nextAt() < to && turns < 100_000; turns += 1)
    probes.push(...made.due(Math.max(from, made.nextAt())));
  return probes;
}

describe('Prober', () => {
  it('asks by broadcast for an IPv4 VIP, from the own address on its network', () => {
    const [probe] = prober(['192.168.1.50'], [ETH1, ETH0]).due(0);
    expect(probe?.device).toBe('eth0');
    const ethernet = decodeEthernet(probe!.frame);
    expect(ethernet).toMatchObject({
      ok: true,
      value: { destinationMac: 'ff:ff:ff:ff:ff:ff', sourceMac: OWN },
    });
    expect(decodeArp(probe!.frame, 14)).toMatchObject({
      ok: true,
      value: { operation: 1, senderMac: OWN, senderIp: '192.168.1.12', targetIp: '192.168.1.50' },
    });
  });

  it('asks by multicast with its link-layer address for an IPv6 VIP, as MetalLB wants it', () => {
    const [probe] = prober(['fd00::50']).due(0);
    expect(decodeEthernet(probe!.frame)).toMatchObject({
      ok: true,
      value: { destinationMac: '33:33:ff:00:00:50' },
    });
    const ip = decodeIpv6(probe!.frame, 14);
    if (!ip.ok) throw new Error(ip.reason);
    expect(ip.value).toMatchObject({ source: 'fe80::12', destination: 'ff02::1:ff00:50' });
    expect(decodeNdp(probe!.frame, ip.value.payloadStart, ip.value.payloadEnd, ip.value)).toMatchObject({
      ok: true,
      value: { kind: 'neighbor-solicitation', targetIp: 'fd00::50', sourceMac: OWN },
    });
  });

  it('asks everywhere for a VIP that is on no own network, and nowhere without an own address', () => {
    expect(
      prober(['172.16.0.1'], [ETH0, ETH1])
        .due(0)
        .map((probe) => probe.device),
    ).toEqual(['eth0', 'eth1']);
    expect(prober(['192.168.1.50'], [{ ...ETH0, addresses: [] }]).due(0)).toEqual([]);
  });

  it('asks for each VIP once an interval, spread over it', () => {
    const vips = Array.from({ length: 50 }, (_, i) => `192.168.1.${i + 50}`);
    const made = prober(vips);
    const first = during(made, 0, 100 * MILLISECOND);
    expect(first.length).toBe(5);
    const rest = during(made, 100 * MILLISECOND, 10 * SECOND);
    expect(first.length + rest.length).toBe(500);
  });

  it('stretches the interval rather than exceed its rate', () => {
    const vips = Array.from({ length: 200 }, (_, i) => `192.168.1.${i + 50}`);
    expect(during(prober(vips, [ETH0], { maxPerSecond: 20 }), 0, 10 * SECOND)).toHaveLength(200);
  });

  it('does not make up for a pause', () => {
    const made = prober(['192.168.1.50']);
    made.due(0);
    expect(made.due(3600 * SECOND)).toHaveLength(1);
    expect(made.nextAt()).toBeGreaterThan(3600 * SECOND);
  });

  it('counts answers with their round trip, and probes without one', () => {
    const roundTrips: number[] = [];
    const made = prober(['192.168.1.50'], [ETH0], {
      onRoundTrip: (seconds: number) => roundTrips.push(seconds),
    });
    made.due(0);
    made.seen(address('192.168.1.50'), OTHER, 2 * MILLISECOND);
    made.seen(address('192.168.1.50'), OTHER, 3 * MILLISECOND);
    made.due(SECOND);
    made.due(2 * SECOND);
    expect({ answered: made.answered, unanswered: made.unanswered, roundTrips }).toEqual({
      answered: 1,
      unanswered: 1,
      roundTrips: [0.002],
    });
  });

  it('expects no answer for the VIPs that this node announces, until another node announces them', () => {
    const made = prober(['192.168.1.50']);
    made.seen(address('192.168.1.50'), OWN, 0);
    expect(during(made, 0, 5 * SECOND)).toHaveLength(5);
    expect(made.unanswered).toBe(0);
    made.seen(address('192.168.1.50'), OTHER, 5 * SECOND);
    expect(during(made, 5 * SECOND, 10 * SECOND)).toHaveLength(5);
    expect(made.unanswered).toBe(4);
  });

  it('counts what could not be sent apart from what was not answered', () => {
    const made = prober(['192.168.1.50']);
    for (const probe of made.due(0)) made.notSent(probe.target);
    made.due(SECOND);
    expect({ refused: made.refused, unanswered: made.unanswered }).toEqual({ refused: 1, unanswered: 0 });
  });

  it('is silent without VIPs', () => {
    const made = prober(['192.168.1.50']);
    made.setTargets([], 0);
    expect(made.nextAt()).toBe(Number.POSITIVE_INFINITY);
    expect(made.due(SECOND)).toEqual([]);
  });
});
