// Can the service follow its VIP? And leftovers. Each rule with what raises it, and with what resembles that and is fine.
import { describe, expect, it } from 'vitest';
import {
  attachment,
  claim,
  deployment,
  driver,
  live,
  merged,
  messageOf,
  node,
  offline,
  other,
  pod,
  type Raw,
  type RuleCase,
  rulesWithoutCases,
  service,
  slice,
  told,
  volume,
  WEB,
} from '../home.ts';

const SWIFT = ['not-ready', 'unreachable'].map((taint) => ({
  key: `node.kubernetes.io/${taint}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 30,
}));
const MOUNTS = {
  containers: [{ name: 'web', image: 'web:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
  volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
};
/** Two Pods on one volume that each node reaches, so that nothing but the rollout is wrong. */
const stored = (change: Raw = {}, spec: Raw = {}) =>
  deployment('web/web', change, merged({ ...MOUNTS, tolerations: SWIFT }, spec) as Raw);
const DATA = [claim('web/data'), volume('pv-1'), driver({ attachRequired: false })];
const RECREATE = { spec: { strategy: { type: 'Recreate' } } };
const made = (minutes: number) => ({
  metadata: { creationTimestamp: new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString() },
});
const revision = (number: number, minutes: number, spec: Raw) =>
  other('apps/v1', 'ReplicaSet', `web/web-${number}`, {
    metadata: {
      name: `web-${number}`,
      namespace: 'web',
      annotations: { 'deployment.kubernetes.io/revision': `${number}` },
      ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }],
      ...made(minutes).metadata,
    },
    spec: { template: { spec: merged(MOUNTS, spec) } },
  });
const mounting = (paths: Readonly<Record<string, string>>) => ({
  containers: [
    {
      ...MOUNTS.containers[0],
      volumeMounts: Object.entries(paths).map(([name, mountPath]) => ({ name, mountPath })),
    },
  ],
});
/** With another volume inside. */
const NESTED = mounting({ data: '/data', cache: '/data/cache' });
const CRASHING = pod('web/web-a', 'w1', {
  status: { containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
});
const USER = { securityContext: { runAsUser: 65532, runAsNonRoot: true } };
const oneNode = { spec: { replicas: 1 } };
const lone = (spec: Raw = {}, change: Raw = oneNode) => ({
  without: ['Pod web/web-b'],
  objects: [deployment('web/web', change, spec), pod('web/web-a', 'w1', { spec })],
});
const onDisk = {
  spec: {
    csi: undefined,
    local: { path: '/data' },
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['w1'] }] },
        ],
      },
    },
  },
};
const ACME = '--certificatesresolvers.le.acme.storage=/data/acme.json';
const acme = (spec: Raw) =>
  stored(
    RECREATE,
    merged(
      { containers: [{ ...MOUNTS.containers[0], args: [ACME] }], securityContext: { fsGroup: 65532 } },
      spec,
    ) as Raw,
  );
const ROOT_INIT = {
  initContainers: [
    {
      name: 'chown',
      image: 'busybox',
      securityContext: { runAsUser: 0 },
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
    },
  ],
};
const PREFERS_W1 = {
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          preference: {
            matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['w1'] }],
          },
        },
      ],
    },
  },
};
const budget = (status: Raw, selector: Raw = { matchLabels: WEB }) =>
  other('policy/v1', 'PodDisruptionBudget', 'web/web', { spec: { selector }, status });
const NONE_MAY_GO = { disruptionsAllowed: 0, currentHealthy: 2, expectedPods: 2 };
const svclbOf = (labels: Raw) =>
  other('apps/v1', 'DaemonSet', 'kube-system/svclb-web', {
    metadata: { name: 'svclb-web', namespace: 'kube-system', labels },
    spec: {
      template: { spec: { containers: [{ name: 'lb', ports: [{ containerPort: 80, hostPort: 80 }] }] } },
    },
  });
const svclb = svclbOf({
  'svccontroller.k3s.cattle.io/svcname': 'web',
  'svccontroller.k3s.cattle.io/svcnamespace': 'web',
});
const server = (...args: string[]) =>
  node('w1', '192.168.1.11', { metadata: { annotations: { 'k3s.io/node-args': JSON.stringify(args) } } });

const rke2 = (...args: string[]) =>
  node('w1', '192.168.1.11', { metadata: { annotations: { 'rke2.io/node-args': JSON.stringify(args) } } });
/** Behind no VIP. */
const oldIngress = (spec: Raw) =>
  merged(deployment('old/nginx', {}, spec), {
    spec: { template: { metadata: { labels: { app: 'old' } } } },
  }) as Raw;
/** The manifest leaves the number of Pods to its autoscaler. */
const scaled = (minReplicas: number) =>
  offline([
    deployment('web/web', { spec: { replicas: null } }),
    service('web/web', null),
    other('autoscaling/v2', 'HorizontalPodAutoscaler', 'web/web', {
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas },
    }),
  ]);

const CASES: readonly RuleCase[] = [
  ['one-endpoint-node', () => live({ objects: [slice('web/web', ['w1'])] }), ['warning one-endpoint-node']],
  [
    'one-endpoint-node: not in a cluster of one node',
    () =>
      live({ without: ['Node w2', 'Pod metallb-system/speaker-w2'], objects: [slice('web/web', ['w1'])] }),
    ['info single-candidate'],
  ],

  [
    'rwo-rollout: the claim names a namespace, and what mounts it does not',
    () => offline([stored({ metadata: { namespace: '' } }), claim('web/data'), service('web/web', null)]),
    ['warning rwo-rollout'],
  ],
  ['slow-eviction: an autoscaler keeps one Pod', () => scaled(1), ['warning slow-eviction']],
  ['slow-eviction: not where an autoscaler keeps two Pods', () => scaled(2), []],
  ['slow-eviction: nothing is tolerated', () => live(lone()), ['warning slow-eviction']],
  [
    'slow-eviction: a Pod on another node that has ended does not help',
    () => live({ objects: [pod('web/web-b', 'w2', { status: { phase: 'Failed' } })] }),
    ['warning slow-eviction'],
  ],
  ['slow-eviction: not below a minute', () => live(lone({ tolerations: SWIFT })), []],
  [
    'slow-eviction: for ever',
    () => live(lone({ tolerations: [{ operator: 'Exists' }] })),
    ['critical slow-eviction'],
  ],
  ['slow-eviction: not with replicas on two nodes', () => live(), []],
  [
    'slow-eviction: not scaled to nothing',
    () =>
      live({
        without: ['Pod web/web-a', 'Pod web/web-b'],
        objects: [deployment('web/web', { spec: { replicas: 0 } })],
      }),
    [],
  ],
  [
    'slow-eviction: not a DaemonSet',
    () =>
      live({
        without: ['Deployment web/web', 'Pod web/web-b'],
        objects: [{ ...deployment('web/web'), kind: 'DaemonSet' }],
      }),
    [],
  ],
  [
    'slow-eviction: a StatefulSet, whatever it tolerates',
    () =>
      live({
        without: ['Deployment web/web', 'Pod web/web-b'],
        objects: [{ ...deployment('web/web', oneNode, { tolerations: SWIFT }), kind: 'StatefulSet' }],
      }),
    ['warning slow-eviction'],
  ],

  [
    'rwo-rollout: 25 % of two rounds down to none',
    () => live({ objects: [stored(), ...DATA] }),
    ['warning rwo-rollout'],
  ],
  [
    'rwo-rollout: one hangs now',
    () =>
      live({
        objects: [
          stored({ status: { conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }] } }),
          ...DATA,
        ],
      }),
    ['critical rwo-rollout'],
  ],
  [
    'rwo-rollout: not with four replicas, of which one may be away',
    () => live({ objects: [stored({ spec: { replicas: 4 } }), ...DATA] }),
    [],
  ],
  [
    'rwo-rollout: three replicas',
    () => live({ objects: [stored({ spec: { replicas: 3 } }), ...DATA] }),
    ['warning rwo-rollout'],
  ],
  ['rwo-rollout: not with Recreate', () => live({ objects: [stored(RECREATE), ...DATA] }), []],
  [
    'rwo-rollout: not where one may be away',
    () =>
      live({
        objects: [
          stored({ spec: { strategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } } } }),
          ...DATA,
        ],
      }),
    [],
  ],
  [
    'rwo-rollout: not without a surge',
    () =>
      live({
        objects: [
          stored({ spec: { strategy: { rollingUpdate: { maxUnavailable: '25%', maxSurge: 0 } } } }),
          ...DATA,
        ],
      }),
    [],
  ],
  [
    'rwo-rollout: not a volume for many',
    () =>
      live({ objects: [stored(), ...DATA, volume('pv-1', { spec: { accessModes: ['ReadWriteMany'] } })] }),
    [],
  ],
  [
    'rwo-rollout: not a StatefulSet, which replaces its Pods one by one',
    () => live({ without: ['Deployment web/web'], objects: [{ ...stored(), kind: 'StatefulSet' }, ...DATA] }),
    [],
  ],
  [
    'rwo-rollout: not an emptyDir',
    () => live({ objects: [stored({}, { volumes: [{ name: 'data', emptyDir: {} }] }), ...DATA] }),
    [],
  ],
  [
    'rwo-rollout: not a claim that nothing behind a VIP mounts',
    () =>
      live({
        objects: [
          merged(stored(), {
            metadata: { name: 'db' },
            spec: { template: { metadata: { labels: { app: 'db' } } } },
          }) as Raw,
          ...DATA,
        ],
      }),
    [],
  ],
  [
    'rwo-rollout: not on one node by affinity',
    () => live({ objects: [stored({}, { nodeSelector: { 'kubernetes.io/hostname': 'w1' } }), ...DATA] }),
    ['warning pinned-to-node'],
  ],
  [
    'rwo-rollout: of one Pod alone also on one node',
    () =>
      live({
        objects: [
          stored({}, { nodeSelector: { 'kubernetes.io/hostname': 'w1' } }),
          ...DATA,
          volume('pv-1', { spec: { accessModes: ['ReadWriteOncePod'] } }),
        ],
      }),
    ['warning rwo-rollout', 'warning pinned-to-node'],
  ],

  [
    'rwo-failover: a driver that attaches',
    () => live({ objects: [stored(RECREATE), ...DATA, driver()] }),
    ['warning rwo-failover'],
  ],
  ['rwo-failover: not one that does not', () => live({ objects: [stored(RECREATE), ...DATA] }), []],
  [
    'rwo-failover: not a volume for many',
    () =>
      live({
        objects: [
          stored(RECREATE),
          ...DATA,
          driver(),
          volume('pv-1', { spec: { accessModes: ['ReadWriteMany'] } }),
        ],
      }),
    [],
  ],
  [
    'rwo-failover: Longhorn by default',
    () => live({ objects: [stored(RECREATE), claim('web/data'), longhorn(), policy('do-nothing')] }),
    ['warning rwo-failover'],
  ],
  [
    'rwo-failover: not where Longhorn deletes the Pods',
    () =>
      live({
        objects: [
          stored(RECREATE),
          claim('web/data'),
          longhorn(),
          policy('delete-both-statefulset-and-deployment-pod'),
        ],
      }),
    [],
  ],

  [
    'volume-pinned: a local volume, and nothing else of it',
    () => live({ objects: [stored(), claim('web/data'), volume('pv-1', onDisk)] }),
    ['warning volume-pinned'],
  ],
  ['volume-pinned: not one that two nodes reach', () => live({ objects: [stored(RECREATE), ...DATA] }), []],

  [
    'multi-attach-now: attached elsewhere',
    () =>
      live({
        objects: [
          stored(RECREATE),
          ...DATA,
          attachment('w2'),
          pod('web/web-a', 'w1', { status: { phase: 'Pending' } }),
        ],
      }),
    ['critical multi-attach-now'],
  ],
  [
    'multi-attach-now: not attached where it runs',
    () =>
      live({
        objects: [
          stored(RECREATE),
          ...DATA,
          attachment('w1'),
          pod('web/web-a', 'w1', { status: { phase: 'Pending' } }),
        ],
      }),
    [],
  ],
  [
    'multi-attach-now: an Event says so',
    () =>
      live({
        objects: [
          stored(RECREATE),
          ...DATA,
          pod('web/web-a', 'w1', { status: { phase: 'Pending' } }),
          other('v1', 'Event', 'web/e1', {
            reason: 'FailedAttachVolume',
            involvedObject: { kind: 'Pod', namespace: 'web', name: 'web-a' },
          }),
        ],
      }),
    ['critical multi-attach-now'],
  ],

  [
    'pinned-to-node: by its name',
    () => live({ objects: [deployment('web/web', {}, { nodeName: 'w1' })] }),
    ['warning pinned-to-node'],
  ],
  [
    'pinned-to-node: by the taints of the others',
    () =>
      live({
        objects: [node('w2', '192.168.1.12', { spec: { taints: [{ key: 'own', effect: 'NoSchedule' }] } })],
      }),
    ['warning pinned-to-node'],
  ],
  [
    'pinned-to-node: not by a preference',
    () => live({ objects: [deployment('web/web', {}, PREFERS_W1)] }),
    [],
  ],
  [
    'pinned-to-node: in files that hold one node of those there may be',
    () =>
      offline([
        node('w1', '192.168.1.11'),
        deployment('web/web', {}, { nodeSelector: { 'kubernetes.io/hostname': 'w1' } }),
        service('web/web', null),
      ]),
    ['warning pinned-to-node'],
  ],
  [
    'pinned-to-node: not in files that hold one node of those there may be, and a selector',
    () =>
      offline([
        node('w1', '192.168.1.11', { metadata: { labels: { disk: 'ssd' } } }),
        deployment('web/web', {}, { nodeSelector: { disk: 'ssd' } }),
        service('web/web', null),
      ]),
    [],
  ],
  [
    'slow-eviction: in files that hold one node of those there may be',
    () => offline([node('w1', '192.168.1.11'), deployment('web/web', oneNode), service('web/web', null)]),
    ['warning slow-eviction'],
  ],
  [
    'slow-eviction: not in files that hold one node and all Pods on it',
    () =>
      offline([
        node('w1', '192.168.1.11'),
        pod('web/web-a', 'w1'),
        deployment('web/web', oneNode),
        service('web/web', null),
      ]),
    [],
  ],
  [
    'volume-pinned: in files that hold one node of those there may be',
    () =>
      offline([
        node('w1', '192.168.1.11'),
        stored(),
        claim('web/data'),
        volume('pv-1', onDisk),
        service('web/web', null),
      ]),
    ['warning volume-pinned'],
  ],
  [
    'pinned-to-node: not by a selector that two meet',
    () => live({ objects: [deployment('web/web', {}, { nodeSelector: {} })] }),
    [],
  ],

  [
    'host-network-behind-vip: hostNetwork',
    () => live({ objects: [deployment('web/web', {}, { hostNetwork: true })] }),
    ['warning host-network-behind-vip'],
  ],
  [
    'host-network-behind-vip: not a DaemonSet that is Local on purpose',
    () =>
      live({
        without: ['Deployment web/web'],
        objects: [
          { ...deployment('web/web', {}, { hostNetwork: true }), kind: 'DaemonSet' },
          service('web/web', '192.168.1.240', { spec: { externalTrafficPolicy: 'Local' } }),
        ],
      }),
    [],
  ],
  [
    'host-network-behind-vip: another that takes port 80',
    () =>
      live({
        objects: [oldIngress({ containers: [{ ports: [{ containerPort: 80, hostPort: 80 }] }] })],
      }),
    ['warning host-network-behind-vip'],
  ],
  [
    'host-network-behind-vip: another on the network of its node, with a port of the VIP',
    () =>
      live({
        objects: [oldIngress({ hostNetwork: true, containers: [{ ports: [{ containerPort: 80 }] }] })],
      }),
    ['warning host-network-behind-vip'],
  ],
  [
    'host-network-behind-vip: not another whose port no VIP serves',
    () =>
      live({
        objects: [
          oldIngress({ containers: [{ ports: [{ containerPort: 80, hostPort: 80 }] }] }),
          service('web/web', '192.168.1.240', { spec: { ports: [{ port: 53, protocol: 'UDP' }] } }),
        ],
      }),
    [],
  ],

  ['pdb-blocks-drain', () => live({ objects: [budget(NONE_MAY_GO)] }), ['warning pdb-blocks-drain']],
  [
    'pdb-blocks-drain: by an expression',
    () =>
      live({
        objects: [
          budget(NONE_MAY_GO, {
            matchExpressions: [{ key: 'app', operator: 'In', values: ['api', 'web'] }],
          }),
        ],
      }),
    ['warning pdb-blocks-drain'],
  ],
  [
    'pdb-blocks-drain: every Pod of the namespace',
    () => live({ objects: [budget(NONE_MAY_GO, {})] }),
    ['warning pdb-blocks-drain'],
  ],
  [
    'pdb-blocks-drain: not where an expression leaves the workload out',
    () =>
      live({
        objects: [
          budget(NONE_MAY_GO, {
            matchLabels: WEB,
            matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }],
          }),
        ],
      }),
    [],
  ],
  [
    'pdb-blocks-drain: not of a workload that is behind no VIP',
    () => live({ objects: [oldIngress({}), budget(NONE_MAY_GO, { matchLabels: { app: 'old' } })] }),
    [],
  ],
  [
    'pdb-blocks-drain: not while a Pod is away',
    () => live({ objects: [budget({ disruptionsAllowed: 0, currentHealthy: 1, expectedPods: 2 })] }),
    [],
  ],

  [
    'non-root-old-files: an earlier revision was root',
    () =>
      live({
        objects: [
          stored(RECREATE, USER),
          ...DATA,
          claim('web/data', made(0)),
          revision(1, 1, {}),
          revision(2, 60, USER),
        ],
      }),
    ['warning non-root-old-files'],
  ],
  [
    'non-root-old-files: it crashes now',
    () =>
      live({
        objects: [
          stored(RECREATE, USER),
          ...DATA,
          claim('web/data', made(0)),
          revision(1, 1, {}),
          revision(2, 60, USER),
          CRASHING,
        ],
      }),
    ['critical non-root-old-files'],
  ],
  [
    'non-root-old-files: the claim was there before',
    () =>
      live({ objects: [stored(RECREATE, USER), ...DATA, claim('web/data', made(0)), revision(1, 11, USER)] }),
    ['warning non-root-old-files'],
  ],
  [
    'non-root-old-files: not a claim of the same install',
    () =>
      live({ objects: [stored(RECREATE, USER), ...DATA, claim('web/data', made(0)), revision(1, 10, USER)] }),
    [],
  ],
  [
    'non-root-old-files: not where earlier revisions were forgotten',
    () =>
      live({
        objects: [stored(RECREATE, USER), ...DATA, claim('web/data', made(0)), revision(7, 500, USER)],
      }),
    [],
  ],
  [
    'non-root-old-files: not with an init container as root',
    () =>
      live({
        objects: [
          stored(RECREATE, { ...USER, ...ROOT_INIT }),
          ...DATA,
          claim('web/data', made(0)),
          revision(1, 1, {}),
          revision(2, 60, USER),
        ],
      }),
    [],
  ],
  [
    'non-root-old-files: not with fsGroup in force',
    () =>
      live({
        objects: [
          stored(RECREATE, { securityContext: { runAsUser: 65532, fsGroup: 65532 } }),
          ...DATA,
          claim('web/data', made(0)),
          revision(1, 1, {}),
          revision(2, 60, USER),
        ],
      }),
    [],
  ],

  [
    'non-root-old-files: its log says so, whatever the ages are',
    () =>
      live({
        objects: [stored(RECREATE, USER), ...DATA, revision(1, 1, USER)],
        facts: logs('open /data/acme.json: permission denied'),
      }),
    ['warning non-root-old-files'],
  ],
  [
    'non-root-old-files: its log says so, and it crashes',
    () =>
      live({
        objects: [stored(RECREATE, USER), ...DATA, revision(1, 1, USER), CRASHING],
        facts: logs('open /data/acme.json: permission denied'),
      }),
    ['critical non-root-old-files'],
  ],
  [
    'non-root-old-files: its log says so, and it has ended and starts anew',
    () => {
      const status = {
        conditions: [{ type: 'Ready', status: 'False' }],
        containerStatuses: [{ restartCount: 3, state: { terminated: { exitCode: 1 } } }],
      };
      return live({
        objects: [
          stored(RECREATE, { ...USER, ...mounting({ data: '/data/' }) }),
          ...DATA,
          revision(1, 1, USER),
          pod('web/web-a', 'w1', { status }),
        ],
        facts: logs('mkdir /data: permission denied'),
      });
    },
    ['critical non-root-old-files'],
  ],
  ...[
    ['of the folder that each fresh ext4 has', 'find: ‘/data/lost+found’: Permission denied'],
    ['of a folder whose name begins alike', 'open /database/x: permission denied'],
    ['of a folder with a longer name', 'open /data-old/x: permission denied'],
    ['of a folder elsewhere', 'open /var/data/x: permission denied'],
    ['of a volume inside', 'open "/data/cache/x": permission denied'],
  ].map(
    ([what, line]): RuleCase => [
      `non-root-old-files: not where the log tells ${what}`,
      () =>
        live({
          objects: [stored(RECREATE, { ...USER, ...NESTED }), ...DATA, revision(1, 1, USER), CRASHING],
          facts: logs(line!),
        }),
      [],
    ],
  ),
  [
    'non-root-old-files: not where the log tells of a port below 1024',
    () =>
      live({
        objects: [stored(RECREATE, USER), ...DATA, revision(1, 1, USER)],
        facts: logs('listen tcp :80: bind: permission denied'),
      }),
    [],
  ],
  [
    'non-root-old-files: not where it runs as root, whatever its log says',
    () =>
      live({
        objects: [stored(RECREATE), ...DATA, revision(1, 1, {})],
        facts: logs('open /data/acme.json: permission denied'),
      }),
    [],
  ],

  [
    'fsgroup-breaks-acme: its log says that it does now',
    () =>
      live({
        objects: [acme({}), ...DATA],
        facts: logs(
          'The ACME resolve is skipped: permissions 660 for /data/acme.json are too open, please use 600',
        ),
      }),
    ['critical fsgroup-breaks-acme'],
  ],
  [
    'fsgroup-breaks-acme: where the log tells of another file',
    () => live({ objects: [acme({}), ...DATA], facts: logs('permissions of /etc/x are too open') }),
    ['warning fsgroup-breaks-acme'],
  ],
  ['fsgroup-breaks-acme', () => live({ objects: [acme({}), ...DATA] }), ['warning fsgroup-breaks-acme']],
  [
    'fsgroup-breaks-acme: not with OnRootMismatch',
    () => live({ objects: [acme({ securityContext: { fsGroupChangePolicy: 'OnRootMismatch' } }), ...DATA] }),
    [],
  ],
  [
    'fsgroup-breaks-acme: not after an init container',
    () => live({ objects: [acme(ROOT_INIT), ...DATA] }),
    [],
  ],
  [
    'fsgroup-breaks-acme: not where the kubelet leaves the volume alone',
    () => live({ objects: [acme({}), ...DATA, driver({ attachRequired: false, fsGroupPolicy: 'None' })] }),
    [],
  ],
  [
    'fsgroup-breaks-acme: not without a file system type',
    () => live({ objects: [acme({}), ...DATA, volume('pv-1', { spec: { csi: { fsType: null } } })] }),
    [],
  ],

  [
    'two-load-balancers: servicelb and Cilium, without MetalLB',
    () => offline([svclb, other('cilium.io/v2alpha1', 'CiliumLoadBalancerIPPool', 'lan')]),
    ['critical two-load-balancers'],
  ],
  ['two-load-balancers: not servicelb alone', () => offline([svclb]), []],
  ['servicelb-on: beside MetalLB', () => live({ objects: [svclb] }), ['critical servicelb-on']],
  [
    'servicelb-on: of a k3s that writes the name alone',
    () => live({ objects: [svclbOf({ 'svccontroller.k3s.cattle.io/svcname': 'web' })] }),
    ['critical servicelb-on'],
  ],
  [
    'servicelb-on: of RKE2',
    () =>
      live({
        objects: [
          svclbOf({
            'svccontroller.rke2.cattle.io/svcname': 'web',
            'svccontroller.rke2.cattle.io/svcnamespace': 'web',
          }),
        ],
      }),
    ['critical servicelb-on'],
  ],
  [
    'servicelb-on: not for the Service of the same name in another namespace',
    () =>
      live({
        objects: [
          svclbOf({
            'svccontroller.k3s.cattle.io/svcname': 'web',
            'svccontroller.k3s.cattle.io/svcnamespace': 'other',
          }),
          service('other/web', '192.168.1.241', { spec: { loadBalancerClass: 'own', selector: {} } }),
        ],
      }),
    [],
  ],
  [
    'servicelb-on: not where its Services have a class',
    () =>
      live({ objects: [svclb, service('web/web', '192.168.1.240', { spec: { loadBalancerClass: 'own' } })] }),
    [],
  ],
  [
    'servicelb-on: on, and serves nothing yet',
    () => live({ objects: [server('server')] }),
    ['critical servicelb-on'],
  ],
  [
    'servicelb-on: not where it is off',
    () => live({ objects: [server('server', '--disable', 'traefik,servicelb')] }),
    [],
  ],
  ['servicelb-on: not on RKE2, where it is off by default', () => live({ objects: [rke2('server')] }), []],
  [
    'servicelb-on: on RKE2 where it is turned on',
    () => live({ objects: [rke2('server', '--enable-servicelb=true')] }),
    ['critical servicelb-on'],
  ],

  [
    'status-from-other: not in a cluster without MetalLB',
    () =>
      live({
        without: [
          'IPAddressPool metallb-system/main-pool',
          'L2Advertisement metallb-system/main',
          'Pod metallb-system/speaker-w1',
          'Pod metallb-system/speaker-w2',
          'DaemonSet metallb-system/speaker',
        ],
      }),
    [],
  ],
  [
    'status-from-other',
    () => live({ objects: [service('web/lost', '192.168.9.9')] }),
    ['warning status-from-other'],
  ],
  [
    'status-from-other: not of a class of its own',
    () => live({ objects: [service('web/lost', '192.168.9.9', { spec: { loadBalancerClass: 'own' } })] }),
    [],
  ],
  [
    'status-from-other: not the address of a node',
    () => live({ objects: [service('web/lost', '192.168.1.11')] }),
    [],
  ],

  [
    'forgotten-ip',
    () =>
      live({ objects: [service('web/web', '192.168.1.240', { spec: { loadBalancerIP: '192.168.1.240' } })] }),
    ['info forgotten-ip'],
  ],
  [
    'forgotten-ip: not the annotation of today',
    () =>
      live({
        objects: [
          service('web/web', '192.168.1.240', {
            metadata: { annotations: { 'metallb.io/loadBalancerIPs': '192.168.1.240' } },
          }),
        ],
      }),
    [],
  ],
];

/** Of the one Pod, a line. */
function logs(line: string) {
  return { logs: { lines: new Map([['web/web-a', [line]]]), failed: new Map() } };
}

function longhorn() {
  return volume('pv-1', { spec: { csi: { driver: 'driver.longhorn.io' } } });
}

function policy(value: string) {
  return other('longhorn.io/v1beta2', 'Setting', 'longhorn-system/node-down-pod-deletion-policy', { value });
}

describe('the service behind', () => {
  it('has a case on either side of each rule', () => {
    expect([...rulesWithoutCases('follow', CASES), ...rulesWithoutCases('leftovers', CASES)]).toEqual([]);
  });

  it.each(CASES)('%s', (_, report, expected) => {
    expect(told(report())).toEqual(expected);
  });
});

describe('what they say', () => {
  it('says that a log which cannot be read leaves a question open', () => {
    const failed = new Map([['web/web-a', 'the log of Pod web/web-a cannot be read: forbidden']]);
    const facts = { logs: { lines: new Map(), failed } };
    const report = live({ objects: [stored(RECREATE, USER), ...DATA, revision(1, 1, USER)], facts });
    expect(report.results.find(({ id }) => id === 'non-root-old-files')).toMatchObject({
      status: 'skipped',
      message: 'Deployment web/web: the log of Pod web/web-a cannot be read: forbidden',
    });
    const acmeReport = live({ objects: [acme({}), ...DATA], facts });
    expect(messageOf(acmeReport, 'fsgroup-breaks-acme')).toMatch(
      /Whether it does so now is not known: the log of Pod web\/web-a cannot be read: forbidden\.$/,
    );
  });

  it('names the Gateway that a Service is of', () => {
    const gateway = { metadata: { labels: { 'gateway.networking.k8s.io/gateway-name': 'front' } } };
    const report = live({
      objects: [
        service('web/web', '192.168.1.240', gateway),
        deployment('web/web', {}, { hostNetwork: true }),
      ],
    });
    expect(messageOf(report, 'host-network-behind-vip')).toMatch(
      /^Deployment web\/web, behind Service web\/web of Gateway front \(192\.168\.1\.240\), uses the node's network/,
    );
  });
});
