// What a failover does to the service behind the VIP, measured by a real agent with a real TCP server on each node.
import { describe, expect, it, vi } from 'vitest';
import { isRoot } from '../../lab/cell.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from '../../lab/roles/agent.ts';
import { becameMaster, startKeepalived } from '../../lab/roles/keepalived.ts';
import { SECOND } from '../../src/base/time.ts';
import type { ConfigFile } from '../../src/config/schema.ts';
import { isProbePort } from '../../src/net/probe-ports.ts';
import { TCP_RST, TCP_SYN } from '../../src/net/tcp.ts';
import type { renderTakeover } from '../../src/serve/render/render.ts';
import { labUnavailable } from './available.ts';
import { isSynAck, type RecordedSegment, readSegments } from './segments.ts';

const VIP = '192.168.1.60';
const VIP6 = 'fd00::60';
const PORT = 8080;
/** The state in /proc/net/tcp6 (linux/tcp_states.h). */
const SYN_RECEIVED = '03';
const A = { name: 'a', mac: '02:00:00:00:00:11', address: '192.168.1.11' };
const B = { name: 'b', mac: '02:00:00:00:00:12', address: '192.168.1.12' };
const C = { name: 'c', mac: '02:00:00:00:00:13', address: '192.168.1.13' };
const INTERVAL_MS = 100;
/** A server repeats its SYN-ACK after a second. */
const CLOSED_WITHIN = SECOND;

function config(ports: { port: number; protocol?: 'TCP' | 'UDP' }[], vip = VIP): ConfigFile {
  return {
    intent: {
      source: 'static',
      static: {
        vips: [{ address: vip, service: 'edge/proxy', ports }],
        nodes: [A, B, C].map(({ name, mac, address }) => ({ name, macs: [mac], addresses: [address] })),
      },
    },
    probe: { interval: `${INTERVAL_MS}ms`, services: 'always' },
  };
}

type TakeoverJson = ReturnType<typeof renderTakeover>;

async function startServer(host: Host): Promise<void> {
  const server = host.spawnScript('test/lab/tcp-server.ts', [String(PORT)]);
  await server.waitForLine(/^listening$/);
}

async function failover(
  lab: Lab,
  ports: { port: number; protocol?: 'TCP' | 'UDP' }[],
  steps: {
    readonly prepare?: (c: Host) => Promise<void>;
    readonly onTakeover?: (b: Host) => Promise<void>;
  } = {},
) {
  const hosts = [A, B, C].map(({ name, mac, address }) => lab.host(name, { mac, address: `${address}/24` }));
  const [a, b, c] = (await Promise.all(hosts)) as [Host, Host, Host];
  await steps.prepare?.(c);
  await startServer(a);
  if (!steps.onTakeover) await startServer(b);
  const capture = await lab.switch.capture();
  const first = await startKeepalived(a, { vip: `${VIP}/24`, priority: 200 });
  await becameMaster(first);
  const second = await startKeepalived(b, { vip: `${VIP}/24`, priority: 100 });
  const { api } = await startAgent(c, config(ports));
  const count = async (result: string) => {
    const [line = ''] = await api.metrics(`vipwatch_service_probes_total{result="${result}"}`);
    return Number(line.split(' ').at(-1));
  };
  const answered = async () =>
    (await api.metrics('vipwatch_probes_total{how="unicast",result="answered"}'))[0];
  const before = await answered();
  await vi.waitUntil(async () => (await answered()) !== before, { timeout: 60_000 });
  const isTcp = ports.some(({ protocol }) => protocol !== 'UDP');
  if (isTcp) await vi.waitUntil(async () => (await count('served')) > 2, { timeout: 60_000 });

  await a.powerOff();
  await becameMaster(second);
  await steps.onTakeover?.(b);
  const takeovers = async () => (await api.json<{ items: TakeoverJson[] }>('/api/v1/takeovers')).items;
  const isMeasured = async () => {
    const [latest] = await takeovers();
    return latest !== undefined && latest.serviceNote !== 'not measured';
  };
  await vi.waitUntil(isMeasured, { timeout: 60_000 });
  const found = await takeovers();
  expect(found).toMatchObject([{ ip: VIP, from: { node: 'a' }, to: { node: 'b' } }]);
  const counts = { served: await count('served'), refused: await count('refused') };
  const critical = (await api.findings('all')).filter(({ severity }) => severity === 'critical');
  expect(critical).toEqual([]);
  const gaps = await api.metrics('vipwatch_service_gap_seconds_count');
  return { takeover: found[0]!, counts, gaps, segments: readSegments(await capture.stop()) };
}

function needsRoot(): boolean {
  if (isRoot()) return false;
  console.warn('skipped: the switch records TCP only for root');
  return true;
}

/** Each SYN-ACK has its RST, and no RST is of any other; but for those at the capture's ends, which may part the two. */
function expectEachClosed(segments: readonly RecordedSegment[]): void {
  const synAcks = segments.filter((segment) => isSynAck(segment) && segment.source === VIP);
  const resets = segments.filter(({ sourceMac, flags }) => sourceMac === C.mac && flags === TCP_RST);
  const opened = new Map(
    synAcks.map((segment) => [`${segment.destinationPort} ${segment.acknowledgment}`, segment]),
  );
  const closed = new Map(resets.map((segment) => [`${segment.sourcePort} ${segment.sequence}`, segment]));
  const alone = (one: typeof opened, other: typeof opened) =>
    [...one].filter(([key]) => !other.has(key)).map(([, { at }]) => at);
  const end = segments.at(-1)!.at;
  expect(alone(opened, closed).filter((at) => end - at > CLOSED_WITHIN)).toEqual([]);
  expect(alone(closed, opened).filter((at) => at - segments[0]!.at > CLOSED_WITHIN)).toEqual([]);
}

describe.skipIf(labUnavailable('keepalived') || needsRoot())('the service behind a VIP', () => {
  it('is away from its last SYN-ACK to the first one of the new node, as the switch recorded them', async () => {
    await using lab = await Lab.create();
    const { takeover, gaps, segments } = await failover(lab, [{ port: PORT }]);
    const synAcks = segments.filter((segment) => isSynAck(segment) && segment.source === VIP);
    const lastOld = synAcks.findLast(({ sourceMac }) => sourceMac === A.mac)!;
    const firstNew = synAcks.find(({ sourceMac }) => sourceMac === B.mac)!;
    const { serviceGapMs, serviceUncertaintyMs, serviceNote } = takeover;
    expect(serviceNote).toBeNull();
    expect(Math.abs(serviceGapMs! - (firstNew.at - lastOld.at) / 1000)).toBeLessThan(INTERVAL_MS);
    expect(serviceUncertaintyMs).toBeLessThan(serviceGapMs!);
    expect(gaps).toEqual([
      `vipwatch_service_gap_seconds_count{ip="${VIP}",namespace="edge",service="proxy",class="failover"} 1`,
    ]);

    // Nothing but SYN, and for each SYN-ACK an RST that closes it.
    const sent = segments.filter(({ sourceMac }) => sourceMac === C.mac);
    expect(sent.every(({ sourcePort, destination }) => isProbePort(sourcePort) && destination === VIP)).toBe(
      true,
    );
    expect(new Set(sent.map(({ flags }) => flags))).toEqual(new Set([TCP_SYN, TCP_RST]));
    expectEachClosed(segments);
    // None is sent twice: no server had to repeat its SYN-ACK.
    const answered = synAcks.map(
      ({ destinationPort, acknowledgment }) => `${destinationPort} ${acknowledgment}`,
    );
    expect(new Set(answered).size).toBe(answered.length);
  });

  it('is away while the new node announces the VIP and refuses; its connections are closed where the VIP is local', async () => {
    await using lab = await Lab.create();
    const { takeover, counts, segments } = await failover(lab, [{ port: PORT }], {
      // As kube-proxy in IPVS mode does with strictARP: this kernel drops what seems to come from itself, unanswered.
      prepare: async (c) => {
        const strictArp = 'cd /proc/sys/net/ipv4/conf/all && echo 1 >arp_ignore && echo 2 >arp_announce';
        await c.run(['sh', '-c', strictArp]);
        await c.run(['ip', 'address', 'add', `${VIP}/32`, 'dev', 'lo']);
      },
      onTakeover: startServer,
    });
    const fromNew = segments.filter(({ sourceMac, source }) => sourceMac === B.mac && source === VIP);
    const refusals = fromNew.filter(({ flags }) => (flags & TCP_RST) !== 0);
    expect(refusals.length).toBeGreaterThan(0);
    expect(counts.refused).toBeGreaterThan(0);
    expect(counts.refused).toBeLessThanOrEqual(refusals.length);
    const synAcks = segments.filter((segment) => isSynAck(segment) && segment.source === VIP);
    const lastOld = synAcks.findLast(({ sourceMac }) => sourceMac === A.mac)!;
    const firstNew = synAcks.find(({ sourceMac }) => sourceMac === B.mac)!;
    expect(Math.abs(takeover.serviceGapMs! - (firstNew.at - lastOld.at) / 1000)).toBeLessThan(INTERVAL_MS);
    expect(takeover.serviceGapMs!).toBeGreaterThan(takeover.gapMs - takeover.uncertaintyMs);

    const resets = segments.filter(({ sourceMac, flags }) => sourceMac === C.mac && flags === TCP_RST);
    expect(resets.length).toBeGreaterThan(0);
    // One each: the agent's own, for the kernel says nothing.
    expect(new Set(resets.map(({ sourcePort, sequence }) => `${sourcePort} ${sequence}`)).size).toBe(
      resets.length,
    );
    expectEachClosed(segments);
  });

  it('is not asked where it is UDP only', async () => {
    await using lab = await Lab.create();
    const { takeover, segments } = await failover(lab, [{ port: 53, protocol: 'UDP' }]);
    expect(takeover).toMatchObject({ serviceGapMs: null, servedMs: null, serviceNote: 'UDP only' });
    expect(segments).toEqual([]);
  });

  it('is asked over IPv6 as well', async () => {
    await using lab = await Lab.create();
    const [a, c] = await Promise.all(
      [A, C].map(({ name, mac, address }) => lab.host(name, { mac, address: `${address}/24` })),
    );
    const add = (host: Host, address: string) =>
      host.run(['ip', 'address', 'add', `${address}/64`, 'dev', 'eth0', 'nodad']);
    await Promise.all([add(a!, 'fd00::11'), add(a!, VIP6), add(c!, 'fd00::13')]);
    await startServer(a!);
    const { api } = await startAgent(c!, config([{ port: PORT }], VIP6));
    const served = async () => {
      const [line = ''] = await api.metrics('vipwatch_service_probes_total{result="served"}');
      return Number(line.split(' ').at(-1));
    };
    await vi.waitUntil(async () => (await served()) > 2, { timeout: 60_000 });
    // Each was closed, and so none waits for its third segment there.
    const { stdout } = await a!.run(['sh', '-c', 'cat /proc/net/tcp6']);
    const halfOpen = stdout.split('\n').filter((line) => line.trim().split(/\s+/)[3] === SYN_RECEIVED);
    expect(halfOpen.length).toBeLessThanOrEqual(1);
  });
});
