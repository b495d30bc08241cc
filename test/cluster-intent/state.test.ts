// The intent that a cluster's objects come to, and that changes one by one come to the same as all at once.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Kind, watchedKinds } from '../../src/cluster/objects/resources.ts';
import { ClusterState } from '../../src/cluster/state.ts';
import type { ClusterNode, Intent } from '../../src/intent/intent.ts';
import { rangeText } from '../../src/net/range.ts';
import { Watcher } from '../../src/watch/watcher.ts';
import {
  type AgentOptions,
  agent,
  cluster,
  l2,
  l2Status,
  node,
  pool,
  SMALL,
  service,
  slice,
  speaker,
} from './objects.ts';

const KINDS = watchedKinds({ metallb: 'metallb-system', agents: 'vipwatch' });

/** In plain values, in the order of their names, so that two intents can be compared. */
function told({ pools, vips, nodes }: Intent) {
  const inOrder = <Item>(items: readonly Item[], name: (item: Item) => string) =>
    items.toSorted((a, b) => (name(a) < name(b) ? -1 : 1));
  return {
    pools: pools.map(({ name, ranges }) => [name, ...ranges.map(rangeText)]),
    vips: inOrder(vips, ({ address }) => address).map(({ elector, statusNodes, ...vip }) => ({
      ...vip,
      announcer: elector?.elect() ?? null,
      statusNodes: statusNodes ?? null,
    })),
    nodes: inOrder(nodes, ({ name }) => name),
  };
}

it('asks only for what is used, MetalLB and Pods in their namespaces alone', () => {
  expect(KINDS).toEqual({
    services: { path: '/api/v1/services', fieldSelector: 'spec.type=LoadBalancer' },
    endpointSlices: {
      path: '/apis/discovery.k8s.io/v1/endpointslices',
      labelSelector: 'kubernetes.io/service-name,!service.kubernetes.io/headless',
    },
    nodes: { path: '/api/v1/nodes' },
    pools: { path: '/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools' },
    l2Advertisements: { path: '/apis/metallb.io/v1beta1/namespaces/metallb-system/l2advertisements' },
    bgpAdvertisements: { path: '/apis/metallb.io/v1beta1/namespaces/metallb-system/bgpadvertisements' },
    l2Statuses: { path: '/apis/metallb.io/v1beta1/namespaces/metallb-system/servicel2statuses' },
    speakers: {
      path: '/api/v1/namespaces/metallb-system/pods',
      labelSelector: 'app=metallb,component=speaker',
    },
    helmSpeakers: {
      path: '/api/v1/namespaces/metallb-system/pods',
      labelSelector: 'app.kubernetes.io/component=speaker',
    },
    agents: { path: '/api/v1/namespaces/vipwatch/pods', labelSelector: 'app.kubernetes.io/name=vipwatch' },
  });
});

describe('intent()', () => {
  const OLD = { version: '0.16.1', key: 'prefix' };

  it('of a small cluster', () => {
    expect(told(cluster().intent())).toEqual({
      pools: [['main-pool', '192.168.1.240-192.168.1.245']],
      vips: [
        {
          address: '192.168.1.240',
          service: 'traefik/traefik',
          ports: [
            { protocol: 'TCP', port: 80 },
            { protocol: 'UDP', port: 443 },
          ],
          // sha256 of `w1#192.168.1.240` begins 4145a264, of `w2#…` d00e6d6f, of `cp#…` 89697f40.
          announcer: { node: 'w1', interfaces: null },
          statusNodes: [],
        },
      ],
      nodes: [
        {
          name: 'cp',
          addresses: ['192.168.1.10'],
          macs: [],
          interfaces: [],
          agentReady: false,
          speaker: OLD,
        },
        {
          name: 'w1',
          addresses: ['192.168.1.11'],
          macs: [],
          interfaces: [],
          agentReady: false,
          speaker: OLD,
        },
        {
          name: 'w2',
          addresses: ['192.168.1.12'],
          macs: [],
          interfaces: [],
          agentReady: false,
          speaker: OLD,
        },
      ],
    });
  });

  it('says how the speaker of a node makes its key, where it has one', () => {
    const state = cluster();
    const w1 = () => state.intent().nodes.find(({ name }) => name === 'w1')?.speaker;
    expect(w1()).toEqual(OLD);
    state.update('speakers', speaker('w1', { version: '0.16.2' }));
    expect(w1()).toEqual({ version: '0.16.2', key: 'digest' });
    state.update('speakers', speaker('w1', { version: '0.16.2', memberlist: false }));
    expect(w1()).toBeUndefined();
    state.update('speakers', speaker('w1', { args: ['--ml-secret-key-path='] }));
    expect(w1()).toBeUndefined();
    state.update('speakers', speaker('w1', { version: 'main' }));
    expect(w1()).toBeUndefined();
  });

  it('of nothing is empty, and knows it', () => {
    const state = new ClusterState();
    expect(state.intent()).toEqual({ pools: [], vips: [], nodes: [] });
    expect(state.unlisted()).toEqual(Object.keys(KINDS));
    expect(state.doubts()).toEqual(['not-listed']);
  });

  it('without any of MetalLB still tells VIPs and nodes', () => {
    const state = new ClusterState();
    state.replace('services', SMALL.services);
    state.replace('nodes', SMALL.nodes);
    const [vip] = state.intent().vips;
    expect(vip).toMatchObject({ address: '192.168.1.240', service: 'traefik/traefik' });
    expect(vip?.elector?.elect()).toBeNull();
    expect(vip).not.toHaveProperty('statusNodes');
    expect(state.intent().nodes).toHaveLength(3);
  });

  it('is taken by the watcher as it is', () => {
    const watcher = new Watcher({ dhcp: { ranges: [], servers: null } });
    watcher.setIntent(cluster().intent(), 0);
    expect(watcher.vips(0)).toMatchObject([
      { ip: '192.168.1.240', service: 'traefik/traefik', pool: 'main-pool', up: null },
    ]);
  });

  it('leaves out addresses that Services have from the nodes themselves', () => {
    const state = cluster({
      services: [service('kube-system/traefik', { ips: ['192.168.1.11', '192.168.1.240'] })],
    });
    expect(state.intent().vips.map(({ address }) => address)).toEqual(['192.168.1.240']);
    expect(state.skipped()).toEqual([
      { kind: 'services', object: 'kube-system/traefik', reason: 'node-address' },
    ]);
    state.delete('nodes', '', 'w1');
    expect(state.intent().vips.map(({ address }) => address)).toEqual(['192.168.1.11', '192.168.1.240']);
    expect(state.skipped()).toEqual([]);
  });

  it.each(['127.0.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '::', '::1', 'ff02::1'])(
    'takes %s of a Service for no VIP, and says so',
    (impossible) => {
      const ips = [impossible, '192.168.1.240'];
      const state = cluster({ services: [service('web/site', { ips })] });
      expect(state.intent().vips.map(({ address }) => address)).toEqual(['192.168.1.240']);
      expect(state.skipped()).toEqual([
        { kind: 'services', object: 'web/site', reason: 'impossible-address' },
      ]);
      expect(state.unjudged()).toEqual([
        expect.stringContaining(`Service web/site has ${impossible}, which cannot be a VIP`),
      ]);
      state.update('services', service('web/site', { ips: ['192.168.1.240'] }));
      expect([state.skipped(), state.unjudged()]).toEqual([[], []]);
    },
  );

  it('says that nothing is watched while there is neither a VIP nor a pool', () => {
    const state = cluster({ services: [], pools: [] });
    expect(state.unjudged()).toEqual([expect.stringContaining('no VIP and no pool')]);
    state.replace('services', SMALL.services);
    expect(state.unjudged()).toEqual([]);
  });

  it('keeps what can be kept of pools, and says what was not', () => {
    const state = cluster({
      pools: [
        pool('a', ['10.0.0.0/30', '10.0.1.9-10.0.1.1', 'x/y']),
        pool('b', ['10.0.0.2/31', '10.0.2.0/31']),
        pool('c', ['10.0.0.0/29']),
        pool('d', []),
        pool('e', ['10.0.3.0/30', 'fd00::/127'], { avoidBuggyIPs: true }),
      ],
    });
    expect(told(state.intent()).pools).toEqual([
      ['a', '10.0.0.0-10.0.0.3'],
      ['b', '10.0.2.0-10.0.2.1'],
      ['e', '10.0.3.1-10.0.3.3', 'fd00::-fd00::1'],
    ]);
    expect(state.skipped().map(({ object, reason }) => `${object} ${reason}`)).toEqual([
      'metallb-system/a reversed-range',
      'metallb-system/a bad-range',
      'metallb-system/d no-ranges',
      'metallb-system/b overlapping-range',
      'metallb-system/c overlapping-range',
    ]);
  });

  it('elects by the whole pool, though some of its addresses are not handed out', () => {
    const pools = [pool('main-pool', ['192.168.1.0/24'], { avoidBuggyIPs: true })];
    const services = [service('traefik/traefik', { ips: ['192.168.1.255'] })];
    expect(cluster({ pools, services }).intent().vips[0]?.elector?.elect()).toMatchObject({
      interfaces: null,
    });
  });
});

describe('nodes', () => {
  const published = (...macs: string[]) =>
    JSON.stringify({
      version: 1,
      interfaces: macs.map((mac, i) => ({ name: `eth${i}`, mac, addresses: ['192.168.1.11/24'] })),
    });
  const [A, B, C] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b', '02:00:00:00:00:0c'];
  const w1 = (state: ClusterState): ClusterNode | undefined =>
    state.intent().nodes.find(({ name }) => name === 'w1');

  it('have the MACs that their agents publish', () => {
    const state = cluster({ agents: [agent('w1', published(A!, B!))] });
    expect(w1(state)).toMatchObject({
      macs: [A, B],
      agentReady: true,
      interfaces: [{ name: 'eth0', addresses: [{ ip: '192.168.1.11', prefixLength: 24 }] }, { name: 'eth1' }],
    });
    expect(state.intent().nodes.find(({ name }) => name === 'w2')).toMatchObject({
      macs: [],
      agentReady: false,
    });
  });

  it('have them from every agent Pod while one replaces another', () => {
    const successor = agent('w1', published(C!), { ready: 'False' });
    const renamed = { ...successor, metadata: { ...(successor.metadata as object), name: 'vipwatch-new' } };
    const state = cluster({ agents: [agent('w1', published(A!)), renamed] });
    expect(w1(state)).toMatchObject({ macs: [A, C], agentReady: true });
    state.delete('agents', 'vipwatch', 'vipwatch-w1');
    expect(w1(state)).toMatchObject({ macs: [C], agentReady: false });
  });

  it('tell of each agent’s Pod whether it is alive', () => {
    const state = cluster({ agents: [agent('w1'), agent('w2', undefined, { ready: 'False' })] });
    const of = (pod: string) => state.livenessOfAgent('vipwatch', pod);
    expect(['vipwatch-w1', 'vipwatch-w2', 'vipwatch-w3'].map(of)).toEqual(['live', 'doubtful', 'gone']);
    // While no Pods can be read nobody is taken for dead.
    state.clear('agents');
    expect(of('vipwatch-w3')).toBe('doubtful');
  });

  const unready = (since: string, options: AgentOptions = {}) =>
    ({ ready: 'False', changed: since, ...options }) satisfies AgentOptions;
  const [EARLY, LATE] = ['2026-03-01T16:00:00Z', '2026-03-01T16:30:00Z'];
  const since = (state: ClusterState) => {
    const at = state.longestUnreadyAgentSince();
    return typeof at === 'number' ? new Date(at).toISOString().replace('.000', '') : at;
  };

  it('tell since when an agent’s Pod has been unready, of the one that has been so the longest', () => {
    const state = cluster({
      agents: [agent('cp'), agent('w1', undefined, unready(LATE)), agent('w2', undefined, unready(EARLY))],
    });
    expect(since(state)).toBe(EARLY);
    state.update('agents', agent('w2'));
    expect(since(state)).toBe(LATE);
    state.update('agents', agent('w1', undefined, unready(LATE, { deleted: true })));
    expect(since(state)).toBeNull();
  });

  it('count an agent’s Pod that no node has taken on', () => {
    const waiting = agent('w1', undefined, { ready: null, created: EARLY });
    expect(since(cluster({ agents: [agent('cp'), { ...waiting, spec: {} }] }))).toBe(EARLY);
  });

  it('expect no agent of a node that is not ready or not there, nor where none is meant to be', () => {
    const state = cluster({ agents: [agent('w1', undefined, unready(EARLY))] });
    state.update('nodes', node('w1', { ips: ['192.168.1.11'], ready: 'Unknown' }));
    expect(since(state)).toBeNull();
    state.update('nodes', node('w1', { ips: ['192.168.1.11'] }));
    expect(since(state)).toBe(EARLY);
    state.delete('nodes', '', 'w1');
    expect(since(state)).toBeNull();
    expect(since(cluster({ agents: [agent('w2')] }))).toBeNull();
  });

  it.each(['agents', 'nodes'] as const)('tell nothing of agents’ Pods while %s cannot be read', (kind) => {
    const state = cluster({ agents: [agent('w1', undefined, unready(EARLY))] });
    state.clear(kind);
    expect(since(state)).toBeUndefined();
  });

  it('are only their InternalIPs, whatever other addresses their interfaces have', () => {
    const text = JSON.stringify({
      version: 1,
      interfaces: [{ name: 'eth0', mac: A, addresses: ['192.168.1.240/32', '192.168.1.11/24'] }],
    });
    expect(w1(cluster({ agents: [agent('w1', text)] }))?.addresses).toEqual(['192.168.1.11']);
  });

  it('without address or MAC are left out, and still elected', () => {
    const state = cluster({ nodes: [node('w1')], speakers: [speaker('w1')] });
    expect(state.intent().nodes).toEqual([]);
    expect(state.intent().vips[0]?.elector?.elect()).toMatchObject({ node: 'w1' });
    expect(state.skipped()).toEqual([{ kind: 'nodes', object: 'w1', reason: 'no-address' }]);
    state.update('agents', agent('w1', published(A!)));
    expect(state.intent().nodes).toMatchObject([{ name: 'w1', addresses: [], macs: [A] }]);
  });
});

describe('ServiceL2Statuses', () => {
  it('name the nodes that say they announce', () => {
    const state = cluster({
      l2Statuses: [l2Status('traefik/traefik', 'w2'), l2Status('other/x', 'w1', 'b')],
    });
    expect(state.intent().vips[0]?.statusNodes).toEqual(['w2']);
    state.update('l2Statuses', l2Status('traefik/traefik', 'cp', 'new'));
    expect(state.intent().vips[0]?.statusNodes).toEqual(['cp', 'w2']);
    state.delete('l2Statuses', 'metallb-system', 'l2-4hjk2');
    expect(state.intent().vips[0]?.statusNodes).toEqual(['cp']);
  });

  it('are not known where they are not served', () => {
    const state = cluster({ l2Statuses: [l2Status('traefik/traefik', 'w2')] });
    state.clear('l2Statuses');
    expect(state.intent().vips[0]).not.toHaveProperty('statusNodes');
    expect(state.doubts()).toEqual([]);
    state.replace('l2Statuses', []);
    expect(state.intent().vips[0]?.statusNodes).toEqual([]);
  });
});

describe('a change', () => {
  it.each([
    [
      'a heartbeat of a Node',
      'nodes',
      {
        ...node('w1', { ips: ['192.168.1.11'] }),
        status: { ...(node('w1', { ips: ['192.168.1.11'] }).status as object), images: [] },
      },
    ],
    ['a new resourceVersion', 'services', service('traefik/traefik')],
    ['a Service of another type', 'services', service('a/b', { type: 'ClusterIP' })],
    ['a Service that waits for its address', 'services', service('a/b', { ips: [] })],
    [
      'endpoints that change places',
      'endpointSlices',
      slice('traefik/traefik', [{ node: 'w1' }, { node: 'w1', ready: true }]),
    ],
  ] satisfies [string, Kind, unknown][])('of no interest leaves the intent as it is: %s', (_, kind, raw) => {
    const state = cluster();
    const before = state.intent();
    expect(state.update(kind, raw)).toBe(false);
    expect(state.intent()).toBe(before);
  });

  it('of one Service leaves the VIPs of the others as they are', () => {
    const state = cluster({
      services: [service('a/a', { ips: ['192.168.1.241'] }), service('b/b', { ips: ['192.168.1.242'] })],
    });
    const before = state.intent().vips;
    expect(state.update('endpointSlices', slice('b/b', [{ node: 'w1' }]))).toBe(true);
    const after = state.intent().vips;
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    expect(before[1]?.elector?.elect()).toMatchObject({ reason: 'no-endpoint' });
    expect(after[1]?.elector?.elect()).toMatchObject({ interfaces: null });
  });

  it('of the endpoints of what is no load balancer changes no intent, and is known once it becomes one', () => {
    const state = cluster();
    const before = state.intent();
    expect(state.update('endpointSlices', slice('b/b', [{ node: 'w1' }]))).toBe(false);
    expect(state.update('l2Statuses', l2Status('b/b', 'w1'))).toBe(false);
    expect(state.intent()).toBe(before);
    expect(state.update('services', service('b/b', { ips: ['192.168.1.242'] }))).toBe(true);
    const vip = state.intent().vips.find(({ address }) => address === '192.168.1.242');
    expect(vip?.elector?.elect()).toMatchObject({ interfaces: null });
    expect(vip?.statusNodes).toEqual(['w1']);
    expect(state.delete('endpointSlices', 'b', 'b-x7k2p')).toBe(true);
  });

  it('does not reach an intent that was handed out', () => {
    const state = cluster();
    const before = state.intent();
    state.replace('speakers', []);
    expect(state.intent().vips[0]?.elector?.elect()).toEqual({ node: null, reason: 'no-speaker' });
    expect(before.vips[0]?.elector?.elect()).toMatchObject({ interfaces: null });
  });

  it('to something that is no use any more takes it out', () => {
    const state = cluster();
    expect(state.update('services', service('traefik/traefik', { type: 'NodePort' }))).toBe(true);
    expect(state.intent().vips).toEqual([]);
  });

  it('of an address moves the VIP', () => {
    const state = cluster();
    state.update('services', service('traefik/traefik', { ips: ['192.168.1.244'] }));
    expect(state.intent().vips.map(({ address }) => address)).toEqual(['192.168.1.244']);
  });

  it('of what was not there is none', () => {
    const state = cluster();
    expect(state.delete('services', 'a', 'b')).toBe(false);
    expect(state.replace('services', SMALL.services)).toBe(false);
    expect(state.clear('agents')).toBe(true);
    expect(state.clear('agents')).toBe(false);
  });
});

describe('the election follows', () => {
  const EXCLUDE = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
  const zone = (name: string) => ({ nodeSelectors: [{ matchLabels: { zone: name } }] });
  const w1 = (options = {}) => node('w1', { ips: ['192.168.1.11'], ...options });

  it.each([
    ['the exclude label', 'nodes', w1({ labels: EXCLUDE }), w1(), 'cp'],
    ['the condition NetworkUnavailable', 'nodes', w1({ networkUnavailable: 'True' }), w1(), 'cp'],
    ['the speaker', 'speakers', speaker('w1', { phase: 'Failed' }), speaker('w1'), 'cp'],
    ['the advertisement', 'l2Advertisements', l2('all', zone('a')), l2('all'), 'no-selected-node'],
    ['the pool', 'pools', pool('main-pool', ['10.0.0.0/24']), SMALL.pools[0], 'outside-pools'],
    ['the endpoints', 'endpointSlices', slice('traefik/traefik', []), SMALL.endpointSlices[0], 'no-endpoint'],
    [
      'the policy',
      'services',
      service('traefik/traefik', { policy: 'Local', loadBalancerClass: 'other' }),
      SMALL.services[0],
      'other-load-balancer-class',
    ],
  ] satisfies [string, Kind, unknown, unknown, string][])(
    '%s, and back',
    (_, kind, changed, back, expected) => {
      const state = cluster();
      const winner = () => {
        const elected = state.intent().vips[0]?.elector?.elect();
        return elected?.node ?? elected?.reason;
      };
      expect(winner()).toBe('w1');
      state.update(kind, changed);
      expect(winner()).toBe(expected);
      state.update(kind, back);
      expect(winner()).toBe('w1');
    },
  );

  it('a label that brings a node into the selection', () => {
    const state = cluster({ l2Advertisements: [l2('a', zone('a'))] });
    const winner = () => state.intent().vips[0]?.elector?.elect();
    expect(winner()).toEqual({ node: null, reason: 'no-selected-node' });
    state.update('nodes', node('w2', { ips: ['192.168.1.12'], labels: { zone: 'a' } }));
    expect(winner()).toMatchObject({ node: 'w2' });
  });
});

describe('a list in pages', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name, i) => service(`ns/${name}`, { ips: [`192.168.1.24${i}`] }));
  const names = (state: ClusterState) => state.intent().vips.map((vip) => vip.service);

  it('takes away what is on none of them, once it is whole', () => {
    const state = cluster({ services: [a, b] });
    const replacement = state.startReplace('services');
    expect(replacement.add([b])).toBe(false);
    expect(replacement.add([c])).toBe(true);
    expect(names(state)).toEqual(['ns/a', 'ns/b', 'ns/c']);
    expect(replacement.finish()).toBe(true);
    expect(names(state)).toEqual(['ns/b', 'ns/c']);
  });

  it('takes nothing away where it broke off', () => {
    const state = cluster({ services: [a, b] });
    state.startReplace('services').add([b]);
    expect(names(state)).toEqual(['ns/a', 'ns/b']);
    const again = state.startReplace('services');
    again.add([a]);
    expect(again.finish()).toBe(true);
    expect(names(state)).toEqual(['ns/a']);
  });

  it('lets a first list be known as listed only when it is whole', () => {
    const state = new ClusterState();
    const replacement = state.startReplace('services');
    replacement.add([a]);
    expect(state.unlisted()).toContain('services');
    replacement.finish();
    expect(state.unlisted()).not.toContain('services');
  });
});

it('elects nobody who was not asked for', () => {
  const nodes = Array.from({ length: 100 }, (_, i) => `node-${i}`);
  const services = Array.from({ length: 100 }, (_, i) => service(`ns/s${i}`, { ips: [`10.0.0.${i}`] }));
  const state = cluster({
    services,
    endpointSlices: services.map((_, i) => slice(`ns/s${i}`, [{ node: 'node-1' }])),
    nodes: nodes.map((name) => node(name)),
    speakers: nodes.map((name) => speaker(name)),
    pools: [pool('p', ['10.0.0.0/24'])],
  });
  const { vips } = state.intent();
  expect(state.electionHashes).toBe(0);
  vips[0]?.elector?.elect();
  vips[0]?.elector?.elect();
  expect(state.electionHashes).toBe(100);
});

describe('in whatever order objects come and go', () => {
  const nodeName = fc.constantFrom('n1', 'n2', 'n3');
  const ips = fc.constantFrom(
    ['192.168.1.240'],
    ['192.168.1.240', 'fd00::1'],
    ['192.168.1.241'],
    ['192.168.1.1', '192.168.1.241'],
    ['bad'],
    [],
  );
  const policy = fc.constantFrom('Cluster', 'Local');
  const serviceName = fc.constantFrom('ns/a', 'ns/b', 'ns/c');
  const labels = fc.constantFrom({}, { app: 'web' });
  const selectors = fc.constantFrom(undefined, [{ matchLabels: { app: 'web' } }], [{}]);
  const objects: { [K in Kind]: fc.Arbitrary<Record<string, unknown>> } = {
    services: fc
      .tuple(serviceName, fc.record({ ips, policy, labels }))
      .map(([name, options]) => service(name, options as Parameters<typeof service>[1])),
    endpointSlices: fc
      .tuple(
        serviceName,
        fc.array(fc.record({ node: nodeName, ready: fc.boolean() })),
        fc.constantFrom('x', 'y'),
      )
      .map(([name, endpoints, suffix]) => slice(name, endpoints, suffix)),
    nodes: fc
      .tuple(
        nodeName,
        fc.constantFrom('True', 'False'),
        labels,
        fc.constantFrom([], ['192.168.1.1'], ['192.168.1.2']),
      )
      .map(([name, networkUnavailable, on, addresses]) =>
        node(name, { networkUnavailable, labels: on, ips: addresses }),
      ),
    pools: fc
      .constantFrom(
        ...Array<unknown[]>(4).fill(['p1', '192.168.1.240/32', 'fd00::/64']),
        ...Array<unknown[]>(4).fill(['p2', '192.168.1.241/32']),
        ['p1', '192.168.1.240/30'],
        ['p2', 'bad'],
      )
      .map(([name, ...ranges]) => pool(name as string, ranges)),
    l2Advertisements: fc
      .tuple(fc.constantFrom('l1', 'l2'), selectors, selectors)
      .map(([name, nodeSelectors, serviceSelectors]) => l2(name, { nodeSelectors, serviceSelectors })),
    bgpAdvertisements: fc.constantFrom('b1', 'b2').map((name) => l2(name)),
    l2Statuses: fc
      .tuple(serviceName, nodeName, fc.constantFrom('1', '2'))
      .map(([name, on, suffix]) => l2Status(name, on, suffix)),
    speakers: fc
      .tuple(
        nodeName,
        fc.constantFrom('True', 'True', 'False'),
        fc.constantFrom(...Array<string[]>(12).fill([]), ['--ignore-exclude-lb']),
      )
      .map(([name, ready, args]) => speaker(name, { ready, args })),
    helmSpeakers: nodeName.map((name) => speaker(name, { helm: true })),
    agents: fc
      .tuple(nodeName, fc.constantFrom('0a', '0b'))
      .map(([name, last]) =>
        agent(
          name,
          JSON.stringify({ version: 1, interfaces: [{ name: 'eth0', mac: `02:00:00:00:00:${last}` }] }),
        ),
      ),
  };
  const kind = fc.constantFrom(...(Object.keys(KINDS) as Kind[]));
  const step = kind.chain((of) =>
    fc.record({
      of: fc.constant(of),
      raw: objects[of],
      how: fc.constantFrom(
        ...Array<'upsert'>(12).fill('upsert'),
        'remove',
        'remove',
        'relist',
        'look',
        'forget',
      ),
    }),
  );

  const start = {
    ...SMALL,
    services: ['a', 'b', 'c'].map((name, i) => service(`ns/${name}`, { ips: [`192.168.1.24${i % 2}`] })),
    endpointSlices: ['a', 'b', 'c'].map((name) => slice(`ns/${name}`, [{ node: 'n1' }, { node: 'n2' }], 'x')),
    nodes: ['n1', 'n2', 'n3'].map((name) => node(name)),
    pools: [pool('p1', ['192.168.1.240/32', 'fd00::/64']), pool('p2', ['192.168.1.241/32'])],
    l2Advertisements: [l2('l1')],
    speakers: ['n1', 'n2', 'n3'].map((name) => speaker(name)),
  } satisfies Record<Kind, readonly unknown[]>;
  const keyOf = (raw: unknown) => {
    const { namespace = '', name } = (raw as { metadata: { namespace?: string; name: string } }).metadata;
    return `${namespace}/${name}`;
  };

  it('the intent is that of the objects that are there', () => {
    let elected = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const state = cluster(start);
        const there = new Map<Kind, Map<string, unknown>>();
        for (const [of, raws] of Object.entries(start))
          there.set(of as Kind, new Map(raws.map((raw) => [keyOf(raw), raw])));
        const listed = new Set(Object.keys(KINDS));
        for (const { of, raw, how } of steps) {
          const held = there.get(of) ?? new Map<string, unknown>();
          there.set(of, held);
          const key = keyOf(raw);
          const [namespace = '', name = ''] = key.split('/');
          const before = state.intent();
          let changed = false;
          if (how === 'upsert') {
            held.set(key, raw);
            changed = state.update(of, raw);
          } else if (how === 'remove') {
            held.delete(key);
            changed = state.delete(of, namespace, name);
          } else if (how === 'relist') {
            held.delete(key);
            listed.add(of);
            changed = state.replace(of, held.values());
          } else if (how === 'forget') {
            held.clear();
            listed.delete(of);
            changed = state.clear(of);
          } else told(state.intent());
          if (!changed) expect(state.intent()).toBe(before);
        }
        const fresh = new ClusterState();
        for (const of of Object.keys(KINDS) as Kind[]) {
          const held = [...(there.get(of)?.values() ?? [])];
          if (listed.has(of)) fresh.replace(of, held);
          else for (const raw of held) fresh.update(of, raw);
        }
        expect(told(state.intent())).toEqual(told(fresh.intent()));
        expect(state.doubts()).toEqual(fresh.doubts());
        if (state.intent().vips.some((vip) => vip.elector?.elect()?.node)) elected += 1;
        expect(new Set(state.skipped().map((one) => JSON.stringify(one)))).toEqual(
          new Set(fresh.skipped().map((one) => JSON.stringify(one))),
        );
      }),
      { numRuns: 300 },
    );
    expect(elected).toBeGreaterThan(100);
  });
});
