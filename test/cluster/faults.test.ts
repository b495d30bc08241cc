// What goes wrong with MetalLB in earnest, with an agent on every node: each fault must be found, named, and found over when it
// is, and nothing else may be found.
import { afterAll, describe, expect, it, vi } from 'vitest';
import {
  l2Statuses,
  letSpeakerTalk,
  silenceSpeaker,
  speakerOn,
  speakerPod,
  untilAnnouncedBy,
} from './metallb.ts';
import { expose, onlyNodes, withdraw } from './services.ts';
import { homeUnavailable, NODES, shareHome } from './watched-home.ts';
import {
  nodesAnswering,
  takeoversOf,
  untilAllName,
  untilFound,
  untilResolved,
  vipAt,
  type WatchedVip,
} from './witnesses.ts';

/** The node whose speaker hangs, and the one that announces in its place. */
const HUNG = 'node-3';
const STAND_IN = 'node-1';
/** The hash prefers the one to the other for it. */
const HUNG_VIP = '192.168.1.213/32';
/** The nodes whose speakers lose each other. */
const APART = ['node-1', 'node-2'] as const;
/** The API takes about a minute to see a node die: for two, an announcer that was not elected is no finding. */
const PATIENCE = { timeout: 180_000, interval: 500 };
const TIMEOUT = 500_000;

describe.skipIf(homeUnavailable)('faults', () => {
  const home = shareHome();

  it('count the takeovers of a speaker’s Pod that is deleted and comes back, and find nothing', async () => {
    const { cluster } = home;
    const vip = await expose(home, 'deleted', { addresses: ['192.168.1.200/30'] });
    const first = await untilAnnouncedBy(cluster, 'deleted');
    await untilAllName(home, vip, first);
    const node = `/api/v1/nodes/${first}`;
    const pod = await speakerPod(cluster, first);
    // A taint that MetalLB does not tolerate keeps the successor away for as long as this looks.
    await cluster.api.patch(node, { spec: { taints: [{ key: 'away', effect: 'NoSchedule' }] } });
    await cluster.controlPlane.kubectl('delete', 'pod', '-n', 'metallb-system', pod.metadata.name);
    const second = await untilAnnouncedBy(cluster, 'deleted', (one) => one !== first);
    await untilAllName(home, vip, second);
    await cluster.api.patch(node, { spec: { taints: null } });
    await untilAllName(home, vip, first);

    const takeovers = [`${first} > ${second}`, `${second} > ${first}`];
    expect(await takeoversOf(home, vip.ip)).toEqual(NODES.map(() => takeovers));
    await home.expectNothingElse();
    await withdraw(home, 'deleted');
  });

  // Each on a VIP of its own, whose advertisement keeps it to the nodes of its fault: they do not disturb each other.
  describe.concurrent('that last', { timeout: TIMEOUT }, () => {
    afterAll(async () => {
      await home.expectNothingElse();
    });

    it('name strictARP where every node answers, as with kube-proxy in IPVS mode', async () => {
      const vip = await expose(home, 'ipvs', {
        addresses: ['192.168.1.204/30'],
        advertisement: { nodeSelectors: onlyNodes('node-1') },
      });
      home.meant.push(`split-brain ${vip.ip}`);
      await untilAllName(home, vip, 'node-1');
      await onEachNode(['ip', 'address', 'add', `${vip.ip}/32`, 'dev', 'lo']);
      expect(await nodesAnswering(home, vip.ip)).toEqual(NODES);
      const everywhere = {
        kind: 'split-brain',
        ip: vip.ip,
        says: `Every node answers for VIP ${vip.ip} of default/ipvs at the same time: kube-proxy in IPVS mode without strictARP`,
      } as const;
      await untilFound(home, everywhere);
      await onEachNode(['ip', 'address', 'del', `${vip.ip}/32`, 'dev', 'lo']);
      await untilResolved(home, everywhere);
    });

    it('find two owners while their speakers cannot talk to each other', async () => {
      const { cluster } = home;
      const vip = await expose(home, 'apart', {
        addresses: ['192.168.1.208/30'],
        advertisement: { nodeSelectors: onlyNodes(...APART) },
      });
      home.meant.push(`split-brain ${vip.ip}`);
      const owner = await untilAnnouncedBy(cluster, 'apart');
      await untilAllName(home, vip, owner);
      const [, lonely] = APART;
      await silenceSpeaker(cluster.node(lonely).host);
      await untilAnswered(vip, APART);
      const split = {
        kind: 'split-brain',
        ip: vip.ip,
        says: `node-1 and node-2 answer for VIP ${vip.ip} of default/apart at the same time, and neither stops`,
      } as const;
      await untilFound(home, split);

      await letSpeakerTalk(cluster.node(lonely).host);
      await untilAnswered(vip, [owner]);
      await vi.waitFor(async () => expect(await l2Statuses(cluster, 'apart')).toEqual([owner]), PATIENCE);
      await untilResolved(home, split);
      const agreed = NODES.map(() => ({ elected: { node: owner }, announcers: [{ node: owner }] }));
      await vi.waitFor(async () => expect(await vipAt(home, vip.ip)).toMatchObject(agreed), PATIENCE);
    });

    it('find the wrong announcer while a speaker hangs that the API takes for alive', async () => {
      const { cluster } = home;
      const vip = await expose(home, 'hung', {
        addresses: [HUNG_VIP],
        advertisement: { nodeSelectors: onlyNodes(HUNG, STAND_IN) },
      });
      // While other speakers lose each other MetalLB may well take longer than it should, and that is told.
      home.meant.push(`wrong-announcer ${vip.ip}`, `slow-failover ${vip.ip}`);
      await untilAllName(home, vip, HUNG);
      await speakerOn(cluster, HUNG).signal('SIGSTOP');
      await untilAnswered(vip, [STAND_IN]);
      const disagree = NODES.map(() => ({ elected: { node: HUNG }, announcers: [{ node: STAND_IN }] }));
      await vi.waitFor(async () => expect(await vipAt(home, vip.ip)).toMatchObject(disagree), PATIENCE);
      const wrong = {
        kind: 'wrong-announcer',
        ip: vip.ip,
        says: `is announced by ${STAND_IN}, but MetalLB's rules elect ${HUNG}; its ServiceL2Status names ${STAND_IN}, as the wire does`,
      } as const;
      await untilFound(home, wrong, PATIENCE);

      // As a liveness probe ends it.
      await speakerOn(cluster, HUNG).signal('SIGKILL');
      await untilResolved(home, wrong, PATIENCE);
      await untilAllName(home, vip, HUNG);
    });
  });

  async function onEachNode(command: readonly ['ip', ...string[]]): Promise<void> {
    for (const { host } of home.cluster.nodes) await host.run(command);
  }

  async function untilAnswered({ ip }: WatchedVip, nodes: readonly string[]): Promise<void> {
    await vi.waitFor(async () => expect(await nodesAnswering(home, ip)).toEqual(nodes), PATIENCE);
  }

  // The last one: MetalLB's controller takes its time to come back to the API server.
  it('count the takeovers while the API server is away, and find nothing', async () => {
    const { cluster } = home;
    const vip = await expose(home, 'unled', { addresses: ['192.168.1.216/30'] });
    const first = await untilAnnouncedBy(cluster, 'unled');
    await untilAllName(home, vip, first);
    await cluster.controlPlane.stopApiServer();
    await speakerOn(cluster, first).signal('SIGSTOP');
    const others = NODES.filter((node) => node !== first);
    const byOthers = async () =>
      (await takeoversOf(home, vip.ip)).filter((_, agent) => others.includes(NODES[agent]!));
    await vi.waitFor(async () => {
      const [seen] = await byOthers();
      expect(seen).toMatchObject([expect.stringMatching(`^${first} > `)]);
    }, PATIENCE);
    const [[away = ''] = []] = await byOthers();
    await speakerOn(cluster, first).signal('SIGCONT');
    const both = [away, away.split(' > ').toReversed().join(' > ')];
    await vi.waitFor(async () => expect(await byOthers()).toEqual(others.map(() => both)), PATIENCE);
    await home.expectNothingElse();

    await cluster.controlPlane.startApiServer();
    await untilAllName(home, vip, first);
    await home.expectNothingElse();
    await withdraw(home, 'unled');
  });
});
