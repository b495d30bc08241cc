// Can a VIP move, and will it be announced at all? Each rule with what raises it, and with what resembles that and is fine.
import { describe, expect, it } from 'vitest';
import type { CheckReport } from '../../../src/check/checks.ts';
import {
  agent,
  bgp,
  kubeProxy,
  l2,
  live,
  messageOf,
  node,
  offline,
  other,
  pool,
  service,
  slice,
  speaker,
  speakerContainers,
  speakerDaemon,
  statusesOf,
  told,
} from '../home.ts';

type Case = readonly [what: string, report: () => CheckReport, told: readonly string[]];

const EXCLUDED = { metadata: { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } } };
const TAINTED = { spec: { taints: [{ key: 'CriticalAddonsOnly', value: 'true', effect: 'NoExecute' }] } };
const LOCAL = { spec: { externalTrafficPolicy: 'Local' } };
const old = (version: string) => [
  speaker('w1', speakerContainers(version)),
  speaker('w2', speakerContainers(version)),
  speakerDaemon({}, { containers: speakerContainers(version) }),
];
const kubeVip = other('apps/v1', 'Deployment', 'kube-system/kube-vip-cloud-provider', {
  spec: {
    template: { spec: { containers: [{ image: 'ghcr.io/kube-vip/kube-vip-cloud-provider:v0.0.11' }] } },
  },
});

const CASES: readonly Case[] = [
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
    'metallb-version: before 0.16.0',
    () => live({ objects: old('0.15.3') }),
    ['warning metallb-version', 'warning metallb-upgrade-split'],
  ],
  ['metallb-version: not 0.16.1', () => live({ objects: old('0.16.1') }), ['warning metallb-upgrade-split']],
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
    'metallb-upgrade-split: not among versions from 0.16.2 on',
    () => live({ objects: [speaker('w1', speakerContainers('0.16.3'))] }),
    [],
  ],

  [
    'config-invalid: it says so',
    () =>
      live({
        objects: [
          other('metallb.io/v1beta1', 'ConfigurationState', 'metallb-system/controller', {
            status: { result: 'Invalid', errorSummary: 'duplicate pool' },
          }),
        ],
      }),
    ['critical config-invalid'],
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

function k3s(args: readonly string[]) {
  return node('w1', '192.168.1.11', {
    metadata: { annotations: { 'k3s.io/node-args': JSON.stringify(args) } },
  });
}

describe('the VIPs', () => {
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
});
