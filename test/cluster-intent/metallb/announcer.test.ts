// Who announces a VIP, from Kubernetes objects: MetalLB's rules, and what cannot be told.
import { describe, expect, it } from 'vitest';
import type { ClusterState } from '../../../src/cluster/state.ts';
import type { Election, Vip } from '../../../src/intent/intent.ts';
import {
  type Cluster,
  cluster,
  l2,
  node,
  pool,
  type ServiceOptions,
  SMALL,
  service,
  slice,
  speaker,
} from '../objects.ts';

const EXCLUDE = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };

function vip(state: ClusterState, address = '192.168.1.240'): Vip | undefined {
  return state.intent().vips.find((found) => found.address === address);
}

/** `node`, `no-endpoint`, … or `?` where it cannot be told. */
function announcer(state: ClusterState, address?: string, without?: ReadonlySet<string>): string {
  const found = vip(state, address);
  if (!found?.elector) throw new Error(`${address} is no VIP, or knows no announcer`);
  return spell(found.elector.elect(without));
}

function spell(election: Election | null): string {
  return election === null ? '?' : (election.node ?? election.reason);
}

/** Upstream's iris1 and iris2, of whose hashes each wins one of the addresses. */
function iris(changes: Cluster = {}, options: ServiceOptions = {}): ClusterState {
  return cluster({
    services: [service('ns/test1', { ips: ['10.20.30.1'], ...options })],
    endpointSlices: [
      slice('ns/test1', [
        { node: 'iris1', ready: true },
        { node: 'iris2', ready: true },
      ]),
    ],
    nodes: [node('iris1', { ips: ['10.0.0.1'] }), node('iris2', { ips: ['10.0.0.2'] })],
    pools: [pool('default', ['10.20.30.0/24'])],
    speakers: [speaker('iris1'), speaker('iris2')],
    ...changes,
  });
}

function onlyOn(name: string) {
  return l2('all', { nodeSelectors: [{ matchLabels: { 'kubernetes.io/hostname': name } }] });
}

function irisSlice(...endpoints: Parameters<typeof slice>[1]): Cluster {
  return { endpointSlices: [slice('ns/test1', endpoints)] };
}

/** The cases of TestShouldAnnounceEPSlices and its neighbours in MetalLB's speaker/layer2_controller_test.go. */
describe("upstream's cases", () => {
  const local: ServiceOptions = { policy: 'Local' };

  it.each([
    [
      'two endpoints on one host, Cluster',
      irisSlice({ node: 'iris1', ready: true }, { node: 'iris1', ready: true }),
      {},
      'iris2',
    ],
    ['no endpoint at all', irisSlice(), {}, 'no-endpoint'],
    ['no slice at all', { endpointSlices: [] }, {}, 'no-endpoint'],
    [
      'two endpoints, none ready',
      irisSlice({ node: 'iris1', ready: false }, { node: 'iris2', ready: false }),
      {},
      'no-endpoint',
    ],
    [
      'one ready of two, Cluster',
      irisSlice({ node: 'iris1', ready: false }, { node: 'iris2', ready: true }),
      {},
      'iris2',
    ],
    ['one endpoint on iris1, Local', irisSlice({ node: 'iris1', ready: true }), local, 'iris1'],
    [
      'one ready of two, on iris1, Local',
      irisSlice({ node: 'iris1', ready: true }, { node: 'iris2', ready: false }),
      local,
      'iris1',
    ],
    [
      'one on each, Local',
      irisSlice({ node: 'iris1', ready: true }, { node: 'iris2', ready: true }),
      local,
      'iris2',
    ],
    [
      'not ready but serving, Local',
      irisSlice({ node: 'iris1', ready: false, serving: true }),
      local,
      'iris1',
    ],
    ['none ready, Local', irisSlice({ node: 'iris1', ready: false }), local, 'no-endpoint'],
    [
      'an endpoint on a node without speaker, Local',
      irisSlice({ node: 'iris3', ready: true }),
      local,
      'no-local-endpoint',
    ],
    ['an endpoint on no node, Cluster', irisSlice({ ready: true }), {}, 'iris2'],
    ['an endpoint on no node, Local', irisSlice({ ready: true }), local, 'no-local-endpoint'],
    [
      'NetworkUnavailable on the winner',
      { nodes: [node('iris1'), node('iris2', { networkUnavailable: 'True' })] },
      {},
      'iris1',
    ],
    [
      'NetworkUnavailable everywhere',
      { nodes: ['iris1', 'iris2'].map((name) => node(name, { networkUnavailable: 'True' })) },
      {},
      'no-eligible-node',
    ],
    [
      'the exclude label on the winner',
      { nodes: [node('iris1'), node('iris2', { labels: EXCLUDE })] },
      {},
      'iris1',
    ],
    [
      'the exclude label everywhere',
      { nodes: ['iris1', 'iris2'].map((name) => node(name, { labels: EXCLUDE })) },
      {},
      'excluded-nodes',
    ],
    [
      'the one thing here, the other there',
      { nodes: [node('iris1', { labels: EXCLUDE }), node('iris2', { networkUnavailable: 'True' })] },
      {},
      'no-eligible-node',
    ],
    [
      'the exclude label, ignored by --ignore-exclude-lb',
      {
        nodes: ['iris1', 'iris2'].map((name) => node(name, { labels: EXCLUDE })),
        speakers: ['iris1', 'iris2'].map((name) => speaker(name, { args: ['--ignore-exclude-lb'] })),
      },
      {},
      'iris2',
    ],
    [
      'NotReady on the winner, which MetalLB does not heed',
      { nodes: [node('iris1'), node('iris2', { ready: 'False' })] },
      {},
      'iris2',
    ],
    ['no speaker on the winner', { speakers: [speaker('iris1')] }, {}, 'iris1'],
    ['no speaker', { speakers: [] }, {}, 'no-speaker'],
    ['a speaker on a node that is gone', { nodes: [node('iris1')] }, {}, 'iris1'],
    [
      'speakers of the Helm chart',
      { speakers: [], helmSpeakers: [speaker('iris1', { helm: true })] },
      {},
      'iris1',
    ],
    [
      'no memberlist: every node counts',
      { speakers: [speaker('iris1', { memberlist: false })] },
      {},
      'iris2',
    ],
  ] satisfies [string, Cluster, ServiceOptions, string][])('%s', (_, changes, options, expected) => {
    expect(announcer(iris(changes, options), '10.20.30.1')).toBe(expected);
  });
});

describe('advertisements', () => {
  const only = (name: string) => ({ matchLabels: { 'kubernetes.io/hostname': name } });
  const app = (name: string) => ({ matchLabels: { app: name } });
  const web: ServiceOptions = { labels: { app: 'web' } };

  it.each([
    ['none', [], {}, 'no-advertisement'],
    ['one for everything', [l2('a')], {}, 'iris2'],
    ['one for another pool', [l2('a', { ipAddressPools: ['other'] })], {}, 'no-advertisement'],
    ['one for the pool by name', [l2('a', { ipAddressPools: ['other', 'default'] })], {}, 'iris2'],
    [
      'one for the pool by label',
      [l2('a', { ipAddressPoolSelectors: [{ matchLabels: { tier: 'web' } }] })],
      {},
      'iris2',
    ],
    [
      'one for pools of another label',
      [l2('a', { ipAddressPoolSelectors: [{ matchLabels: { tier: 'db' } }] })],
      {},
      'no-advertisement',
    ],
    [
      'one for pools by a name or a label',
      [l2('a', { ipAddressPools: ['x'], ipAddressPoolSelectors: [{}] })],
      {},
      'iris2',
    ],
    ['one for one node', [l2('a', { nodeSelectors: [only('iris1')] })], {}, 'iris1'],
    [
      'node selectors are alternatives',
      [l2('a', { nodeSelectors: [only('x'), only('iris1')] })],
      {},
      'iris1',
    ],
    [
      'one for a node that is not there',
      [l2('a', { nodeSelectors: [only('ghost')] })],
      {},
      'no-selected-node',
    ],
    [
      'two, a node each',
      [l2('a', { nodeSelectors: [only('iris1')] }), l2('b', { nodeSelectors: [only('iris2')] })],
      {},
      'iris2',
    ],
    [
      'one for one node and one for all, Local',
      [l2('a', { nodeSelectors: [only('iris2')] }), l2('b')],
      {},
      'iris2',
    ],
    ['one for the Service', [l2('a', { serviceSelectors: [app('db'), app('web')] })], web, 'iris2'],
    ['one for other Services', [l2('a', { serviceSelectors: [app('db')] })], web, 'no-advertisement'],
    [
      'one for labelled Services, this one has none',
      [l2('a', { serviceSelectors: [app('web')] })],
      {},
      'no-advertisement',
    ],
    [
      'each node for another Service',
      [
        l2('a', { nodeSelectors: [only('iris1')], serviceSelectors: [app('web')] }),
        l2('b', { nodeSelectors: [only('iris2')], serviceSelectors: [app('db')] }),
      ],
      web,
      'iris1',
    ],
    [
      'all nodes for another Service, a ghost for this one',
      [
        l2('a', { serviceSelectors: [app('db')] }),
        l2('b', { nodeSelectors: [only('ghost')], serviceSelectors: [app('web')] }),
      ],
      web,
      'no-selected-node',
    ],
    [
      'a preference',
      [l2('a', { preferredNodeSelectors: [{ weight: 1, preference: only('iris1') }] })],
      {},
      'iris1',
    ],
    [
      'preferences add up',
      [
        l2('a', {
          preferredNodeSelectors: [
            { weight: 30, preference: only('iris1') },
            { weight: 50, preference: only('iris2') },
          ],
        }),
        l2('b', { preferredNodeSelectors: [{ weight: 30, preference: only('iris1') }] }),
      ],
      {},
      'iris1',
    ],
    [
      'a preference counts on the nodes of its own advertisement only',
      [
        l2('a', {
          nodeSelectors: [only('iris2')],
          preferredNodeSelectors: [{ weight: 9, preference: only('iris1') }],
        }),
        l2('b'),
      ],
      {},
      'iris2',
    ],
    [
      'a preference for other Services does not count',
      [
        l2('a', {
          serviceSelectors: [app('db')],
          preferredNodeSelectors: [{ weight: 9, preference: only('iris1') }],
        }),
        l2('b'),
      ],
      web,
      'iris2',
    ],
  ] satisfies [string, unknown[], ServiceOptions, string][])(
    '%s',
    (_, l2Advertisements, options, expected) => {
      const pools = [pool('default', ['10.20.30.0/24'], {}, { tier: 'web' })];
      expect(announcer(iris({ l2Advertisements, pools }, options), '10.20.30.1')).toBe(expected);
    },
  );

  it('for BGP alone mean that nobody should announce on the LAN', () => {
    const bgpAdvertisements = [l2('bgp', { ipAddressPools: ['default'] })];
    expect(announcer(iris({ l2Advertisements: [], bgpAdvertisements }), '10.20.30.1')).toBe('bgp-only');
    expect(announcer(iris({ bgpAdvertisements }), '10.20.30.1')).toBe('iris2');
    const forOthers = [l2('bgp', { ipAddressPools: ['other'] })];
    expect(announcer(iris({ l2Advertisements: [], bgpAdvertisements: forOthers }), '10.20.30.1')).toBe(
      'no-advertisement',
    );
  });

  it('beside an allow-shared-ip are treated differently by different MetalLBs', () => {
    const annotations = { 'metallb.io/allow-shared-ip': 'web' };
    const l2Advertisements = [l2('a', { serviceSelectors: [app('web')] })];
    expect(announcer(iris({ l2Advertisements }, { ...web, annotations }), '10.20.30.1')).toBe('?');
    expect(announcer(iris({}, { ...web, annotations }), '10.20.30.1')).toBe('iris2');
  });

  it.each([
    ['none named: all', [l2('a')], null],
    ['named', [l2('a', { interfaces: ['eth1', 'eth0'] })], ['eth0', 'eth1']],
    [
      'of two advertisements together',
      [l2('a', { interfaces: ['eth0', 'eth1'] }), l2('b', { interfaces: ['eth0', 'eth2'] })],
      ['eth0', 'eth1', 'eth2'],
    ],
    ['all where one advertisement allows all', [l2('a', { interfaces: ['eth0'] }), l2('b')], null],
    [
      'of the winning node alone',
      [
        l2('a', { interfaces: ['eth0'], nodeSelectors: [only('iris1')] }),
        l2('b', { interfaces: ['eth1'], nodeSelectors: [only('iris2')] }),
      ],
      ['eth1'],
    ],
  ])('interfaces %s', (_, l2Advertisements, interfaces) => {
    const found = vip(iris({ l2Advertisements }), '10.20.30.1');
    expect(found?.elector?.elect()).toEqual({ node: 'iris2', interfaces });
  });
});

describe('the Service', () => {
  it.each([
    ['with a class, MetalLB without', { loadBalancerClass: 'f5.com/bigip' }, [], 'other-load-balancer-class'],
    ['without a class, MetalLB with', {}, ['--lb-class=metallb'], 'other-load-balancer-class'],
    ["of MetalLB's class", { loadBalancerClass: 'metallb' }, ['--lb-class=metallb'], 'iris2'],
    [
      'with a hostname beside the address',
      { ingress: [{ ip: '10.20.30.1' }, { hostname: 'x.example.com' }] },
      [],
      'bad-ingress',
    ],
    ['with an address of no pool beside it', { ips: ['10.20.30.1', '172.16.0.1'] }, [], 'outside-pools'],
  ] satisfies [string, ServiceOptions, string[], string][])('%s', (_, options, args, expected) => {
    const speakers = [speaker('iris1', { args }), speaker('iris2', { args })];
    expect(announcer(iris({ speakers }, options), '10.20.30.1')).toBe(expected);
  });

  it('outside all pools', () => {
    expect(announcer(iris({}, { ips: ['172.16.0.1'] }), '172.16.0.1')).toBe('outside-pools');
  });

  it('of both families is elected for by its first address', () => {
    const pools = [pool('default', ['10.20.30.0/24', 'fd00:10::/64'])];
    const v4First = iris({ pools }, { ips: ['10.20.30.1', 'fd00:10::1'] });
    expect([announcer(v4First, '10.20.30.1'), announcer(v4First, 'fd00:10::1')]).toEqual(['iris2', 'iris2']);
    // By its IPv6 address alone the other wins: sha256 of `iris1#fd00:10::1` begins 3e62, of `iris2#…` a982.
    const v6First = iris({ pools }, { ips: ['fd00:10::1', '10.20.30.1'] });
    expect([announcer(v6First, '10.20.30.1'), announcer(v6First, 'fd00:10::1')]).toEqual(['iris1', 'iris1']);
  });

  it('whose addresses lie in two pools belongs to none', () => {
    const pools = [pool('v4', ['10.20.30.0/24']), pool('v6', ['fd00:10::/64'])];
    expect(announcer(iris({ pools }, { ips: ['10.20.30.1', 'fd00:10::1'] }), '10.20.30.1')).toBe(
      'outside-pools',
    );
  });
});

describe('two Services on one address', () => {
  const shared = (name: string, options: ServiceOptions = {}) =>
    service(name, { ips: ['10.20.30.1'], annotations: { 'metallb.io/allow-shared-ip': 'web' }, ...options });
  const on = (name: string, ...nodes: string[]) =>
    slice(
      name,
      nodes.map((found) => ({ node: found, ready: true })),
    );

  function both(endpointSlices: unknown[], second: ServiceOptions = {}): ClusterState {
    const services = [shared('ns/tcp'), shared('ns/udp', second)];
    return iris({ services, endpointSlices });
  }

  it('have one announcer, though their endpoints are on different nodes', () => {
    const state = both([on('ns/tcp', 'iris1'), on('ns/udp', 'iris2')]);
    expect(announcer(state, '10.20.30.1')).toBe('iris2');
    expect(state.intent().vips).toHaveLength(1);
    expect(vip(state, '10.20.30.1')).toMatchObject({
      service: 'ns/tcp',
      sharedWith: ['ns/udp'],
      ports: { length: 4 },
    });
  });

  it('are announced where one of them has endpoints', () => {
    expect(announcer(both([on('ns/udp', 'iris1')]), '10.20.30.1')).toBe('iris2');
    expect(announcer(both([on('ns/tcp', 'iris1')]), '10.20.30.1')).toBe('iris2');
    expect(announcer(both([]), '10.20.30.1')).toBe('no-endpoint');
  });

  it('have no one announcer where MetalLB would elect two', () => {
    const state = both([on('ns/tcp', 'iris1'), on('ns/udp', 'iris1')], { policy: 'Local' });
    expect(announcer(state, '10.20.30.1')).toBe('?');
  });

  it('leave it open who announces where it is open for one of them', () => {
    const services = [shared('ns/tcp'), shared('ns/udp', { policy: 'Local' })];
    const endpointSlices = [on('ns/tcp', 'iris1'), on('ns/udp', 'iris1')];
    const speakers = [speaker('iris1', { ready: 'False' }), speaker('iris2')];
    expect(announcer(iris({ services, endpointSlices, speakers }), '10.20.30.1')).toBe('?');
  });

  it('leave the address to one when the other goes', () => {
    const state = both([on('ns/tcp', 'iris1'), on('ns/udp', 'iris2')]);
    state.delete('services', 'ns', 'tcp');
    expect(vip(state, '10.20.30.1')).toMatchObject({ service: 'ns/udp' });
    expect(vip(state, '10.20.30.1')).not.toHaveProperty('sharedWith');
    state.update('services', shared('ns/udp', { ips: ['10.20.30.2'] }));
    expect(state.intent().vips.map(({ address }) => address)).toEqual(['10.20.30.2']);
  });
});

describe('the only node that can announce a VIP', () => {
  const sole = (state: ClusterState) => vip(state, '10.20.30.1')?.elector?.sole?.();
  const at = (...nodes: string[]) => irisSlice(...nodes.map((found) => ({ node: found, ready: true })));
  const local: ServiceOptions = { policy: 'Local' };

  it.each<[string, ClusterState, string | null]>([
    ['is that of the only endpoint, where the policy is Local', iris(at('iris1'), local), 'iris1'],
    ['is none where two nodes have endpoints', iris(at('iris1', 'iris2'), local), null],
    ['is none where the policy is Cluster', iris(at('iris1')), null],
    ['is that which the advertisement selects', iris({ l2Advertisements: [onlyOn('iris1')] }), 'iris1'],
    ['is that of the only speaker', iris({ speakers: [speaker('iris2')] }), 'iris2'],
    [
      'is that of the only speaker which lives for sure',
      iris({ speakers: [speaker('iris1', { ready: 'False' }), speaker('iris2')] }),
      'iris2',
    ],
    ['is none where nobody can', iris(at()), null],
    [
      'is that of the only one for one of two Services',
      cluster({
        ...SMALL,
        services: ['ns/a', 'ns/b'].map((name, i) =>
          service(name, {
            ips: ['10.20.30.1'],
            annotations: { 'metallb.io/allow-shared-ip': 'web' },
            ...(i === 1 && local),
          }),
        ),
        endpointSlices: [slice('ns/a', [{ node: 'iris1' }]), slice('ns/b', [{ node: 'iris2' }])],
        nodes: [node('iris1', { ips: ['10.0.0.1'] }), node('iris2', { ips: ['10.0.0.2'] })],
        pools: [pool('default', ['10.20.30.0/24'])],
        speakers: [speaker('iris1'), speaker('iris2')],
      }),
      'iris2',
    ],
  ])('%s', (_, state, expected) => {
    expect(sole(state)).toBe(expected);
  });
});

describe('a speaker that may be dead', () => {
  const lost = (name: string) => speaker(name, { ready: 'False' });

  it('leaves the election open where it would win', () => {
    expect(announcer(iris({ speakers: [speaker('iris1'), lost('iris2')] }), '10.20.30.1')).toBe('?');
    expect(announcer(iris({ speakers: [lost('iris1'), lost('iris2')] }), '10.20.30.1')).toBe('?');
  });

  it('changes nothing where it would lose', () => {
    expect(announcer(iris({ speakers: [lost('iris1'), speaker('iris2')] }), '10.20.30.1')).toBe('iris2');
  });

  it('is passed over once the wire shows its node to be dead', () => {
    const state = iris({ speakers: [speaker('iris1'), lost('iris2')] });
    expect(announcer(state, '10.20.30.1', new Set(['iris2']))).toBe('iris1');
    expect(announcer(state, '10.20.30.1')).toBe('?');
  });

  it('is passed over while the API still calls it ready', () => {
    const state = iris();
    expect(announcer(state, '10.20.30.1', new Set(['iris2']))).toBe('iris1');
    expect(announcer(state, '10.20.30.1', new Set(['iris1']))).toBe('iris2');
    expect(announcer(state, '10.20.30.1', new Set(['iris1', 'iris2']))).toBe('no-speaker');
    expect(announcer(state, '10.20.30.1')).toBe('iris2');
  });
});

describe('nothing is told of any election', () => {
  it.each([
    'services',
    'endpointSlices',
    'nodes',
    'pools',
    'l2Advertisements',
    'bgpAdvertisements',
    'speakers',
    'helmSpeakers',
  ] as const)('before %s are listed', (kind) => {
    const state = cluster();
    const objects = SMALL[kind];
    state.clear(kind);
    for (const object of objects) state.update(kind, object);
    if (kind !== 'services') state.update('services', service('traefik/traefik'));
    expect(state.doubts()).toEqual(['not-listed']);
    expect(state.unlisted()).toEqual([kind]);
    expect(announcer(state)).toBe('?');
    state.replace(kind, objects);
    expect(state.doubts()).toEqual([]);
    expect(announcer(state)).not.toBe('?');
  });

  it.each([
    ['overlapping pools', { pools: [...SMALL.pools, pool('z', ['192.168.1.245/32'])] }],
    ['a pool that cannot be read', { pools: [...SMALL.pools, pool('z', ['10.0.0.9-10.0.0.1'])] }],
    [
      'an advertisement that cannot be read',
      { l2Advertisements: [l2('all'), l2('z', { ipAddressPools: ['a', 'a'] })] },
    ],
    [
      'a BGP advertisement that cannot be read',
      { bgpAdvertisements: [l2('z', { ipAddressPools: ['a', 'a'] })] },
    ],
  ])('with %s: MetalLB goes on with the configuration before', (_, changes) => {
    const state = cluster(changes);
    expect(state.doubts()).toEqual(['configuration-refused']);
    expect(announcer(state)).toBe('?');
  });

  it.each([
    ['settings', speaker('w2', { args: ['--lb-class=metallb'] })],
    ['namespaces', speaker('w2', { namespace: 'other' })],
  ])('while the speakers run with different %s', (_, other) => {
    const state = cluster({ speakers: [speaker('cp'), speaker('w1'), other] });
    expect(state.doubts()).toEqual(['speakers-differ']);
    expect(announcer(state)).toBe('?');
  });

  it('of a Service with a class, where no speaker shows which class MetalLB answers to', () => {
    const services = [service('a/b', { loadBalancerClass: 'metallb' })];
    expect(
      announcer(cluster({ services, endpointSlices: [slice('a/b', [{ node: 'w1' }])], speakers: [] })),
    ).toBe('?');
  });
});

it('faults of objects outside of the namespace of MetalLB are no faults of its configuration', () => {
  const elsewhere = (object: Record<string, unknown>) => ({
    ...object,
    metadata: { ...(object.metadata as object), namespace: 'default' },
  });
  const state = cluster({
    pools: [...SMALL.pools, elsewhere(pool('bad', ['x/y'])), elsewhere(pool('good', ['192.168.1.240/28']))],
    l2Advertisements: [elsewhere(l2('all'))],
  });
  expect(state.doubts()).toEqual([]);
  expect(announcer(state)).toBe('no-advertisement');
  expect(state.intent().pools.map(({ name }) => name)).toEqual(['main-pool']);
  expect(state.skipped()).toEqual([
    { kind: 'pools', object: 'default/bad', reason: 'bad-range' },
    { kind: 'pools', object: 'default/good', reason: 'other-namespace' },
    { kind: 'l2Advertisements', object: 'default/all', reason: 'other-namespace' },
  ]);
});
