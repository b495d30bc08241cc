// What is kept of each kind of object, whole and damaged.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trimAdvertisement, trimL2Advertisement } from '../../../src/cluster/objects/advertisement.ts';
import { trimAgent } from '../../../src/cluster/objects/agent.ts';
import { Interning } from '../../../src/cluster/objects/interning.ts';
import { trimNode } from '../../../src/cluster/objects/node.ts';
import { idOf } from '../../../src/cluster/objects/object-id.ts';
import { trimPool } from '../../../src/cluster/objects/pool.ts';
import type { Kind } from '../../../src/cluster/objects/resources.ts';
import { trimEndpointSlice, trimService } from '../../../src/cluster/objects/service.ts';
import { summarise, trimSpeaker } from '../../../src/cluster/objects/speaker.ts';
import { trimL2Status } from '../../../src/cluster/objects/status.ts';
import type { Trim } from '../../../src/cluster/objects/trimmed.ts';
import { ClusterState } from '../../../src/cluster/state.ts';
import { agent, type Endpoint, keep, l2, l2Status, node, pool, service, slice, speaker } from '../objects.ts';

const TRIMS: readonly [Kind, Trim<object>, Record<string, unknown>][] = [
  ['services', trimService, service('a/b')],
  ['endpointSlices', trimEndpointSlice, slice('a/b', [{ node: 'n', ready: true }])],
  ['nodes', trimNode, node('n', { ips: ['10.0.0.1'] })],
  ['pools', trimPool, pool('main', ['10.0.0.0/24'])],
  ['l2Advertisements', trimL2Advertisement, l2('all', { nodeSelectors: [{ matchLabels: { a: 'b' } }] })],
  ['bgpAdvertisements', trimAdvertisement, l2('all', { ipAddressPools: ['main'] })],
  ['speakers', trimSpeaker, speaker('n')],
  ['helmSpeakers', trimSpeaker, speaker('n', { helm: true })],
  ['l2Statuses', trimL2Status, l2Status('a/b', 'n')],
  ['agents', trimAgent, agent('n', '{"version":1,"interfaces":[]}')],
];

describe.each(TRIMS)('of %s, an object', (kind, trim, whole) => {
  it('is kept whole without a problem', () => {
    expect(keep(trim, whole).object).not.toBeNull();
    expect(keep(trim, whole).problems).toEqual([]);
  });

  it('keeps a name of 253 characters, and is refused with a longer one', () => {
    const named = (name: string) => ({ ...whole, metadata: { ...(whole.metadata as object), name } });
    const state = new ClusterState();
    state.replace(kind, []);
    expect(state.replace(kind, [named('n'.repeat(253))])).toBe(true);
    expect(state.skipped()).toEqual([]);
    state.update(kind, named('n'.repeat(254)));
    expect(state.skipped()).toEqual([{ kind, object: '?', reason: 'bad-name' }]);
  });

  it.each([
    [undefined],
    [null],
    [7],
    ['text'],
    [[]],
    [{}],
    [{ metadata: null }],
    [{ metadata: { name: '' } }],
  ])('is refused in the shape of %j', (raw) => {
    const state = new ClusterState();
    state.replace(kind, [raw, whole]);
    expect(state.skipped()).toEqual([{ kind, object: '?', reason: 'bad-name' }]);
    state.replace(kind, [whole]);
    expect(state.skipped()).toEqual([]);
  });

  it('with any part replaced by anything never throws', () => {
    const paths = pathsOf(whole);
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.oneof(fc.jsonValue(), fc.constant(undefined)),
        (path, value) => {
          const damaged = replaced(whole, path, value);
          trim(damaged, idOf('a', 'b'), new Interning());
          new ClusterState().update(kind, damaged);
        },
      ),
    );
  });
});

describe('trimService()', () => {
  it('keeps what is used', () => {
    const raw = service('traefik/traefik', {
      ips: ['192.168.1.240', 'FD00:0::1'],
      policy: 'Local',
      loadBalancerClass: 'metallb',
      labels: { app: 'traefik' },
    });
    expect(keep(trimService, raw).object).toEqual({
      key: 'traefik/traefik',
      ingress: ['192.168.1.240', 'fd00::1'],
      ingressComplete: true,
      loadBalancerClass: 'metallb',
      local: true,
      sharesAddress: false,
      ports: [
        { protocol: 'TCP', port: 80 },
        { protocol: 'UDP', port: 443 },
      ],
      labels: { app: 'traefik' },
    });
  });

  it.each([
    ['another type', service('a/b', { type: 'ClusterIP' }), []],
    ['one that waits for its address', service('a/b', { ips: [] }), []],
    ['one without status', { ...service('a/b'), status: undefined }, []],
    ['half of one', { metadata: { namespace: 'a', name: 'b' } }, []],
    ['hostnames', service('a/b', { ingress: [{ hostname: 'x.elb.example.com' }] }), ['hostname-only']],
    ['no addresses', service('a/b', { ips: ['10.0.0', '010.0.0.1'] }), ['bad-ingress-address']],
    ['an address with a zone', service('a/b', { ips: ['fe80::1%eth0'] }), ['bad-ingress-address']],
  ])('has no use for %s', (_, raw, problems) => {
    expect(keep(trimService, raw)).toEqual({ object: null, problems });
  });

  it('keeps the addresses beside a hostname, and says that the list is not complete', () => {
    const { object, problems } = keep(
      trimService,
      service('a/b', { ingress: [{ hostname: 'x.example.com' }, { ip: '10.0.0.1' }] }),
    );
    expect(object).toMatchObject({ ingress: ['10.0.0.1'], ingressComplete: false });
    expect(problems).toEqual(['hostname-only']);
  });

  it('writes an IPv4-mapped address as Go does, since that text is hashed', () => {
    expect(keep(trimService, service('a/b', { ips: ['::ffff:10.0.0.1'] })).object?.ingress).toEqual([
      '10.0.0.1',
    ]);
  });

  it.each([
    ['metallb.io/allow-shared-ip', true],
    ['metallb.universe.tf/allow-shared-ip', true],
    ['metallb.universe.tf/address-pool', false],
  ])('reads the annotation %s: shared %j', (key, shared) => {
    expect(keep(trimService, service('a/b', { annotations: { [key]: 'web' } })).object?.sharesAddress).toBe(
      shared,
    );
  });
});

describe('trimEndpointSlice()', () => {
  it.each([
    ['ready', [{ node: 'n', ready: true }], true, ['n']],
    ['nothing said of ready', [{ node: 'n' }], true, ['n']],
    ['ready null', [{ node: 'n', ready: null }], true, ['n']],
    ['not ready', [{ node: 'n', ready: false }], false, []],
    ['not ready, still serving', [{ node: 'n', ready: false, serving: true }], true, ['n']],
    ['not ready, not serving', [{ node: 'n', ready: false, serving: false }], false, []],
    ['ready, not serving', [{ node: 'n', ready: true, serving: false }], true, ['n']],
    ['on no node', [{ ready: true }], true, []],
    ['on an empty node name', [{ node: '', ready: true }], true, []],
    ['twice on a node', [{ node: 'b', ready: true }, { node: 'b' }, { node: 'a' }], true, ['a', 'b']],
    [
      'one of two',
      [
        { node: 'a', ready: false },
        { node: 'b', ready: true },
      ],
      true,
      ['b'],
    ],
    ['none at all', [], false, []],
  ] satisfies [string, Endpoint[], boolean, string[]][])('%s', (_, endpoints, servable, nodes) => {
    expect(keep(trimEndpointSlice, slice('a/web', endpoints)).object).toEqual({
      service: 'a/web',
      servable,
      nodes,
    });
  });

  it('takes null for no endpoints, as a slice of a Service without Pods has it', () => {
    expect(keep(trimEndpointSlice, { ...slice('a/b', []), endpoints: null }).object?.servable).toBe(false);
  });

  it('has no use for one of no Service', () => {
    const raw = { ...slice('a/b', []), metadata: { namespace: 'a', name: 'x' } };
    expect(keep(trimEndpointSlice, raw)).toEqual({ object: null, problems: ['no-service'] });
  });
});

describe('trimNode()', () => {
  const EXCLUDE = 'node.kubernetes.io/exclude-from-external-load-balancers';

  it.each([
    [
      'its InternalIPs',
      node('n', { ips: ['10.0.0.1', 'FD00::1'] }),
      { addresses: ['10.0.0.1', 'fd00::1'] },
      [],
    ],
    ['no address', node('n'), { addresses: [] }, ['no-address']],
    [
      'a bad address among good ones',
      node('n', { ips: ['10.0.0', '10.0.0.1'] }),
      { addresses: ['10.0.0.1'] },
      ['bad-address'],
    ],
    [
      'an address of nobody',
      node('n', { ips: ['0.0.0.0'] }),
      { addresses: [] },
      ['bad-address', 'no-address'],
    ],
    ['no status', { metadata: { name: 'n' } }, { addresses: [], networkUnavailable: false }, ['no-address']],
    [
      'NetworkUnavailable',
      node('n', { ips: ['10.0.0.1'], networkUnavailable: 'True' }),
      { networkUnavailable: true },
      [],
    ],
    [
      'NetworkUnavailable unknown',
      node('n', { ips: ['10.0.0.1'], networkUnavailable: 'Unknown' }),
      { networkUnavailable: false },
      [],
    ],
    ['ready', node('n', { ips: ['10.0.0.1'] }), { ready: true }, []],
    [
      'not ready, which MetalLB does not heed',
      node('n', { ips: ['10.0.0.1'], ready: 'False' }),
      { networkUnavailable: false, ready: false },
      [],
    ],
    [
      'not heard any more',
      node('n', { ips: ['10.0.0.1'], ready: 'Unknown' }),
      { networkUnavailable: false, ready: false },
      [],
    ],
    [
      'the exclude label',
      node('n', { ips: ['10.0.0.1'], labels: { [EXCLUDE]: '' } }),
      { excluded: true },
      [],
    ],
    [
      'the exclude label, said to be false',
      node('n', { ips: ['10.0.0.1'], labels: { [EXCLUDE]: 'false' } }),
      { excluded: true },
      [],
    ],
    ['no network for Pods', node('n', { ips: ['10.0.0.1'] }), { podNetworks: [] }, []],
    [
      'networks for Pods',
      { ...node('n', { ips: ['10.0.0.1'] }), spec: { podCIDRs: ['10.42.0.0/24', 'fd42::/64', 7] } },
      { podNetworks: ['10.42.0.0/24', 'fd42::/64'] },
      [],
    ],
    ['no exclude label', node('n', { ips: ['10.0.0.1'] }), { excluded: false, testMarks: [] }, []],
    [
      'what failover tests have put there, by label and by taint',
      {
        ...node('n', { ips: ['10.0.0.1'], labels: { [EXCLUDE]: 'vipwatch-1' } }),
        spec: {
          taints: [
            { key: 'vipwatch.dev/failover-test', value: 'vipwatch-2', effect: 'NoSchedule' },
            { key: 'vipwatch.dev/failover-test', value: 'mine', effect: 'NoSchedule' },
            { key: 'mine', value: 'vipwatch-3', effect: 'NoSchedule' },
          ],
        },
      },
      { excluded: true, testMarks: ['vipwatch-1', 'vipwatch-2'] },
      [],
    ],
  ])('%s', (_, raw, fields, problems) => {
    const trimmed = keep(trimNode, raw);
    expect(trimmed.object).toMatchObject(fields);
    expect(trimmed.problems).toEqual(problems);
  });
});

describe('trimL2Advertisement()', () => {
  const everything = { matchLabels: { a: 'b' } };

  it.each([
    [
      'an unknown operator',
      { nodeSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Like', values: ['b'] }] }] },
      'bad-selector',
    ],
    ['a pool named twice', { ipAddressPools: ['main', 'main'] }, 'duplicate-entry'],
    ['a node selector twice', { nodeSelectors: [everything, everything] }, 'duplicate-entry'],
    [
      'a selector twice, its labels in another order',
      { nodeSelectors: [{ matchLabels: { a: '1', b: '2' } }, { matchLabels: { b: '2', a: '1' } }] },
      'duplicate-entry',
    ],
    ['a pool selector twice', { ipAddressPoolSelectors: [everything, everything] }, 'duplicate-entry'],
    ['a service selector twice', { serviceSelectors: [everything, everything] }, 'duplicate-entry'],
    [
      'a value twice',
      { nodeSelectors: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b', 'b'] }] }] },
      'duplicate-entry',
    ],
  ])('refuses what MetalLB refuses: %s', (_, spec, problem) => {
    expect(keep(trimL2Advertisement, l2('all', spec))).toEqual({ object: null, problems: [problem] });
  });

  it('takes one without any spec for everything', () => {
    expect(keep(trimL2Advertisement, { ...l2('all'), spec: undefined }).object).toMatchObject({
      pools: [],
      poolSelectors: [],
      nodeSelectors: [],
      serviceSelectors: [],
      interfaces: [],
    });
  });
});

describe('trimSpeaker()', () => {
  const stopped = { state: { waiting: { reason: 'CrashLoopBackOff' } }, ready: false };
  const starting = { state: { running: { startedAt: '2026-03-01T16:42:58Z' } }, ready: false };

  it.each([
    ['ready', speaker('n'), 'up'],
    ['of the Helm chart', speaker('n', { helm: true }), 'up'],
    ['just started, not ready yet', speaker('n', { ready: 'False', container: starting }), 'doubtful'],
    ['of a node that is not heard of', speaker('n', { ready: 'False' }), 'doubtful'],
    ['being deleted', speaker('n', { deleted: true }), 'doubtful'],
    ['without status', { ...speaker('n'), status: undefined }, 'doubtful'],
    ['crashed', speaker('n', { ready: 'False', container: stopped }), 'down'],
    ['deleted and gone', speaker('n', { deleted: true, ready: 'False', container: stopped }), 'down'],
    ['about to start', speaker('n', { phase: 'Pending', ready: 'False' }), 'down'],
    ['evicted', speaker('n', { phase: 'Failed', ready: 'False' }), 'down'],
  ])('%s', (_, raw, state) => {
    expect(keep(trimSpeaker, raw).object).toMatchObject({ node: 'n', state });
  });

  it.each([
    ['not scheduled yet', { ...speaker('n'), spec: {} }],
    [
      'a speaker of another program',
      {
        ...speaker('n'),
        metadata: { name: 'x' },
        spec: { nodeName: 'n', containers: [{ name: 'speaker' }] },
      },
    ],
  ])('has no use for one %s', (_, raw) => {
    expect(keep(trimSpeaker, raw)).toEqual({ object: null, problems: [] });
  });

  it('knows a chart of another name by its container', () => {
    const { metadata, ...rest } = speaker('n', { helm: true });
    const renamed = { ...(metadata as object), labels: { 'app.kubernetes.io/name': 'lb' } };
    expect(keep(trimSpeaker, { ...rest, metadata: renamed }).object?.node).toBe('n');
  });

  it.each([
    ['nothing', [], {}],
    ['--lb-class', ['--lb-class=metallb'], { loadBalancerClass: 'metallb' }],
    ['-lb-class in two words', ['-lb-class', 'metallb'], { loadBalancerClass: 'metallb' }],
    ['an empty --lb-class', ['--lb-class='], {}],
    ['--ignore-exclude-lb', ['--ignore-exclude-lb'], { ignoreExcludeLabel: true }],
    ['--ignore-exclude-lb=true', ['--ignore-exclude-lb=true'], { ignoreExcludeLabel: true }],
    [
      '--ignore-exclude-lb before another',
      ['--ignore-exclude-lb', '--lb-class=x'],
      { ignoreExcludeLabel: true, loadBalancerClass: 'x' },
    ],
    ['--ignore-exclude-lb=false', ['--ignore-exclude-lb=false'], {}],
    ['--ml-bindaddr emptied', ['--ml-bindaddr='], { memberlist: false }],
  ])('reads of its command line: %s', (_, args, settings) => {
    const usual = { loadBalancerClass: null, ignoreExcludeLabel: false, memberlist: true };
    expect(keep(trimSpeaker, speaker('n', { args })).object?.settings).toEqual({ ...usual, ...settings });
  });

  it('reads of its environment whether memberlist is on', () => {
    expect(keep(trimSpeaker, speaker('n', { memberlist: false })).object?.settings?.memberlist).toBe(false);
  });

  it.each([
    ['up stands for its successor that starts', ['up', 'down'], 'up'],
    ['a doubtful one for one that is gone', ['down', 'doubtful'], 'doubtful'],
    ['none that runs is none', ['down', 'down'], 'down'],
  ] as const)('two on a node: %s', (_, states, state) => {
    const pods = states.map((one) => ({
      namespace: 'm',
      name: `speaker-${one}`,
      node: 'n',
      state: one,
      settings: null,
    }));
    expect(summarise(pods).states.get('n')).toBe(state);
  });
});

describe('trimL2Status()', () => {
  it('reads the present shape', () => {
    expect(keep(trimL2Status, l2Status('traefik/web', 'w1')).object).toEqual({
      service: 'traefik/web',
      node: 'w1',
    });
  });

  it('reads the shape of MetalLB 0.14.5: in the namespace of the Service, which a label names', () => {
    const raw = {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'ServiceL2Status',
      metadata: {
        namespace: 'traefik',
        name: 'web-w1',
        labels: { 'metallb.io/node': 'w1', 'metallb.io/service-name': 'web' },
      },
      status: { node: 'w1', interfaces: [{ name: 'eth0' }] },
    };
    expect(keep(trimL2Status, raw).object).toMatchObject({ service: 'traefik/web', node: 'w1' });
  });

  it.each([
    ['no Service', { metadata: { name: 'l2-x' }, status: { node: 'w1' } }, 'no-service'],
    ['no node', { metadata: { name: 'l2-x' }, status: { serviceName: 'web' } }, 'no-node'],
  ])('has no use for one that names %s', (_, raw, problem) => {
    expect(keep(trimL2Status, raw)).toEqual({ object: null, problems: [problem] });
  });
});

function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  return [[...path], ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]))];
}

function replaced(whole: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(whole))
    return whole.map((item, i) => (`${i}` === key ? replaced(item, rest, value) : item));
  return { ...(whole as object), [key]: replaced((whole as Record<string, unknown>)[key], rest, value) };
}
