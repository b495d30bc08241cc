// The objects of a large cluster, as far as checks read them, made as they are asked for: 1,000 nodes, 10,000 Services, 20,000 Pods,
// 5,000 volumes.
import type { KindKey } from '../../src/check/model/kinds.ts';
import {
  agent,
  attachment,
  claim,
  deployment,
  driver,
  l2,
  merged,
  node,
  pod,
  pool,
  type Raw,
  service,
  slice,
  speaker,
  speakerDaemon,
  volume,
} from '../../test/check/home.ts';

const NODES = 1_000;
const SERVICES = 10_000;
const PODS = 20_000;
const VOLUMES = 5_000;
/** Of each object, beside what is read of it: as much as a real one has. Characters. */
const BALLAST = 'x'.repeat(3_000);

const nodeName = (i: number) => `node-${i % NODES}`;
const address = (i: number) => `10.0.${64 + Math.floor(i / 250)}.${1 + (i % 250)}`;
const nodeAddress = (i: number) => `10.0.${Math.floor(i / 250)}.${1 + (i % 250)}`;

/** How many there are of a kind, and the one of a number. */
type Made = readonly [count: number, make: (i: number) => Raw];

interface Names {
  readonly namespace: string;
  /** By which a Service finds its Pods. */
  readonly labels: (service: number) => Record<string, string>;
}

export function checkObjects({ namespace, labels }: Names): Partial<Record<KindKey, Made>> {
  const objects: Partial<Record<KindKey, Made>> = {
    nodes: [NODES, (i) => node(nodeName(i), nodeAddress(i))],
    pods: [
      PODS + 2 * NODES,
      (i) => {
        if (i >= PODS + NODES) return agent(nodeName(i), nodeAddress(i % NODES));
        if (i >= PODS) return speaker(nodeName(i));
        const mounts = i % 2 === 0 && i < 2 * VOLUMES;
        const volumes = mounts
          ? [{ name: 'data', persistentVolumeClaim: { claimName: `data-${i / 2}` } }]
          : [];
        return pod(`${namespace}/web-${i}`, nodeName(i), {
          metadata: { labels: labels(Math.floor(i / 2)) },
          spec: { volumes },
        });
      },
    ],
    services: [
      SERVICES,
      (i) => service(`${namespace}/web-${i}`, address(i), { spec: { selector: labels(i) } }),
    ],
    endpointslices: [SERVICES, (i) => slice(`${namespace}/web-${i}`, [nodeName(2 * i), nodeName(2 * i + 1)])],
    deployments: [
      SERVICES,
      (i) =>
        merged(
          deployment(
            `${namespace}/web-${i}`,
            {},
            i < VOLUMES
              ? { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: `data-${i}` } }] }
              : {},
          ),
          { spec: { template: { metadata: { labels: labels(i) } } } },
        ) as Raw,
    ],
    persistentvolumeclaims: [
      VOLUMES,
      (i) => claim(`${namespace}/data-${i}`, { spec: { volumeName: `pv-${i}` } }),
    ],
    persistentvolumes: [VOLUMES, (i) => volume(`pv-${i}`)],
    volumeattachments: [
      VOLUMES,
      (i) =>
        merged(attachment(nodeName(2 * i)), {
          metadata: { name: `csi-${i}` },
          spec: { source: { persistentVolumeName: `pv-${i}` } },
        }) as Raw,
    ],
    csidrivers: [1, () => driver()],
    daemonsets: [1, () => speakerDaemon()],
    ipaddresspools: [1, () => pool('main-pool', ['10.0.64.0-10.0.127.255'])],
    l2advertisements: [1, () => l2('main')],
  };
  return Object.fromEntries(
    Object.entries(objects).map(([key, [count, make]]) => [
      key,
      [count, (i: number) => ({ ...make(i), ballast: BALLAST })],
    ]),
  );
}
