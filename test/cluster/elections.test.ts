// MetalLB's ways to choose who announces a VIP, with an agent on every node: each time MetalLB's own word, the wire, and what
// every agent works out and sees must name the same node, and none of it may be a finding that is not meant.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Host } from '../../lab/host.ts';
import { untilAnnouncedBy } from './metallb.ts';
import { loadBalancer } from './objects.ts';
import { advertise, expose, moveEndpoints, onlyNodes, withdraw } from './services.ts';
import { homeUnavailable, NODES, shareHome } from './watched-home.ts';
import { macsAnswering } from './wire.ts';
import { PATIENCE, takeoversOf, untilAllName, untilFound, untilResolved, vipAt } from './witnesses.ts';

/** Looks at a VIP, one a second: more than it takes to call it silent. */
const LOOKS = 20;

describe.skipIf(homeUnavailable)('elections', () => {
  const home = shareHome({ secondLan: true });
  /** In the second LAN. */
  let neighbour: Host;

  beforeAll(async () => {
    neighbour = await home.lab.host('neighbour', {
      switch: home.secondLan!,
      mac: '02:00:00:00:02:01',
      address: '192.168.2.1/24',
    });
  });

  describe.concurrent('by configuration', () => {
    const exposed = new Set<string>();

    const exposeOne: typeof expose = async (where, service, exposure) => {
      exposed.add(service);
      return await expose(where, service, exposure);
    };

    afterAll(async () => {
      await home.expectNothingElse();
      for (const service of exposed) await withdraw(home, service);
    });

    it.each([
      { service: 'of-range', addresses: '192.168.1.200-192.168.1.203', first: '192.168.1.200' },
      { service: 'of-cidr', addresses: '192.168.1.204/30', first: '192.168.1.204' },
    ])('agree for a pool written as $addresses', async ({ service, addresses, first }) => {
      const vip = await exposeOne(home, service, { addresses: [addresses] });
      const assigned = performance.now();
      expect(vip.ip).toBe(first);
      const watched = NODES.map(() => ({ service: `default/${service}`, pool: service }));
      await vi.waitFor(async () => expect(await vipAt(home, first)).toMatchObject(watched), {
        interval: 10,
        timeout: 60_000,
      });
      console.log(
        `${service}: watched by all ${Math.round(performance.now() - assigned)} ms after its address`,
      );
      await untilAllName(home, vip, await untilAnnouncedBy(home.cluster, service));
    });

    it('heed no endpoint’s node where externalTrafficPolicy is Cluster, and each where it is Local', async () => {
      const vip = await exposeOne(home, 'policy', { addresses: ['192.168.1.208/30'] });
      const first = await untilAnnouncedBy(home.cluster, 'policy');
      const [second, third] = NODES.filter((node) => node !== first) as [string, string];
      await moveEndpoints(home, 'policy', [second]);
      await untilAllName(home, vip, first);
      const local = loadBalancer(
        'policy',
        { externalTrafficPolicy: 'Local' },
        { 'metallb.io/address-pool': 'policy' },
      );
      await home.cluster.controlPlane.apply([local]);
      await untilAllName(home, vip, second);
      await moveEndpoints(home, 'policy', [third]);
      await untilAllName(home, vip, third);
    });

    it('follow the nodeSelectors of the advertisement, node by node', async () => {
      const vip = await exposeOne(home, 'selected', {
        addresses: ['192.168.1.212/30'],
        advertisement: { nodeSelectors: onlyNodes('node-1') },
      });
      await untilAllName(home, vip, 'node-1');
      for (const node of ['node-2', 'node-3']) {
        await advertise(home, 'selected', { nodeSelectors: onlyNodes(node) });
        await untilAllName(home, vip, node);
      }
    });

    it('name one node for two Services on one address', async () => {
      const annotations = {
        'metallb.io/allow-shared-ip': 'together',
        'metallb.io/loadBalancerIPs': '192.168.1.216',
      };
      const shared = { addresses: ['192.168.1.216/30'], annotations, endpoints: ['node-2'] };
      const vip = await exposeOne(home, 'shared', shared);
      const ports = [{ name: 'https', port: 443, protocol: 'TCP' }];
      const of = { 'metallb.io/address-pool': 'shared', ...annotations };
      await home.cluster.controlPlane.apply([loadBalancer('sharer', { ports }, of)]);
      exposed.add('sharer');
      await moveEndpoints(home, 'sharer', ['node-3']);
      const node = await untilAnnouncedBy(home.cluster, 'sharer');
      await untilAllName(home, vip, node);
      await untilAllName(home, { service: 'sharer', ip: vip.ip }, node);
    });

    it('hold on the interfaces that the advertisement names, and on others once it names those', async () => {
      // On-link nowhere, so that the agents ask for it on every interface.
      const vip = await exposeOne(home, 'interfaces', {
        addresses: ['192.168.3.240/30'],
        advertisement: { interfaces: ['eth0'] },
      });
      const node = await untilAnnouncedBy(home.cluster, 'interfaces');
      await untilAllName(home, vip, node, ['eth0']);
      expect(await macsAnswering(neighbour, vip.ip)).toEqual([]);

      await advertise(home, 'interfaces', { interfaces: ['eth1'] });
      const secondMac = `02:00:00:00:02:1${node.at(-1)}`;
      await vi.waitFor(async () => expect(await macsAnswering(neighbour, vip.ip)).toEqual([secondMac]), {
        timeout: 60_000,
      });
      expect(await macsAnswering(home.router, vip.ip)).toEqual([]);
      const onBoth = NODES.map(() => ({
        elected: { node },
        announcers: [
          { interface: 'eth0', node },
          { interface: 'eth1', node },
        ],
      }));
      await vi.waitFor(async () => expect(await vipAt(home, vip.ip)).toMatchObject(onBoth), {
        timeout: 60_000,
      });
    });

    it('find nothing silent that is announced on another interface than the agents can ask on', async () => {
      // On-link on eth0, where nobody is meant to answer.
      const vip = await exposeOne(home, 'elsewhere', {
        addresses: ['192.168.1.240/30'],
        advertisement: { interfaces: ['eth1'] },
      });
      const node = await untilAnnouncedBy(home.cluster, 'elsewhere');
      const dismissed = 'vipwatch_dismissals_total{reason="other-interface"}';
      await vi.waitFor(async () => {
        expect(await vipAt(home, vip.ip)).toMatchObject(NODES.map(() => ({ elected: { node } })));
        const lines = (await home.agents.ofEach((api) => api.metrics(dismissed))).flat();
        expect(lines.some((line) => Number(line.split(' ').at(-1)) > LOOKS)).toBe(true);
      }, PATIENCE);
      expect(await macsAnswering(home.router, vip.ip)).toEqual([]);
    });

    it('find silent what is advertised for an interface that no node has', async () => {
      const vip = await exposeOne(home, 'nowhere', {
        addresses: ['192.168.1.244/30'],
        advertisement: { interfaces: ['eth9'] },
      });
      home.meant.push(`silent-vip ${vip.ip}`);
      const node = await untilAnnouncedBy(home.cluster, 'nowhere');
      const silent = {
        kind: 'silent-vip',
        ip: vip.ip,
        says: `nobody has answered since this agent began to probe; MetalLB's rules elect ${node}`,
      } as const;
      await untilFound(home, silent);
      await advertise(home, 'nowhere', { interfaces: ['eth0'] });
      await untilAllName(home, vip, node, ['eth0']);
      await untilResolved(home, silent);
    });

    it('hold for IPv6', async () => {
      const vip = await exposeOne(home, 'six', {
        addresses: ['fd00:1::240-fd00:1::24f'],
        spec: { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' },
      });
      expect(vip.ip).toBe('fd00:1::240');
      await untilAllName(home, vip, await untilAnnouncedBy(home.cluster, 'six'));
    });

    it('find silent what no L2Advertisement selects, until one does', async () => {
      const vip = await exposeOne(home, 'unadvertised', {
        addresses: ['192.168.1.220/30'],
        advertisement: null,
      });
      home.meant.push(`silent-vip ${vip.ip}`);
      const nobody = NODES.map(() => ({
        elected: { node: null, reason: 'no-advertisement' },
        announcers: [],
      }));
      await vi.waitFor(async () => expect(await vipAt(home, vip.ip)).toMatchObject(nobody), {
        timeout: 60_000,
      });
      expect(await macsAnswering(home.router, vip.ip)).toEqual([]);
      const silent = {
        kind: 'silent-vip',
        ip: vip.ip,
        says: 'no L2Advertisement selects its pool and Service',
      } as const;
      await untilFound(home, silent);

      await advertise(home, 'unadvertised');
      await untilAllName(home, vip, await untilAnnouncedBy(home.cluster, 'unadvertised'));
      await untilResolved(home, silent);
    });

    it('find silent what has no endpoint, until it has one', async () => {
      const vip = await exposeOne(home, 'unserved', { addresses: ['192.168.1.224/30'], endpoints: [] });
      home.meant.push(`silent-vip ${vip.ip}`);
      const nobody = NODES.map(() => ({ elected: { node: null, reason: 'no-endpoint' }, announcers: [] }));
      await vi.waitFor(async () => expect(await vipAt(home, vip.ip)).toMatchObject(nobody), {
        timeout: 60_000,
      });
      const silent = { kind: 'silent-vip', ip: vip.ip, says: 'no endpoint of its Service is ready' } as const;
      await untilFound(home, silent);

      await moveEndpoints(home, 'unserved', ['node-2']);
      await untilAllName(home, vip, await untilAnnouncedBy(home.cluster, 'unserved'));
      await untilResolved(home, silent);
    });
  });

  describe('by the nodes', () => {
    const service = 'nodes';

    afterEach(async () => {
      await withdraw(home, service);
    });

    it.each([
      {
        what: 'carries the label exclude-from-external-load-balancers',
        addresses: '192.168.1.228/30',
        leave: (node: string) => label(node, ''),
        comeBack: (node: string) => label(node, null),
      },
      {
        what: 'has the condition NetworkUnavailable',
        addresses: '192.168.1.232/30',
        leave: (node: string) => networkUnavailable(node, 'True'),
        comeBack: (node: string) => networkUnavailable(node, 'False'),
      },
    ])('pass over a node while it $what', async ({ addresses, leave, comeBack }) => {
      const vip = await expose(home, service, { addresses: [addresses] });
      const first = await untilAnnouncedBy(home.cluster, service);
      await untilAllName(home, vip, first);
      await leave(first);
      const second = await untilAnnouncedBy(home.cluster, service, (node) => node !== first);
      await untilAllName(home, vip, second);
      await comeBack(first);
      await untilAllName(home, vip, first);
      const there = `${first} > ${second}`;
      const back = `${second} > ${first}`;
      expect(await takeoversOf(home, vip.ip)).toEqual(NODES.map(() => [there, back]));
      await home.expectNothingElse();
    });

    async function label(node: string, value: string | null): Promise<void> {
      const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': value };
      await home.cluster.api.patch(`/api/v1/nodes/${node}`, { metadata: { labels } });
    }

    async function networkUnavailable(node: string, status: string): Promise<void> {
      const lastTransitionTime = new Date().toISOString();
      const conditions = [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime },
        { type: 'NetworkUnavailable', status, reason: 'Test', lastTransitionTime },
      ];
      await home.cluster.api.patch(`/api/v1/nodes/${node}/status`, { status: { conditions } });
    }
  });
});
