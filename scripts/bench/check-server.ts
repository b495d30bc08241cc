// The API server of the bench of checks: pages of a large cluster's objects, made as they are asked for. Prints its port.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KIND_KEYS, KINDS, type KindKey } from '../../src/check/model/kinds.ts';
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
const labels = (i: number) => ({ app: `web-${i}` });

/** How many there are of each kind, and the one of a number. */
const OBJECTS: Partial<Record<KindKey, readonly [count: number, make: (i: number) => Raw]>> = {
  nodes: [NODES, (i) => node(nodeName(i), nodeAddress(i))],
  pods: [
    PODS + 2 * NODES,
    (i) => {
      if (i >= PODS + NODES) return agent(nodeName(i), nodeAddress(i % NODES));
      if (i >= PODS) return speaker(nodeName(i));
      const mounts = i % 2 === 0 && i < 2 * VOLUMES;
      const volumes = mounts ? [{ name: 'data', persistentVolumeClaim: { claimName: `data-${i / 2}` } }] : [];
      return pod(`web/web-${i}`, nodeName(i), {
        metadata: { labels: labels(Math.floor(i / 2)) },
        spec: { volumes },
      });
    },
  ],
  services: [SERVICES, (i) => service(`web/web-${i}`, address(i), { spec: { selector: labels(i) } })],
  endpointslices: [SERVICES, (i) => slice(`web/web-${i}`, [nodeName(2 * i), nodeName(2 * i + 1)])],
  deployments: [
    SERVICES,
    (i) =>
      merged(
        deployment(
          `web/web-${i}`,
          {},
          i < VOLUMES
            ? { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: `data-${i}` } }] }
            : {},
        ),
        { spec: { template: { metadata: { labels: labels(i) } } } },
      ) as Raw,
  ],
  persistentvolumeclaims: [VOLUMES, (i) => claim(`web/data-${i}`, { spec: { volumeName: `pv-${i}` } })],
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

const server = createServer((request, response) => {
  const url = new URL(request.url!, 'http://api');
  const key = KIND_KEYS.find((one) => KINDS[one].path === url.pathname);
  const [count, make] = (key && OBJECTS[key]) ?? [0, () => ({})];
  const from = Number(url.searchParams.get('continue') ?? 0);
  const until = Math.min(count, from + Number(url.searchParams.get('limit')));
  const items = Array.from({ length: until - from }, (_, i) => ({ ...make(from + i), ballast: BALLAST }));
  const next = until < count ? String(until) : '';
  response.end(JSON.stringify({ metadata: { continue: next }, items }));
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
