// Can a VIP move, and will it be announced at all? Each rule with what raises it, and with what resembles that and is fine.
import { describe, expect, it } from 'vitest';
import {
  agent,
  bgp,
  ip,
  kubeProxy,
  l2,
  live,
  messageOf,
  node,
  offline,
  other,
  pod,
  pool,
  type RuleCase,
  rulesWithoutCases,
  service,
  slice,
  speaker,
  speakerContainers,
  speakerDaemon,
  statusesOf,
  told,
  WIRE,
} from '../home.ts';

const EXCLUDED = { metadata: { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } } };
const TAINTED = { spec: { taints: [{ key: 'CriticalAddonsOnly', value: 'true', effect: 'NoExecute' }] } };
const LOCAL = { spec: { externalTrafficPolicy: 'Local' } };
const old = (version: string) => [
  speaker('w1', speakerContainers(version)),
  speaker('w2', speakerContainers(version)),
  speakerDaemon({}, { containers: speakerContainers(version) }),
];
const MEMBERLIST = speakerContainers('0.16.2')[0]!.env;
const kubeVip = other('apps/v1', 'Deployment', 'kube-system/kube-vip-cloud-provider', {
  spec: {
    template: { spec: { containers: [{ image: 'ghcr.io/kube-vip/kube-vip-cloud-provider:v0.0.11' }] } },
  },
});

const state = (status: object) =>
  other('metallb.io/v1beta1', 'ConfigurationState', 'metallb-system/controller', { status });

const CASES: readonly RuleCase[] = [
  [
    'single-candidate: a nodeSelector leaves one',
    () =>
      live({
        objects: [l2('main', { nodeSelectors: [{ matchLabels: { 'kubernetes.io/hostname': 'w1' } }] })],
      }),
    ['warning single-candidate'],
  ],
  [
    'single-candidate: one node alone is worth knowing',
    () =>
      live({ without: ['Node w2', 'Pod metallb-system/speaker-w2'], objects: [slice('web/web', ['w1'])] }),
    ['info single-candidate'],
  ],
  [
    'single-candidate: not Local with endpoints on two nodes',
    () => live({ objects: [service('web/web', '192.168.1.240', LOCAL)] }),
    [],
  ],
  [
    'single-candidate: Local with one endpoint',
    () => live({ objects: [service('web/web', '192.168.1.240', LOCAL), slice('web/web', ['w2'])] }),
    ['warning single-candidate', 'warning one-endpoint-node'],
  ],

  [
    'speaker-missing: a taint that it does not tolerate',
    () => live({ objects: [node('w3', '192.168.1.13', TAINTED)] }),
    ['warning speaker-missing'],
  ],
  [
    'speaker-missing: not where one runs in spite of a cordon',
    () =>
      live({
        objects: [
          node('w2', '192.168.1.12', {
            spec: {
              unschedulable: true,
              taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
            },
          }),
        ],
      }),
    [],
  ],

  [
    'excluded-nodes: one is left',
    () => live({ objects: [node('w2', '192.168.1.12', EXCLUDED)] }),
    ['warning single-candidate', 'warning excluded-nodes'],
  ],
  [
    'single-candidate: not where files hold one node of those there may be',
    () =>
      offline([
        node('w1', '192.168.1.11'),
        ...[speaker('w1'), speaker('w2'), l2('main'), pool('main-pool', ['192.168.1.240/32'])],
        ...[service('web/web', '192.168.1.240'), slice('web/web', ['w1', 'w2'])],
      ]),
    [],
  ],
  [
    'excluded-nodes: not where files hold one node of those there may be',
    () => offline([node('w1', '192.168.1.11', EXCLUDED), speakerDaemon(), pod('web/web-b', 'w2')]),
    [],
  ],
  [
    'excluded-nodes: not while two are left',
    () => live({ objects: [node('cp', '192.168.1.10', EXCLUDED), speaker('cp')] }),
    [],
  ],
  [
    'excluded-nodes: not with --ignore-exclude-lb',
    () =>
      live({
        objects: [
          node('w2', '192.168.1.12', EXCLUDED),
          speaker('w1', speakerContainers('0.16.2', ['--ignore-exclude-lb'])),
          speaker('w2', speakerContainers('0.16.2', ['--ignore-exclude-lb'])),
        ],
      }),
    [],
  ],

  [
    'no-advertisement: none selects the pool',
    () => live({ objects: [pool('second', ['192.168.1.250-192.168.1.251'])] }),
    ['critical no-advertisement'],
  ],
  [
    'no-advertisement: BGP alone is worth knowing',
    () => live({ objects: [pool('second', ['192.168.1.250-192.168.1.251']), bgp('b')] }),
    ['info no-advertisement'],
  ],
  [
    'no-advertisement: not where one selects all pools',
    () => live({ objects: [pool('second', ['192.168.1.250-192.168.1.251']), l2('all')] }),
    [],
  ],

  [
    'no-interface: the elected node lacks it',
    () => live({ objects: [l2('main', { interfaces: ['eth7'] })] }),
    ['critical no-interface'],
  ],
  [
    'no-interface: not where it has one of several',
    () => live({ objects: [l2('main', { interfaces: ['eth7', 'eth0'] }), agent('w1', '192.168.1.11')] }),
    [],
  ],

  [
    'wrong-namespace: a pool elsewhere',
    () =>
      live({
        objects: [
          other('metallb.io/v1beta1', 'IPAddressPool', 'default/lost', {
            spec: { addresses: ['192.168.1.250/32'] },
          }),
          l2('all'),
        ],
      }),
    ['critical wrong-namespace'],
  ],
  [
    'wrong-namespace: not where MetalLB has another one',
    () =>
      offline(
        [
          other('metallb.io/v1beta1', 'IPAddressPool', 'lb/main', {
            spec: { addresses: ['192.168.1.250/32'] },
          }),
        ],
        { metallbNamespace: 'lb' },
      ),
    [],
  ],

  [
    'ipvs-without-strict-arp: kubeadm',
    () => live({ objects: [kubeProxy('mode: ipvs\nipvs: { strictARP: false }\n')] }),
    ['critical ipvs-without-strict-arp'],
  ],
  [
    'ipvs-without-strict-arp: not with strictARP',
    () => live({ objects: [kubeProxy('mode: ipvs\nipvs: { strictARP: true }\n')] }),
    [],
  ],
  [
    'ipvs-without-strict-arp: not the default mode',
    () => live({ objects: [kubeProxy('mode: ""\nipvs: { strictARP: false }\n')] }),
    [],
  ],
  [
    'ipvs-without-strict-arp: k3s',
    () =>
      live({
        without: ['ConfigMap kube-system/kube-proxy'],
        objects: [k3s(['agent', '--kube-proxy-arg=proxy-mode=ipvs'])],
      }),
    ['critical ipvs-without-strict-arp'],
  ],
  [
    'ipvs-without-strict-arp: not k3s with ipvs-strict-arp',
    () =>
      live({
        without: ['ConfigMap kube-system/kube-proxy'],
        objects: [
          k3s(['agent', '--kube-proxy-arg', 'proxy-mode=ipvs', '--kube-proxy-arg', 'ipvs-strict-arp']),
        ],
      }),
    [],
  ],

  [
    'memberlist-blocked: no memberlist',
    () =>
      live({
        objects: [
          speaker('w1', speakerContainers('0.16.2', [], false)),
          speaker('w2', speakerContainers('0.16.2', [], false)),
        ],
      }),
    ['warning memberlist-blocked'],
  ],

  [
    'memberlist-blocked: a node that drops everything',
    () => live({ facts: memberlist('silent') }),
    ['warning memberlist-blocked'],
  ],
  [
    'memberlist-blocked: not where no speaker listens just now',
    () => live({ facts: memberlist('refused') }),
    [],
  ],
  ['memberlist-blocked: not of a node that is off', () => live({ facts: memberlist('away') }), []],

  [
    'metallb-version: before 0.16.0',
    () => live({ objects: old('0.15.3') }),
    ['warning metallb-version', 'warning metallb-upgrade-split'],
  ],
  ['metallb-version: not 0.16.1', () => live({ objects: old('0.16.1') }), ['warning metallb-upgrade-split']],
  [
    'metallb-version: not where the images are named by a digest',
    () => {
      const containers = [
        { name: 'speaker', image: `quay.io/metallb/speaker@sha256:${'0'.repeat(64)}`, env: MEMBERLIST },
      ];
      return live({
        objects: [speaker('w1', containers), speaker('w2', containers), speakerDaemon({}, { containers })],
      });
    },
    [],
  ],
  [
    'metallb-version: 0.16.2 where Services share and are selected',
    () =>
      live({
        objects: [
          l2('selecting', { serviceSelectors: [{ matchLabels: { a: 'b' } }] }),
          service('web/web', '192.168.1.240', {
            metadata: { annotations: { 'metallb.io/allow-shared-ip': 'x' } },
          }),
        ],
      }),
    ['warning metallb-version'],
  ],

  [
    'metallb-upgrade-split: in the middle of it',
    () => live({ objects: [speaker('w1', speakerContainers('0.16.1'))] }),
    ['critical metallb-upgrade-split'],
  ],
  [
    'metallb-upgrade-split: not without memberlist',
    () =>
      live({
        objects: [
          speaker('w1', speakerContainers('0.16.1', [], false)),
          speaker('w2', speakerContainers('0.16.2', [], false)),
        ],
      }),
    ['warning memberlist-blocked'],
  ],
  [
    'metallb-upgrade-split: not among versions from 0.16.2 on',
    () => live({ objects: [speaker('w1', speakerContainers('0.16.3'))] }),
    [],
  ],

  [
    'config-invalid: it says so',
    () => live({ objects: [state({ result: 'Invalid', errorSummary: 'duplicate pool' })] }),
    ['critical config-invalid'],
  ],
  [
    'config-invalid: not while a component that just started has not said anything',
    () => live({ objects: [state({ result: 'Unknown' })] }),
    [],
  ],
  [
    'config-invalid: not where something else than the configuration failed',
    () =>
      live({
        objects: [
          state({ result: 'Valid', conditions: [{ type: 'bgp', status: 'False', reason: 'ApplyError' }] }),
        ],
      }),
    [],
  ],

  ['two-load-balancers: kube-vip', () => live({ objects: [kubeVip] }), ['critical two-load-balancers']],
  [
    'two-load-balancers: Cilium',
    () => live({ objects: [other('cilium.io/v2alpha1', 'CiliumLoadBalancerIPPool', 'lan')] }),
    ['critical two-load-balancers'],
  ],
  [
    'two-load-balancers: Cilium that announces alone is worth knowing',
    () => live({ objects: [other('cilium.io/v2alpha1', 'CiliumL2AnnouncementPolicy', 'lan')] }),
    ['info two-load-balancers'],
  ],
  [
    'speaker-missing: not of a node that runs Windows',
    () =>
      live({
        objects: [node('win', '192.168.1.13', { metadata: { labels: { 'kubernetes.io/os': 'windows' } } })],
      }),
    [],
  ],
  [
    'two-load-balancers: not where files give MetalLB a class of its own',
    () =>
      offline([
        kubeVip,
        speakerDaemon({}, { containers: speakerContainers('0.16.2', ['--lb-class=metallb']) }),
      ]),
    [],
  ],
  [
    'two-load-balancers: in files',
    () => offline([kubeVip, speakerDaemon()]),
    ['critical two-load-balancers'],
  ],
  [
    'two-load-balancers: not where MetalLB has a class of its own',
    () =>
      live({
        objects: [
          kubeVip,
          speaker('w1', speakerContainers('0.16.2', ['--lb-class=metallb'])),
          speaker('w2', speakerContainers('0.16.2', ['--lb-class=metallb'])),
          service('web/web', '192.168.1.240', { spec: { loadBalancerClass: 'metallb' } }),
        ],
      }),
    [],
  ],
];

function memberlist(reach: 'refused' | 'silent' | 'away') {
  const others = [{ node: 'w2', ip: ip('192.168.1.12'), port: 7946, reach }];
  return { wire: { ...WIRE, memberlist: { from: 'w1', others } } };
}

function k3s(args: readonly string[]) {
  return node('w1', '192.168.1.11', {
    metadata: { annotations: { 'k3s.io/node-args': JSON.stringify(args) } },
  });
}

describe('the VIPs', () => {
  it('has a case on either side of each rule', () => {
    expect(rulesWithoutCases('move', CASES)).toEqual([]);
  });

  it.each(CASES)('%s', (_, report, expected) => {
    expect(told(report())).toEqual(expected);
  });
});

describe('what they say', () => {
  it('names what keeps each other node from announcing', () => {
    const nodes = [node('w2', '192.168.1.12', EXCLUDED), node('w3', '192.168.1.13', TAINTED)];
    const report = live({ objects: nodes });
    expect(messageOf(report, 'single-candidate')).toBe(
      'Only w1 can announce 192.168.1.240 (web/web): not w2, because it has the label node.kubernetes.io/exclude-from-external-load-balancers; not w3, because no speaker of MetalLB is ready there.',
    );
    const [missing] = report.results.filter(({ id }) => id === 'speaker-missing');
    expect(missing!.remedy).toBe(
      'Add to the speaker\'s tolerations: { key: CriticalAddonsOnly, operator: Equal, value: "true", effect: NoExecute }.',
    );
  });

  it('says that files without any L2Advertisement prove nothing', () => {
    expect(statusesOf(offline([pool('main', ['192.168.1.250/32'])]), 'no-advertisement')).toEqual([
      'skipped',
    ]);
  });

  it('says that an unknown interface is not checked', () => {
    const report = live({
      objects: [l2('main', { interfaces: ['eth7'] })],
      without: ['Pod vipwatch/vipwatch-w1', 'Pod vipwatch/vipwatch-w2'],
    });
    expect(statusesOf(report, 'no-interface')).toEqual(['skipped']);
  });

  it('says that a port between nodes is not checked where it was not asked from a node', () => {
    const facts = { wire: { ...WIRE, memberlist: null } };
    expect(statusesOf(live({ facts }), 'memberlist-blocked')).toEqual(['skipped']);
    expect(statusesOf(live(), 'memberlist-blocked')).toEqual(['ok']);
  });

  it('says that a port between nodes is not checked where no other node could be asked', () => {
    const off = memberlist('away');
    const none = { wire: { ...WIRE, memberlist: { from: 'w1', others: [] } } };
    for (const facts of [off, none])
      expect(statusesOf(live({ facts }), 'memberlist-blocked')).toEqual(['skipped']);
    expect(statusesOf(live({ facts: memberlist('refused') }), 'memberlist-blocked')).toEqual(['ok']);
  });
});
