// A tidy cluster as its API gives it, about which no check has anything to say; and what a case changes of it.
import { type CheckOptions, type CheckReport, runChecks } from '../../src/check/checks.ts';
import { Cluster } from '../../src/check/model/cluster.ts';
import type { AskedDhcp, Facts, WireFacts } from '../../src/check/model/facts.ts';
import { Inventory } from '../../src/check/model/inventory.ts';
import { KIND_KEYS, type KindKey } from '../../src/check/model/kinds.ts';
import { type Question, RULE_IDS, RULES, type RuleId } from '../../src/check/rules/catalogue.ts';
import type { Ipv4, Mac } from '../../src/net/address.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';

export type Raw = Record<string, unknown>;

export function range(text: string): IpRange {
  const parsed = parseRange(text);
  if (typeof parsed === 'string') throw new TypeError(parsed);
  return parsed;
}

export const ip = (text: string) => text as Ipv4;
export const mac = (text: string) => text as Mac;

/** Merged deeply; a list or a null takes the place of what was there. */
export function merged(base: unknown, change: unknown): unknown {
  const isMap = (value: unknown): value is Raw =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(base) || !isMap(change)) return change;
  const all = Object.entries(change).map(([key, value]) => [key, merged(base[key], value)] as const);
  return { ...base, ...Object.fromEntries(all) };
}

function object(apiVersion: string, kind: string, key: string, rest: Raw, change: Raw = {}): Raw {
  const [name, namespace] = key.split('/').toReversed();
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  return merged({ apiVersion, kind, metadata, ...rest }, change) as Raw;
}

export function node(name: string, address: string, change: Raw = {}): Raw {
  const rest = {
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: {},
    status: {
      addresses: [{ type: 'InternalIP', address }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
  return object('v1', 'Node', name, rest, change);
}

export function pool(name: string, addresses: readonly string[], change: Raw = {}): Raw {
  const rest = { spec: { addresses }, status: { availableIPv4: 5 } };
  return object('metallb.io/v1beta1', 'IPAddressPool', `metallb-system/${name}`, rest, change);
}

export function l2(name: string, spec: Raw = {}): Raw {
  return object('metallb.io/v1beta1', 'L2Advertisement', `metallb-system/${name}`, { spec });
}

export function bgp(name: string, spec: Raw = {}): Raw {
  return object('metallb.io/v1beta1', 'BGPAdvertisement', `metallb-system/${name}`, { spec });
}

/** What runs as `app: web` behind the Service of the same name. */
export const WEB = { app: 'web' };

export function service(key: string, address: string | null, change: Raw = {}): Raw {
  const ingress = address === null ? [] : [{ ip: address }];
  const rest = {
    spec: { type: 'LoadBalancer', selector: WEB, ports: [{ port: 80, protocol: 'TCP' }] },
    status: { loadBalancer: { ingress } },
  };
  return object('v1', 'Service', key, rest, change);
}

export function slice(key: string, nodes: readonly string[]): Raw {
  const [namespace, name] = key.split('/');
  const labels = { 'kubernetes.io/service-name': name };
  const endpoints = nodes.map((nodeName) => ({ conditions: { ready: true }, nodeName }));
  return object('discovery.k8s.io/v1', 'EndpointSlice', `${namespace}/${name}-x`, {
    metadata: { name: `${name}-x`, namespace, labels },
    endpoints,
  });
}

export function deployment(key: string, change: Raw = {}, spec: Raw = {}): Raw {
  const rest = {
    metadata: { name: key.split('/')[1], namespace: key.split('/')[0], labels: WEB },
    spec: {
      replicas: 2,
      template: merged(
        { metadata: { labels: WEB }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
        { spec },
      ),
    },
  };
  return object('apps/v1', 'Deployment', key, rest, change);
}

export function pod(key: string, nodeName: string, change: Raw = {}): Raw {
  const rest = {
    metadata: { name: key.split('/')[1], namespace: key.split('/')[0], labels: WEB, ownerReferences: OWNED },
    spec: { nodeName, containers: [{ name: 'web', image: 'web:1' }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };
  return object('v1', 'Pod', key, rest, change);
}

const OWNED = [{ kind: 'ReplicaSet', name: 'web-1', controller: true }];
const SPEAKER = { app: 'metallb', component: 'speaker' };

export function speakerContainers(version: string, args: readonly string[] = [], hasMemberlist = true) {
  const memberlist = [
    { name: 'METALLB_ML_BIND_ADDR', value: '10.0.0.1' },
    { name: 'METALLB_ML_LABELS', value: 'app=metallb' },
    { name: 'METALLB_ML_SECRET_KEY_PATH', value: '/etc/ml_secret_key' },
  ];
  const env = [{ name: 'METALLB_NODE_NAME', value: 'x' }, ...(hasMemberlist ? memberlist : [])];
  return [{ name: 'speaker', image: `quay.io/metallb/speaker:v${version}`, args, env }];
}

export function speaker(nodeName: string, containers: unknown = speakerContainers('0.16.2')): Raw {
  return object('v1', 'Pod', `metallb-system/speaker-${nodeName}`, {
    metadata: { name: `speaker-${nodeName}`, namespace: 'metallb-system', labels: SPEAKER },
    spec: { nodeName, containers },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'speaker', state: { running: {} } }],
    },
  });
}

export function speakerDaemon(change: Raw = {}, spec: Raw = {}): Raw {
  const template = merged(
    { metadata: { labels: SPEAKER }, spec: { containers: speakerContainers('0.16.2') } },
    { spec },
  );
  return object('apps/v1', 'DaemonSet', 'metallb-system/speaker', { spec: { template } }, change);
}

/** An agent that tells of its node's network. */
export function agent(nodeName: string, address: string, name = 'eth0'): Raw {
  const tail = address.split('.').at(-1)!;
  const interfaces = [{ name, mac: `02:00:00:00:00:${tail}`, addresses: [`${address}/24`], segment: name }];
  return object('v1', 'Pod', `vipwatch/vipwatch-${nodeName}`, {
    metadata: {
      name: `vipwatch-${nodeName}`,
      namespace: 'vipwatch',
      annotations: { 'vipwatch.dev/interfaces': JSON.stringify({ version: 1, interfaces }) },
    },
    spec: { nodeName, containers: [] },
  });
}

export function claim(key: string, change: Raw = {}): Raw {
  const rest = { spec: { accessModes: ['ReadWriteOnce'], volumeName: 'pv-1' } };
  return object('v1', 'PersistentVolumeClaim', key, rest, change);
}

export function volume(name: string, change: Raw = {}): Raw {
  const rest = { spec: { accessModes: ['ReadWriteOnce'], csi: { driver: 'csi.example', fsType: 'ext4' } } };
  return object('v1', 'PersistentVolume', name, rest, change);
}

export function driver(spec: Raw = {}): Raw {
  return object('storage.k8s.io/v1', 'CSIDriver', 'csi.example', { spec });
}

export function attachment(nodeName: string): Raw {
  const spec = { source: { persistentVolumeName: 'pv-1' }, nodeName };
  return object('storage.k8s.io/v1', 'VolumeAttachment', `csi-${nodeName}`, { spec });
}

export function kubeProxy(config: string): Raw {
  return object('v1', 'ConfigMap', 'kube-system/kube-proxy', { data: { 'config.conf': config } });
}

export function other(apiVersion: string, kind: string, key: string, rest: Raw = {}): Raw {
  return object(apiVersion, kind, key, rest);
}

export const TIDY: readonly Raw[] = [
  node('w1', '192.168.1.11'),
  node('w2', '192.168.1.12'),
  pool('main-pool', ['192.168.1.240-192.168.1.245']),
  l2('main', { ipAddressPools: ['main-pool'] }),
  speaker('w1'),
  speaker('w2'),
  speakerDaemon(),
  agent('w1', '192.168.1.11'),
  agent('w2', '192.168.1.12'),
  deployment('web/web'),
  pod('web/web-a', 'w1'),
  pod('web/web-b', 'w2'),
  service('web/web', '192.168.1.240'),
  slice('web/web', ['w1', 'w2']),
  kubeProxy('mode: nftables\n'),
  other('metallb.io/v1beta1', 'ConfigurationState', 'metallb-system/controller', {
    status: { result: 'Valid' },
  }),
];

export const WIRE: WireFacts = {
  interface: 'eth0',
  networks: [range('192.168.1.0/24')],
  gateways: [ip('192.168.1.1')],
  answers: [{ ip: ip('192.168.1.240'), mac: mac('02:00:00:00:00:11') }],
  answersForAll: [],
  memberlist: {
    from: 'w1',
    others: [{ node: 'w2', ip: ip('192.168.1.12'), port: 7946, reach: 'open' }],
  },
};

/** A router that leases nothing of the pool. */
export const ASKED: AskedDhcp = {
  servers: [
    {
      ip: ip('192.168.1.1'),
      mac: mac('02:00:00:00:00:01'),
      gateways: [ip('192.168.1.1')],
      dnsServers: [ip('192.168.1.1')],
    },
  ],
  asked: [ip('192.168.1.240'), ip('192.168.1.241')],
  offered: [],
  refused: [
    { ip: ip('192.168.1.240'), server: ip('192.168.1.1') },
    { ip: ip('192.168.1.241'), server: ip('192.168.1.1') },
  ],
};

export const FACTS: Facts = {
  dhcp: {
    ranges: [{ range: range('192.168.1.2-192.168.1.199'), by: 'dhcp.ranges' }],
    leases: [],
    reservations: [],
    expectedServers: null,
  },
  asked: ASKED,
  wire: WIRE,
  metallbNamespace: null,
  also: null,
};

interface Case {
  /** Beside the tidy cluster; what has the same name takes the place of what was there. */
  readonly objects?: readonly Raw[];
  /** Objects of the tidy cluster that are not there, as `Pod metallb-system/speaker-w2`. */
  readonly without?: readonly string[];
  readonly facts?: Partial<Facts>;
  /** Kinds of which nothing is known. */
  readonly unknown?: readonly KindKey[];
  readonly options?: Partial<CheckOptions>;
}

function keyOf({ kind, metadata }: Raw): string {
  const { namespace, name } = metadata as { namespace?: string; name: string };
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** The tidy cluster, with what is different. */
export function clusterOf({ objects = [], without = [], facts, unknown = [] }: Case = {}): Cluster {
  const inventory = new Inventory(false);
  for (const raw of [...TIDY.filter((one) => !without.includes(keyOf(one))), ...objects])
    inventory.add(raw, null);
  for (const key of unknown) inventory.setUnknown(key, `cannot list ${key}: forbidden`);
  return new Cluster(inventory, { ...FACTS, ...facts });
}

export function live(of: Case = {}): CheckReport {
  return runChecks(clusterOf(of), { only: null, ignored: [], ...of.options });
}

/** As files are judged. */
export function offline(objects: readonly Raw[], facts: Partial<Facts> = {}): CheckReport {
  const inventory = new Inventory(true);
  for (const raw of objects) inventory.add(raw, { file: 'all.yaml', line: 1 });
  const none: Facts = {
    ...FACTS,
    dhcp: { ...FACTS.dhcp, ranges: [], leases: null },
    asked: 'not asked',
    wire: null,
  };
  return runChecks(new Cluster(inventory, { ...none, ...facts }), { only: null, ignored: [] });
}

/** What is wrong, or worth knowing: `warning rwo-rollout`. */
export function told({ results }: CheckReport): string[] {
  return results
    .filter(({ status }) => status !== 'ok' && status !== 'skipped')
    .map(({ id, status }) => `${status} ${id}`);
}

export function messageOf({ results }: CheckReport, id: RuleId): string {
  return results.find((result) => result.id === id && result.remedy !== '')?.message ?? '';
}

export function statusesOf({ results }: CheckReport, id: RuleId): string[] {
  return results.filter((result) => result.id === id).map(({ status }) => status);
}

export const ALL_KINDS = KIND_KEYS;

export type RuleCase = readonly [what: string, report: () => CheckReport, told: readonly string[]];

/** The rules of a question that no case named after them raises, or no other one resembles and leaves alone. */
export function rulesWithoutCases(question: Question, cases: readonly RuleCase[]): string[] {
  return RULE_IDS.filter((id) => RULES[id].question === question).flatMap((id) => {
    const own = cases.filter(([what]) => what === id || what.startsWith(`${id}: `));
    const isTold = ([, , told]: RuleCase) => told.some((line) => line.endsWith(` ${id}`));
    const raises = own.some((one) => isTold(one));
    const isSilent = own.some((one) => one[0].startsWith(`${id}: not `) && !isTold(one));
    return [...(raises ? [] : [`${id}: nothing raises it`]), ...(isSilent ? [] : [`${id}: no look-alike`])];
  });
}
