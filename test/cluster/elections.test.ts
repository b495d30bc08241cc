// MetalLB's ways to choose who announces a VIP, with an agent on every node: each time MetalLB's own word, the wire and what
// every agent works out and sees must name the same node, and nothing of it may be a finding.
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { HOME_NODES } from './home.ts';
import { assignedAddress, untilAnnouncedBy } from './metallb.ts';
import { addressPool, endpointSlice, l2Advertisement, loadBalancer } from './objects.ts';
import { imageUnavailable, startWatchedHome, type WatchedHome } from './vipwatch.ts';
import { unmeantFindings, untilAllName, vipAt, type WatchedVip } from './witnesses.ts';

const search = inject('cluster');
const programs = search.ok ? search.programs : undefined;
const NODES = HOME_NODES.map(({ name }) => name);

describe.skipIf(!programs || imageUnavailable)('elections', () => {
  let home: WatchedHome;

  beforeAll(async () => {
    home = await startWatchedHome(programs!, { secondLan: true });
  });

  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
  });

  afterEach(async () => {
    expect(await unmeantFindings(home, [])).toEqual([]);
  });

  /** A Service of its own pool, which is advertised. */
  async function expose(
    service: string,
    addresses: readonly string[],
    { spec = {}, advertisement = {}, endpoints = ['node-1'] } = {},
  ): Promise<WatchedVip> {
    await home.cluster.controlPlane.apply([
      addressPool(service, addresses),
      l2Advertisement(service, { ipAddressPools: [service], ...advertisement }),
      endpointSlice(service, endpoints.map(endpointOn)),
      loadBalancer(service, spec, { 'metallb.io/address-pool': service }),
    ]);
    return { service, ip: await assignedAddress(home.cluster, service) };
  }

  async function advertise(service: string, spec: object): Promise<void> {
    await home.cluster.controlPlane.apply([l2Advertisement(service, { ipAddressPools: [service], ...spec })]);
  }

  it.each([
    { service: 'of-range', addresses: '192.168.1.200-192.168.1.203', first: '192.168.1.200' },
    { service: 'of-cidr', addresses: '192.168.1.204/30', first: '192.168.1.204' },
  ])('agree for a pool written as $addresses', async ({ service, addresses, first }) => {
    const since = performance.now();
    const vip = await expose(service, [addresses]);
    expect(vip.ip).toBe(first);
    const assigned = performance.now();
    await expect
      .poll(() => vipAt(home, vip.ip), { interval: 10, timeout: 10_000 })
      .toMatchObject(NODES.map(() => ({ service: `default/${service}`, pool: service })));
    const watched = performance.now();
    console.log(
      `${service}: applied and assigned within ${Math.round(assigned - since)} ms, watched by all within ${Math.round(watched - assigned)} ms more`,
    );
    const node = await untilAnnouncedBy(home.cluster, service, () => true);
    await untilAllName(home, vip, node);
  });

  it('follow the endpoint where externalTrafficPolicy is Local', async () => {
    const vip = await expose('local', ['192.168.1.208/30'], {
      spec: { externalTrafficPolicy: 'Local' },
      endpoints: ['node-2'],
    });
    await untilAllName(home, vip, 'node-2');
    await home.cluster.controlPlane.apply([endpointSlice('local', [endpointOn('node-3')])]);
    await untilAllName(home, vip, 'node-3');
  });

  it('follow the nodeSelectors of the advertisement, node by node', async () => {
    const only = (node: string) => ({
      nodeSelectors: [{ matchLabels: { 'kubernetes.io/hostname': node } }],
    });
    const vip = await expose('selected', ['192.168.1.212/30'], { advertisement: only('node-1') });
    await untilAllName(home, vip, 'node-1');
    for (const node of ['node-2', 'node-3']) {
      await advertise('selected', only(node));
      await untilAllName(home, vip, node);
    }
  });
});

function endpointOn(node: string) {
  return { node, address: `10.244.${node.at(-1)}.2` };
}
