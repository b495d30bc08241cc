import { describe, expect, it } from 'vitest';
import { MILLISECOND, type Micros, SECOND } from '../../src/base/time.ts';
import type { ServicePort, Vip } from '../../src/intent/intent.ts';
import { type IpAddress, parseIp, parseMac } from '../../src/net/address.ts';
import { decodeEthernet } from '../../src/net/ethernet.ts';
import { decodeIpv4 } from '../../src/net/ipv4.ts';
import { decodeIpv6 } from '../../src/net/ipv6.ts';
import { isProbePort } from '../../src/net/probe-ports.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';
import { decodeTcp, TCP_ACK, TCP_RST, TCP_SYN } from '../../src/net/tcp.ts';
import type { Probe, ProbeSource } from '../../src/probe/question.ts';
import { ServiceProber, type ServiceProbing } from '../../src/probe/service-prober.ts';
import { LedgerOfLan } from './ledger-of-lan.ts';

const OWN = parseMac('02:00:00:00:00:13')!;
const A = parseMac('02:00:00:00:00:11')!;
const B = parseMac('02:00:00:00:00:12')!;
const address = (text: string) => parseIp(text) as IpAddress;
const network = (text: string) => parseRange(text) as IpRange;
const VIP = address('192.168.1.60');
const VIP6 = address('fd00::60');
const HTTPS: ServicePort = { protocol: 'TCP', port: 443 };
const DNS: ServicePort = { protocol: 'UDP', port: 53 };

const ETH0: ProbeSource = {
  device: 'eth0',
  segment: 'eth0',
  mac: OWN,
  addresses: [
    { ip: address('192.168.1.13'), network: network('192.168.1.0/24') },
    { ip: address('fe80::13'), network: network('fe80::/64') },
    { ip: address('fd00::13'), network: network('fd00::/64') },
  ],
};
const ETH1: ProbeSource = {
  device: 'eth1',
  segment: 'eth1',
  mac: parseMac('02:00:00:00:01:13')!,
  addresses: [{ ip: address('10.0.0.13'), network: network('10.0.0.0/24') }],
};

interface Options {
  readonly vips?: readonly { address: IpAddress; ports?: readonly ServicePort[] }[];
  readonly probing?: ServiceProbing;
  readonly sources?: readonly ProbeSource[];
  readonly interval?: Micros;
}

function prober(options: Options = {}) {
  const { vips = [{ address: VIP, ports: [HTTPS] }], probing = 'on-demand', interval = SECOND } = options;
  const intended = new Map<IpAddress, Pick<Vip, 'ports'>>();
  const secret = new Uint8Array(32).fill(7);
  const lan = new LedgerOfLan(OWN);
  const made = new ServiceProber({
    probing,
    interval,
    secret,
    vip: (address) => intended.get(address),
    ownerOn: (device, address) => lan.answers.ownerOn(address, device),
  });
  LANS.set(made, lan);
  made.setSources(options.sources ?? [ETH0]);
  INTENDED.set(made, intended);
  setVips(made, vips);
  for (const vip of vips) seen(made, vip.address, 'eth0', A, 'announcement', 0);
  return made;
}

const LANS = new WeakMap<ServiceProber, LedgerOfLan>();
const INTENDED = new WeakMap<ServiceProber, Map<IpAddress, Pick<Vip, 'ports'>>>();

function seen(made: ServiceProber, ...claim: Parameters<LedgerOfLan['seen']>): void {
  LANS.get(made)!.seen(...claim);
}

/** All of them are its share, unless it is said which are. */
function setVips(made: ServiceProber, vips: NonNullable<Options['vips']>, share = vips): void {
  const intended = INTENDED.get(made)!;
  intended.clear();
  for (const vip of vips) intended.set(vip.address, vip);
  made.setShare(new Set(share.map(({ address }) => address)));
}

function read({ frame, device }: Probe) {
  const ethernet = decodeEthernet(frame);
  if (!ethernet.ok) throw new Error(ethernet.reason);
  const start = ethernet.value.payloadStart;
  const ip = ethernet.value.etherType === 0x0800 ? decodeIpv4(frame, start) : decodeIpv6(frame, start);
  if (!ip.ok) throw new Error(ip.reason);
  const tcp = decodeTcp(frame, ip.value.payloadStart, ip.value.payloadEnd, ip.value.pseudoHeaderSum);
  if (!tcp.ok) throw new Error(tcp.reason);
  const { sourceMac, destinationMac } = ethernet.value;
  const { source, destination } = ip.value;
  return { device, sourceMac, destinationMac, source, destination, tcp: tcp.value };
}

type Answer = Parameters<ServiceProber['answered']>[0];

/** What a host answers. */
function answerTo(probe: Probe, flags = TCP_SYN | TCP_ACK): Answer {
  const { source, destination, tcp } = read(probe);
  return {
    source: destination,
    destination: source,
    header: {
      sourcePort: tcp.destinationPort,
      destinationPort: tcp.sourcePort,
      sequence: 1000,
      acknowledgment: (tcp.sequence + 1) >>> 0,
      flags,
      window: 0,
      maximumSegmentSize: null,
    },
  };
}

/** Every probe in a stretch of time, asked for whenever the prober wants to be asked. */
function during(
  made: ServiceProber,
  from: Micros,
  to: Micros,
  then: (probe: Probe, at: Micros) => void = () => {},
) {
  const probes: { probe: Probe; at: Micros }[] = [];
  for (let turns = 0; made.nextAt() < to && turns < 100_000; turns += 1) {
    const at = Math.max(from, made.nextAt() + 1);
    for (const probe of made.due(at)) {
      probes.push({ probe, at });
      then(probe, at);
    }
  }
  return probes;
}

describe('ServiceProber', () => {
  it('asks for a connection as a client would: from its own address, to the MAC that announced the VIP', () => {
    const made = prober();
    made.probeFast(VIP, SECOND);
    const [probe] = made.due(0);
    const { tcp, ...where } = read(probe!);
    expect(where).toEqual({
      device: 'eth0',
      sourceMac: OWN,
      destinationMac: A,
      source: '192.168.1.13',
      destination: VIP,
    });
    expect(tcp).toMatchObject({
      destinationPort: 443,
      flags: TCP_SYN,
      acknowledgment: 0,
      maximumSegmentSize: 1460,
      checksum: 'verified',
    });
    expect(isProbePort(tcp.sourcePort)).toBe(true);
  });

  it('does so over IPv6, from an address of the same network', () => {
    const made = prober({ vips: [{ address: VIP6, ports: [HTTPS] }] });
    made.probeFast(VIP6, SECOND);
    const { source, destination, tcp } = read(made.due(0)[0]!);
    expect({ source, destination, mss: tcp.maximumSegmentSize }).toEqual({
      source: 'fd00::13',
      destination: VIP6,
      mss: 1440,
    });
  });

  it('is silent until it is to probe fast, and again afterwards', () => {
    const made = prober();
    expect(made.nextAt()).toBe(Number.POSITIVE_INFINITY);
    expect(made.due(SECOND)).toEqual([]);
    made.probeFast(VIP, 3 * SECOND);
    expect(during(made, 2 * SECOND, 10 * SECOND)).toHaveLength(20);
    expect(made.nextAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it('asks twenty times a second while it is to probe fast', () => {
    const made = prober();
    made.probeFast(VIP, 10 * SECOND);
    expect(during(made, 0, 10 * SECOND).length).toBe(200);
  });

  it('asks at the probe interval where told to, and faster while it is to probe fast', () => {
    const made = prober({ probing: 'always' });
    expect(during(made, 0, 5 * SECOND)).toHaveLength(5);
    made.probeFast(VIP, 6 * SECOND);
    expect(during(made, 5 * SECOND, 6 * SECOND)).toHaveLength(20);
    expect(during(made, 6 * SECOND, 10 * SECOND).length).toBeLessThanOrEqual(5);
  });

  it('asks as it is told anew', () => {
    const made = prober();
    expect(during(made, 0, 5 * SECOND)).toEqual([]);
    made.setProbing({ probing: 'always', interval: SECOND });
    expect(during(made, 5 * SECOND, 10 * SECOND)).toHaveLength(5);
    made.probeFast(VIP, 60 * SECOND);
    made.setProbing({ probing: 'never', interval: SECOND });
    expect(during(made, 10 * SECOND, 20 * SECOND)).toEqual([]);
    made.setProbing({ probing: 'on-demand', interval: SECOND });
    expect(during(made, 20 * SECOND, 30 * SECOND)).toEqual([]);
    made.probeFast(VIP, 31 * SECOND);
    expect(during(made, 30 * SECOND, 31 * SECOND)).toHaveLength(20);
  });

  it('never asks where that is switched off', () => {
    const made = prober({ probing: 'never' });
    made.probeFast(VIP, SECOND);
    expect(during(made, 0, SECOND)).toEqual([]);
    expect(made.outage(VIP, 'eth0', 0, B)).toMatchObject({ note: 'service probes are switched off' });
  });

  it('keeps to its budget, however many VIPs are to be probed fast', () => {
    const vips = Array.from({ length: 200 }, (_, i) => ({
      address: address(`192.168.1.${i + 20}`),
      ports: [HTTPS],
    }));
    const made = prober({ vips, probing: 'always' });
    expect(during(made, 0, 10 * SECOND).length).toBeLessThanOrEqual(1000);
    for (const vip of vips.slice(0, 100)) made.probeFast(vip.address, 20 * SECOND);
    const probes = during(made, 10 * SECOND, 20 * SECOND);
    expect(probes.length).toBeLessThanOrEqual(2002);
    expect(new Set(probes.map(({ probe }) => probe.target)).size).toBe(200);
  });

  it.each<[string, Options, string]>([
    ['a VIP of UDP Services', { vips: [{ address: VIP, ports: [DNS] }] }, 'UDP only'],
    [
      'a VIP of SCTP Services',
      { vips: [{ address: VIP, ports: [{ protocol: 'SCTP', port: 1 }] }] },
      'no TCP port',
    ],
    ['a VIP without ports', { vips: [{ address: VIP }] }, 'no port known'],
    ['a VIP that is not on-link', { sources: [ETH1] }, 'not on a network of this node'],
  ])('asks nothing of %s, and says so', (_name, options, note) => {
    const made = prober({ ...options, probing: 'always' });
    seen(made, VIP, 'eth1', A, 'announcement', 0);
    made.probeFast(VIP, SECOND);
    expect(during(made, 0, SECOND)).toEqual([]);
    expect(made.outage(VIP, 'eth0', 0, B)).toEqual({ kind: 'unmeasured', note, servedAt: null });
  });

  it('asks for the TCP port of a VIP that has a UDP port first', () => {
    const made = prober({ vips: [{ address: VIP, ports: [DNS, HTTPS] }], probing: 'always' });
    expect(read(made.due(0)[0]!).tcp.destinationPort).toBe(443);
  });

  it('asks nothing of what is no VIP, nor before anyone announced it, nor of itself', () => {
    const made = prober({ probing: 'always' });
    seen(made, address('192.168.1.99'), 'eth0', A, 'announcement', 0);
    made.probeFast(address('192.168.1.99'), SECOND);
    expect(during(made, 0, SECOND).map(({ probe }) => probe.target)).toEqual([VIP]);
    seen(made, VIP, 'eth0', OWN, 'announcement', SECOND);
    expect(during(made, SECOND, 3 * SECOND)).toEqual([]);
    expect(made.outage(VIP, 'eth0', SECOND, OWN)).toMatchObject({ note: 'this node announces the VIP' });
    setVips(made, [{ address: address('192.168.1.61'), ports: [HTTPS] }]);
    expect(during(made, 3 * SECOND, 5 * SECOND)).toEqual([]);
    setVips(made, []);
    expect(made.nextAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it('does not heed who announces the VIP on another segment', () => {
    const made = prober({ probing: 'always', sources: [ETH1, ETH0] });
    seen(made, VIP, 'eth1', B, 'announcement', 1);
    expect(read(made.due(1)[0]!)).toMatchObject({ device: 'eth0', destinationMac: A });
  });

  it('never sends from the VIP, where the node has it as an address', () => {
    const own = { ip: VIP, network: network('192.168.1.0/24') };
    const made = prober({
      probing: 'always',
      sources: [{ ...ETH0, addresses: [own, ...ETH0.addresses] }],
    });
    expect(read(made.due(0)[0]!).source).toBe('192.168.1.13');
  });

  it('turns to a new announcer at its announcement, but not at an answer while the known one is there', () => {
    const made = prober({ probing: 'always' });
    const asked = (at: Micros) => {
      made.probeFast(VIP, at + 1);
      return read(made.due(at)[0]!).destinationMac;
    };
    seen(made, VIP, 'eth0', A, 'reply', SECOND);
    seen(made, VIP, 'eth0', B, 'reply', SECOND + 1);
    expect(asked(SECOND + 2)).toBe(A);
    seen(made, VIP, 'eth0', B, 'announcement', 2 * SECOND);
    seen(made, VIP, 'eth0', A, 'reply', 2 * SECOND + 1);
    expect(asked(2 * SECOND + 2)).toBe(B);
    seen(made, VIP, 'eth0', A, 'reply', 4 * SECOND);
    expect(asked(4 * SECOND + 1)).toBe(A);
  });

  it('uses every port of its block before any again, and numbers that do not repeat', () => {
    const made = prober();
    made.probeFast(VIP, 60 * SECOND);
    const probes = during(made, 0, 256 * 50 * MILLISECOND).map(({ probe }) => read(probe).tcp);
    expect(probes).toHaveLength(256);
    expect(new Set(probes.map(({ sourcePort }) => sourcePort)).size).toBe(256);
    expect(new Set(probes.map(({ sequence }) => sequence)).size).toBe(256);
  });

  it('counts what came back, each answer once', () => {
    const made = prober({ probing: 'always' });
    const [first] = made.due(0);
    made.answered(answerTo(first!), 2 * MILLISECOND);
    made.answered(answerTo(first!), 3 * MILLISECOND);
    const [second] = made.due(SECOND);
    made.answered(answerTo(second!, TCP_RST | TCP_ACK), SECOND + 1);
    made.due(2 * SECOND);
    during(made, 2 * SECOND, 3.5 * SECOND);
    const { served, refused, unanswered } = made;
    expect({ served, refused, unanswered }).toEqual({ served: 1, refused: 1, unanswered: 1 });
  });

  it('closes what was opened, and answers a refusal with nothing', () => {
    const made = prober({ probing: 'always' });
    const [probe] = made.due(0);
    const syn = read(probe!).tcp;
    const resets = made.answered(answerTo(probe!), 1);
    expect(resets).toHaveLength(1);
    expect(read(resets[0]!)).toMatchObject({
      device: 'eth0',
      destinationMac: A,
      source: '192.168.1.13',
      destination: VIP,
      tcp: {
        sourcePort: syn.sourcePort,
        destinationPort: 443,
        sequence: syn.sequence + 1,
        flags: TCP_RST,
        checksum: 'verified',
      },
    });
    const [next] = made.due(SECOND);
    expect(made.answered(answerTo(next!, TCP_RST | TCP_ACK), SECOND)).toEqual([]);
  });

  const good = (probe: Probe) => answerTo(probe);
  it.each<[string, (probe: Probe) => Answer]>([
    [
      'acknowledges another number',
      (probe) => ({
        ...good(probe),
        header: { ...good(probe).header, acknowledgment: good(probe).header.acknowledgment + 1 },
      }),
    ],
    [
      'goes to a port that nothing was sent from',
      (probe) => ({
        ...good(probe),
        header: { ...good(probe).header, destinationPort: good(probe).header.destinationPort ^ 1 },
      }),
    ],
    [
      'comes from another port',
      (probe) => ({ ...good(probe), header: { ...good(probe).header, sourcePort: 80 } }),
    ],
    ['comes from another address', (probe) => ({ ...good(probe), source: address('192.168.1.61') })],
    ['goes to another address', (probe) => ({ ...good(probe), destination: address('192.168.1.14') })],
    ['is a bare RST', (probe) => answerTo(probe, TCP_RST)],
    ['is neither', (probe) => answerTo(probe, TCP_ACK)],
  ])('does not believe an answer that %s', (_name, forged) => {
    const made = prober({ probing: 'always' });
    const [probe] = made.due(0);
    expect(made.answered(forged(probe!), 1)).toEqual([]);
    expect(made.served + made.refused).toBe(0);
    made.answered(good(probe!), 2);
    expect(made.served).toBe(1);
  });

  it('takes no answer that comes a second late: the server may have repeated it', () => {
    const made = prober({ probing: 'always' });
    const [probe] = made.due(0);
    expect(made.answered(answerTo(probe!), SECOND + 1)).toEqual([]);
    expect(made.served).toBe(0);
  });

  it('counts what could not be sent apart, and expects no answer to it', () => {
    const made = prober({ probing: 'always' });
    for (const probe of made.due(0)) made.notSent(probe.target);
    during(made, SECOND, 3.9 * SECOND, (probe, at) => made.answered(answerTo(probe), at));
    expect({ unsent: made.unsent, unanswered: made.unanswered }).toEqual({ unsent: 1, unanswered: 0 });
  });
});

/** A machine that holds the VIP and answers, or not, at each moment. */
type Served = (at: Micros) => 'served' | 'refused' | 'silent';

describe('ServiceProber.outage()', () => {
  /** From 0 to 20 s; `b` announces at `taken`. */
  function takeover(taken: Micros, a: Served, b: Served, options: Options & { fastAt?: Micros } = {}) {
    const made = prober(options);
    let isTaken = false;
    if (options.fastAt === undefined) made.probeFast(VIP, 20 * SECOND);
    const turn = (from: Micros, to: Micros) =>
      during(made, from, to, (probe, at) => {
        const asked = read(probe).destinationMac === A ? a : b;
        const answer = asked(at);
        if (answer === 'served') made.answered(answerTo(probe), at + 100);
        if (answer === 'refused') made.answered(answerTo(probe, TCP_RST | TCP_ACK), at + 100);
        if (isTaken) expect(read(probe).destinationMac).toBe(B);
      });
    if (options.fastAt !== undefined) {
      turn(0, options.fastAt);
      made.probeFast(VIP, 20 * SECOND);
    }
    turn(options.fastAt ?? 0, taken);
    seen(made, VIP, 'eth0', B, 'announcement', taken);
    isTaken = true;
    turn(taken, 20 * SECOND);
    return made;
  }
  const always: Served = () => 'served';
  const never: Served = () => 'silent';
  const until =
    (end: Micros): Served =>
    (at) =>
      at < end ? 'served' : 'silent';
  const from =
    (start: Micros, before: 'silent' | 'refused' = 'silent'): Served =>
    (at) =>
      at < start ? before : 'served';

  it('goes from the last SYN-ACK before to the first one by the new announcer, give or take two probes', () => {
    const made = takeover(8 * SECOND, until(5 * SECOND), from(8.5 * SECOND));
    const outage = made.outage(VIP, 'eth0', 5 * SECOND, B);
    if (outage.kind !== 'measured') throw new Error(outage.kind);
    expect(Math.abs(outage.gapMs - 3500)).toBeLessThanOrEqual(100);
    expect(outage.uncertaintyMs).toBeGreaterThan(0);
    expect(outage.uncertaintyMs).toBeLessThanOrEqual(101);
    // Neither less than what was proven nor more than what was seen.
    expect(outage.gapMs).toBeGreaterThanOrEqual(3500);
    expect(outage.gapMs - outage.uncertaintyMs).toBeLessThanOrEqual(3500);
    expect(Math.abs(outage.servedAt - 8.5 * SECOND)).toBeLessThanOrEqual(51 * MILLISECOND);
  });

  it('is 0 where the old node served on until the clients turned to the new one', () => {
    const outage = takeover(8 * SECOND, always, always).outage(VIP, 'eth0', 5 * SECOND, B);
    expect(outage).toMatchObject({ kind: 'measured', gapMs: 0, uncertaintyMs: 0 });
    if (outage.kind !== 'measured') throw new Error(outage.kind);
    expect(outage.servedAt - 8 * SECOND).toBeLessThanOrEqual(51 * MILLISECOND);
  });

  it('counts the time in which the new node refuses: it announces, its service is not up', () => {
    const made = takeover(8 * SECOND, until(8 * SECOND), from(10 * SECOND, 'refused'));
    const outage = made.outage(VIP, 'eth0', 8 * SECOND, B);
    if (outage.kind !== 'measured') throw new Error(outage.kind);
    expect(Math.abs(outage.gapMs - 2000)).toBeLessThanOrEqual(100);
    expect(made.refused).toBe(40);
  });

  it('does not count a service that was refused on the old node as an outage of the new one alone', () => {
    const outage = takeover(8 * SECOND, until(2 * SECOND), always).outage(VIP, 'eth0', 7 * SECOND, B);
    if (outage.kind !== 'measured') throw new Error(outage.kind);
    expect(Math.abs(outage.gapMs - 6000)).toBeLessThanOrEqual(100);
  });

  it('is known no sooner than the service is back', () => {
    expect(takeover(8 * SECOND, until(5 * SECOND), never).outage(VIP, 'eth0', 5 * SECOND, B)).toMatchObject({
      kind: 'open',
    });
  });

  it('says when the service was back, but no gap, where probing began with the outage', () => {
    const options = { fastAt: 6 * SECOND };
    const outage = takeover(8 * SECOND, until(5 * SECOND), from(8.5 * SECOND), options).outage(
      VIP,
      'eth0',
      6.5 * SECOND,
      B,
    );
    expect(outage).toMatchObject({ kind: 'unmeasured', note: 'no SYN-ACK before the takeover' });
    if (outage.kind !== 'unmeasured') throw new Error(outage.kind);
    expect(Math.abs(outage.servedAt! - 8.5 * SECOND)).toBeLessThanOrEqual(51 * MILLISECOND);
  });

  it('has nothing from before a pause in probing', () => {
    const made = prober();
    made.probeFast(VIP, SECOND);
    during(made, 0, SECOND, (probe, at) => made.answered(answerTo(probe), at + 100));
    made.probeFast(VIP, 60 * SECOND);
    seen(made, VIP, 'eth0', B, 'announcement', 50 * SECOND);
    during(made, 50 * SECOND, 55 * SECOND, (probe, at) => made.answered(answerTo(probe), at + 100));
    // Nobody knows since when it served: it did so when it was first asked.
    expect(made.outage(VIP, 'eth0', 49 * SECOND, B)).toEqual({
      kind: 'unmeasured',
      note: 'not probed before the takeover',
      servedAt: null,
    });
  });

  it('is known to be unmeasured at once, where nobody asked during the takeover', () => {
    const made = prober();
    made.probeFast(VIP, SECOND);
    during(made, 0, SECOND, (probe, at) => made.answered(answerTo(probe), at + 100));
    seen(made, VIP, 'eth0', B, 'announcement', 50 * SECOND);
    expect(made.outage(VIP, 'eth0', 49 * SECOND, B)).toMatchObject({
      kind: 'unmeasured',
      note: 'not probed before the takeover',
    });
  });

  it('is not measured on a segment where nothing is asked', () => {
    const made = takeover(8 * SECOND, until(5 * SECOND), from(8.5 * SECOND));
    expect(made.outage(VIP, 'eth1', 5 * SECOND, B)).toMatchObject({ note: 'not on a network of this node' });
    expect(made.outage(VIP, undefined, 5 * SECOND, B)).toMatchObject({
      note: 'not on a network of this node',
    });
  });

  it('measures with the probe interval as its uncertainty where nothing asks for more', () => {
    const made = prober({ probing: 'always' });
    const serving = (probe: Probe, at: Micros) => made.answered(answerTo(probe), at + 100);
    during(made, 0, 15 * SECOND, serving);
    during(made, 15 * SECOND, 19.5 * SECOND);
    seen(made, VIP, 'eth0', B, 'announcement', 19.5 * SECOND);
    during(made, 19.5 * SECOND, 22 * SECOND, serving);
    const outage = made.outage(VIP, 'eth0', 15 * SECOND, B);
    if (outage.kind !== 'measured') throw new Error(outage.kind);
    expect(outage.gapMs).toBeGreaterThanOrEqual(4500);
    expect(outage.gapMs - outage.uncertaintyMs).toBeLessThanOrEqual(4500);
    expect(outage.uncertaintyMs).toBeGreaterThan(1000);
    expect(outage.uncertaintyMs).toBeLessThanOrEqual(2001);
  });

  it('tells the takeover there from the one back', () => {
    const made = prober();
    made.probeFast(VIP, 30 * SECOND);
    const dead = (at: Micros) =>
      (at > 5 * SECOND && at < 7 * SECOND) || (at > 15 * SECOND && at < 16 * SECOND);
    const turn = (start: Micros, end: Micros) =>
      during(made, start, end, (probe, at) => {
        if (!dead(at)) made.answered(answerTo(probe), at + 100);
      });
    turn(0, 6 * SECOND);
    seen(made, VIP, 'eth0', B, 'announcement', 6 * SECOND);
    turn(6 * SECOND, 15.5 * SECOND);
    seen(made, VIP, 'eth0', A, 'announcement', 15.5 * SECOND);
    turn(15.5 * SECOND, 20 * SECOND);
    const there = made.outage(VIP, 'eth0', 5 * SECOND, B);
    const back = made.outage(VIP, 'eth0', 15 * SECOND, A);
    if (there.kind !== 'measured' || back.kind !== 'measured') throw new Error('not measured');
    expect(Math.abs(there.gapMs - 2000)).toBeLessThanOrEqual(100);
    expect(Math.abs(back.gapMs - 1000)).toBeLessThanOrEqual(100);
  });
});
