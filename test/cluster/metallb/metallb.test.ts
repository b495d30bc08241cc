// What is known about MetalLB, held against the real one: if a case here fails with a new release, it is MetalLB that has
// changed, and what vipwatch takes for granted must follow.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { Host } from '../../../lab/host.ts';
import { toHex } from '../../hex.ts';
import { HOME_NODES, type Home, startHome } from '../home.ts';
import {
  announcingNode,
  assignedAddress,
  l2Statuses,
  letSpeakerTalk,
  silenceSpeaker,
  speakerOn,
  speakerPod,
  untilAnnouncedBy,
} from '../metallb.ts';
import { addressPool, endpointSlice, l2Advertisement, loadBalancer } from '../objects.ts';
import type { ClusterPrograms } from '../programs.ts';
import { announcements, macsAnswering } from '../wire.ts';

const search = inject('cluster');
const next = search.ok ? search.programs.nextMetallb : undefined;
const RELEASES: readonly (readonly [string, ClusterPrograms])[] = search.ok
  ? [
      ['0.16.1', search.programs] as const,
      ...(next ? [['0.16.2', { ...search.programs, ...next }] as const] : []),
    ]
  : [];

const SERVICE = 'web';
const VIP = '192.168.1.240';
const VIP_HEX = 'c0a801f0';
/** MetalLB's order of preference: by the hash of node and address. */
const RANK = HOME_NODES.toSorted((a, b) => Buffer.compare(hash(a.name), hash(b.name)));
const [FIRST, SECOND] = RANK as [(typeof RANK)[0], (typeof RANK)[0]];
/** What MetalLB's documentation allows a failover to take, and some more for a busy machine. */
const FAILOVER_TIMEOUT = { timeout: 60_000, interval: 200 };
/** Speakers look for lost ones every half minute, and for Pods that they do not know every minute. */
const WIRE_TIMEOUT = { timeout: 90_000, interval: 200 };

function hash(node: string): Buffer {
  return createHash('sha256').update(`${node}#${VIP}`).digest();
}

/** As MetalLB sends it: a request or a reply of both addresses to everyone, filled to 60 bytes by itself. */
function gratuitous(operation: 1 | 2, mac: string): string {
  const own = mac.replaceAll(':', '');
  const everyone = 'ff'.repeat(6);
  return `${everyone}${own}0806000108000604000${operation}${own}${VIP_HEX}${everyone}${VIP_HEX}${'00'.repeat(18)}`;
}

/** By these and no other: at a handover the one that yields answers on for a moment. */
async function untilAnswered(router: Host, ...macs: string[]): Promise<void> {
  const expected = macs.toSorted();
  await vi.waitFor(async () => expect(await macsAnswering(router, VIP)).toEqual(expected), WIRE_TIMEOUT);
}

describe.skipIf(!search.ok).each(RELEASES)('MetalLB %s', (_release, programs) => {
  let home: Home;

  beforeAll(async () => {
    home = await startHome(programs);
  });

  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
  });

  it('runs with no more rights than its manifest asks for', async () => {
    const NET_RAW = 1n << 13n;
    const statusOf = async (name: string) => {
      const process = home.cluster.nodes.map(({ kubelet }) => kubelet.process(name)).find((one) => one)!;
      // Until its first line it may not be MetalLB yet, but what prepares its mounts.
      await process.waitForLine(/MetalLB \w+ starting/);
      return await readFile(`/proc/${await process.pid}/status`, 'utf8');
    };
    const [speaker, controller] = await Promise.all(['speaker', 'controller'].map(statusOf));
    const capabilities = (status: string) => BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(status)![1]}`);
    expect(capabilities(speaker!)).toBe(NET_RAW);
    expect(capabilities(controller!)).toBe(0n);
    expect(speaker).toMatch(/^NoNewPrivs:\s*1$/m);
    expect(controller).toMatch(/^Uid:\s*65534\s/m);
  });

  it('assigns an address of the pool and has the first node by hash announce it, five rounds of two', async () => {
    const { cluster, lab, router } = home;
    const capture = await lab.switch.capture();
    await cluster.controlPlane.apply([
      addressPool('main', ['192.168.1.240-192.168.1.245']),
      l2Advertisement('main'),
      endpointSlice(SERVICE, [{ node: 'node-1', address: '10.244.1.2' }]),
      loadBalancer(SERVICE),
    ]);
    expect(await assignedAddress(cluster, SERVICE)).toBe(VIP);
    expect(await untilAnnouncedBy(cluster, SERVICE, () => true)).toBe(FIRST.name);

    const frames = () => announcements(capture.path, VIP);
    await vi.waitUntil(() => frames().length >= 10, { timeout: 60_000, interval: 500 });
    expect(await macsAnswering(router, VIP)).toEqual([FIRST.mac]);
    expect(await l2Statuses(cluster, SERVICE)).toEqual([FIRST.name]);
    await capture.stop();
    const round = [gratuitous(1, FIRST.mac), gratuitous(2, FIRST.mac)];
    const expected = frames().map((_, i) => round[i % 2]);
    expect(frames().map(({ bytes }) => toHex(bytes))).toEqual(expected);
  });

  it('moves a VIP to the second node when the first one’s speaker is killed, and back when it runs again', async () => {
    const { cluster, router } = home;
    const { kubelet } = cluster.node(FIRST.name);
    // A restart within seconds would go unnoticed by the others.
    kubelet.pause();
    await speakerOn(cluster, FIRST.name).signal('SIGKILL');
    await vi.waitUntil(async () => (await announcingNode(cluster, SERVICE)) !== FIRST.name, FAILOVER_TIMEOUT);
    expect(await announcingNode(cluster, SERVICE)).toBe(SECOND.name);
    expect(await macsAnswering(router, VIP)).toEqual([SECOND.mac]);

    kubelet.resume();
    await untilAnnouncedBy(cluster, SERVICE, (node) => node === FIRST.name);
    await untilAnswered(router, FIRST.mac);
    await vi.waitUntil(async () => String(await l2Statuses(cluster, SERVICE)) === FIRST.name, 60_000);
  });

  it('hands a VIP over when the speaker’s Pod is deleted, and back to its successor', async () => {
    const { cluster, router } = home;
    const node = `/api/v1/nodes/${FIRST.name}`;
    const pod = await speakerPod(cluster, FIRST.name);
    // A taint that MetalLB does not tolerate keeps the successor away for as long as this looks.
    await cluster.api.patch(node, { spec: { taints: [{ key: 'away', effect: 'NoSchedule' }] } });
    await cluster.controlPlane.kubectl('delete', 'pod', '-n', 'metallb-system', pod.metadata.name);
    await untilAnnouncedBy(cluster, SERVICE, (one) => one !== FIRST.name);
    await untilAnswered(router, SECOND.mac);

    await cluster.api.patch(node, { spec: { taints: null } });
    await untilAnnouncedBy(cluster, SERVICE, (one) => one === FIRST.name);
    await untilAnswered(router, FIRST.mac);
    const successor = await speakerPod(cluster, FIRST.name);
    expect(successor.metadata.uid).not.toBe(pod.metadata.uid);
  });

  it('has two owners for a VIP while its speaker cannot talk to the others, and one again afterwards', async () => {
    const { cluster, router } = home;
    const { host } = cluster.node(FIRST.name);
    await silenceSpeaker(host);
    // Both write events, in an order of their own.
    await untilAnswered(router, FIRST.mac, SECOND.mac);

    await letSpeakerTalk(host);
    await untilAnswered(router, FIRST.mac);
    await vi.waitUntil(
      async () => String(await l2Statuses(cluster, SERVICE)) === FIRST.name,
      FAILOVER_TIMEOUT,
    );
  });

  it('announces on while the API server is away', async () => {
    const { cluster, router } = home;
    await cluster.controlPlane.stopApiServer();
    await expect(cluster.api.list('/api/v1/nodes')).rejects.toThrow('connection refused');
    expect(await macsAnswering(router, VIP)).toEqual([FIRST.mac]);
    await cluster.controlPlane.startApiServer();
    expect(await assignedAddress(cluster, SERVICE)).toBe(VIP);
    expect(await macsAnswering(router, VIP)).toEqual([FIRST.mac]);
  });
});
