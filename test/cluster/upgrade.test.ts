// MetalLB's speakers from 0.16.1 to 0.16.2, one node after the other, as a DaemonSet rolls them: the real ones of both releases,
// which cannot hear each other (metallb#3143), with an agent on every node.
import { afterAll, describe, expect, inject, it, vi } from 'vitest';
import { applyMetallb, METALLB_NAMESPACE, speakerOn, speakerPod, untilAnnouncedBy } from './metallb.ts';
import { expose } from './services.ts';
import { homeUnavailable, NODES, shareHome } from './watched-home.ts';
import { nodesAnswering, PATIENCE, untilAllName, untilFound, untilResolved } from './witnesses.ts';

const search = inject('cluster');
const next = search.ok ? search.programs.nextMetallb : undefined;
/** Speakers that met nobody when they started look for others every minute. */
const TIMEOUT = 400_000;

describe.skipIf(homeUnavailable || !next)('an upgrade of MetalLB that rolls', () => {
  const home = shareHome({
    images: {
      ...(next && {
        'quay.io/metallb/controller:v0.16.2': [next.controller],
        'quay.io/metallb/speaker:v0.16.2': [next.speaker],
      }),
    },
  });

  afterAll(async () => {
    await home.expectNothingElse();
  });

  /** As the DaemonSet's controller does: the old Pod goes, and its successor has the new image. */
  async function roll(node: string): Promise<void> {
    const old = await speakerPod(home.cluster, node);
    const before = speakerOn(home.cluster, node);
    await home.cluster.controlPlane.kubectl('delete', 'pod', '-n', METALLB_NAMESPACE, old.metadata.name);
    await vi.waitFor(() => {
      const now = home.cluster.node(node).kubelet.process('speaker');
      expect(now && now !== before).toBe(true);
    }, PATIENCE);
    await speakerOn(home.cluster, node).waitForLine(/MetalLB speaker starting/);
  }

  it('is a split brain whose cause is named, until the last speaker is replaced', {
    timeout: TIMEOUT,
  }, async () => {
    const { cluster } = home;
    const vip = await expose(home, 'rolled', { addresses: ['192.168.1.200/30'] });
    home.meant.push(`split-brain ${vip.ip}`);
    const first = await untilAnnouncedBy(cluster, 'rolled');
    await untilAllName(home, vip, first);
    const others = NODES.filter((node) => node !== first);

    await applyMetallb(cluster.controlPlane, next!.metallbConfig);
    await roll(others[0]!);
    await vi.waitFor(async () => expect(await nodesAnswering(home, vip.ip)).toHaveLength(2), PATIENCE);
    const split = {
      kind: 'split-brain',
      ip: vip.ip,
      says: `${others[0]} runs the speaker of MetalLB 0.16.2, and these versions cannot hear each other: MetalLB 0.16.2 changed the encryption key.`,
    } as const;
    await untilFound(home, split);

    for (const node of [others[1]!, first]) await roll(node);
    await untilResolved(home, split, { timeout: 180_000, interval: 500 });
    await untilAllName(home, vip, first);
  });
});
