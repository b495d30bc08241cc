// The story that vipwatch comes from, before it happens: by its manifests, and by the cluster that they made.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/check/checks.ts';
import { readManifests } from '../../src/check/manifests/manifests.ts';
import { Cluster } from '../../src/check/model/cluster.ts';
import { Inventory } from '../../src/check/model/inventory.ts';
import { kindKeyOf } from '../../src/check/model/kinds.ts';
import {
  claim,
  driver,
  FACTS,
  merged,
  node,
  other,
  pod,
  type Raw,
  range,
  slice,
  speaker,
  speakerDaemon,
  told,
  volume,
} from './home.ts';

/** Neither the LAN nor DHCP servers. */
const UNASKED = { wire: null, asked: 'not asked' };
const FOLDER = join(import.meta.dirname, '../data/check/story');
const ROUTER = [{ range: range('192.168.1.2-192.168.1.253'), by: '--dhcp-range' }];

function story(inventory: Inventory): void {
  for (const file of readdirSync(FOLDER)) {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    const { objects, problems } = readManifests(text, (...kind) => kindKeyOf(...kind) !== undefined);
    expect(problems).toEqual([]);
    for (const { raw, line } of objects) inventory.add(raw, { file, line });
  }
}

const NON_ROOT = { securityContext: { runAsUser: 65532, runAsNonRoot: true } };
const LABELS = { 'app.kubernetes.io/name': 'traefik', 'app.kubernetes.io/instance': 'traefik-traefik' };

function revision(number: number, day: number, spec: Raw): Raw {
  return other('apps/v1', 'ReplicaSet', `traefik/traefik-${number}`, {
    metadata: {
      name: `traefik-${number}`,
      namespace: 'traefik',
      annotations: { 'deployment.kubernetes.io/revision': `${number}` },
      ownerReferences: [{ kind: 'Deployment', name: 'traefik', controller: true }],
      creationTimestamp: `2026-01-${String(day).padStart(2, '0')}T00:00:00Z`,
    },
    spec: { template: { spec: merged({ containers: [{ name: 'traefik' }] }, spec) } },
  });
}

/** Beside the manifests: what the cluster has made of them, with a claim that is older than the ReplicaSet. */
const LIVE: readonly Raw[] = [
  node('w1', '192.168.1.11'),
  node('w2', '192.168.1.12'),
  speaker('w1'),
  speaker('w2'),
  speakerDaemon(),
  other('v1', 'Service', 'traefik/traefik', {
    spec: { type: 'LoadBalancer', selector: LABELS },
    status: { loadBalancer: { ingress: [{ ip: '192.168.1.240' }] } },
  }),
  slice('traefik/traefik', ['w1']),
  pod('traefik/traefik-2-abcde', 'w1', { metadata: { labels: LABELS }, spec: NON_ROOT }),
  claim('traefik/traefik', { metadata: { creationTimestamp: '2026-01-01T00:00:00Z' } }),
  volume('pv-1'),
  driver(),
  revision(1, 1, {}),
  revision(2, 20, NON_ROOT),
];

describe('the story', () => {
  it('is told by its manifests alone', () => {
    const inventory = new Inventory(true);
    story(inventory);
    const dhcp = { ...FACTS.dhcp, leases: null, ranges: ROUTER };
    const cluster = new Cluster(inventory, { ...FACTS, ...UNASKED, dhcp });
    const report = runChecks(cluster, { only: null, ignored: [] });
    expect(told(report).map((line) => line.split(' ')[1])).toEqual([
      'pool-in-dhcp-range',
      'slow-eviction',
      'rwo-rollout',
      'host-network-behind-vip',
    ]);
    expect(report.results[0]!.subjects[0]!.source).toEqual({ file: 'metallb.yaml', line: 1 });
  });

  it('is told whole by the cluster', () => {
    const inventory = new Inventory(false);
    story(inventory);
    for (const raw of LIVE) inventory.add(raw, null);
    const cluster = new Cluster(inventory, {
      ...FACTS,
      ...UNASKED,
      dhcp: { ...FACTS.dhcp, ranges: ROUTER },
    });
    const report = runChecks(cluster, { only: null, ignored: [] });
    expect(told(report)).toEqual([
      'critical pool-in-dhcp-range',
      'warning one-endpoint-node',
      'warning slow-eviction',
      'warning rwo-rollout',
      'warning rwo-failover',
      'warning host-network-behind-vip',
      'warning non-root-old-files',
    ]);
  });
});
