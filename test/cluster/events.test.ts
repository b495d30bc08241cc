// Findings told by Events, with real kube-apiserver, kubectl and MetalLB, and an agent on every node under the rights that the
// chart gives it: however many agents see a problem and whichever of them dies, its object tells of it once.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { Host } from '../../lab/host.ts';
import type { LabProcess } from '../../lab/process.ts';
import type { FindingKind } from '../../src/watch/finding/kinds.ts';
import { Helm, helmUnavailable } from '../chart/helm.ts';
import type { KubernetesObject } from './kubernetes-api.ts';
import { METALLB_NAMESPACE, speakerPod, untilAnnouncedBy } from './metallb.ts';
import type { Pod } from './pod.ts';
import { expose } from './services.ts';
import { imageUnavailable, startWatchedHome, VIPWATCH_PODS, type WatchedHome } from './vipwatch.ts';
import { takeoversOf, unmeantFindings, untilAllName, type WatchedVip } from './witnesses.ts';

const search = inject('cluster');
const programs = search.ok ? search.programs : undefined;

const SERVICE = 'web';
/** Of the Service's pool, and no Service's. */
const FREE_ADDRESS = '192.168.1.203';
const SEEN_BY = 'vipwatch.dev/seen-by';
/** Short, so that a machine that left is soon found to have; its agents are restarted in between. */
const QUIET = { quiet: '10s', holdDown: '0s' };
/** The third agent looks after 20 to 23 s whether the two that ask have told; one that is dead is waited for half a minute. */
const PATIENCE = { timeout: 90_000, interval: 200 };
const TIMEOUT = 400_000;

interface EventObject extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & {
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly reportingComponent: string;
  readonly reportingInstance: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

describe.skipIf(!programs || imageUnavailable || helmUnavailable())('Events', { timeout: TIMEOUT }, () => {
  let home: WatchedHome;
  let vip: WatchedVip;
  let announcer: string;
  /** Has the VIP for its own address while it is plugged in. */
  let intruder: Host;
  let announcing: LabProcess | undefined;

  beforeAll(async () => {
    const helm = await Helm.find();
    const kinds = {
      'foreign-claim': QUIET,
      'pool-address-taken': QUIET,
      'node-address-conflict': QUIET,
      'split-brain': QUIET,
    } satisfies Partial<Record<FindingKind, object>>;
    const objects = await helm.render({ namespace: { create: true }, config: { findings: { kinds } } });
    home = await startWatchedHome(programs!, { objects });
    vip = await expose(home, SERVICE, { addresses: ['192.168.1.200/30'] });
    announcer = await untilAnnouncedBy(home.cluster, SERVICE, () => true);
    await untilAllName(home, vip, announcer);
    intruder = await home.lab.host('intruder', { mac: '02:00:00:00:00:aa', address: `${vip.ip}/24` });
    await intruder.unplug();
  });

  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
  });

  /** Those that vipwatch wrote about objects of this kind, warnings first: `Warning ForeignClaim x1`. */
  async function eventsOn(kind: string): Promise<EventObject[]> {
    const events = await home.cluster.api.list<EventObject>('/api/v1/events');
    return events
      .filter(({ reportingComponent, involvedObject }) => {
        return reportingComponent === 'vipwatch' && involvedObject.kind === kind;
      })
      .toSorted((a, b) => (a.type > b.type ? -1 : 1));
  }

  /** @param of the finding's kind, as it is in the reasons. */
  async function saidOn(kind: string, of = ''): Promise<string[]> {
    const events = await eventsOn(kind);
    return events
      .filter(({ reason }) => reason.startsWith(of))
      .map(({ type, reason, count }) => `${type} ${reason} x${count}`);
  }

  async function untilSaidOn(kind: string, lines: readonly string[], of = ''): Promise<void> {
    await vi.waitFor(async () => expect(await saidOn(kind, of)).toEqual(lines), PATIENCE);
  }

  async function warning(): Promise<EventObject> {
    const [first] = await eventsOn('Service');
    return first!;
  }

  async function seenBy(): Promise<string[]> {
    return (await warning()).metadata.annotations?.[SEEN_BY]?.split(',') ?? [];
  }

  /** How often the agents together came to each result, where one did. `changed` apart: who heard the answer first has nothing to change. */
  async function results(): Promise<Record<string, number>> {
    const sums: Record<string, number> = {};
    const lines = await home.agents.ofEach((api) => api.metrics('vipwatch_kubernetes_events_total{'));
    for (const line of lines.flat()) {
      const [, result, count] = /\{result="([^"]+)"\} (\d+)$/.exec(line)!;
      if (count !== '0' && result !== 'changed') sums[result!] = (sums[result!] ?? 0) + Number(count);
    }
    return sums;
  }

  async function untilResults(sums: Readonly<Record<string, number>>): Promise<void> {
    await vi.waitFor(async () => expect(await results()).toEqual(sums), PATIENCE);
  }

  async function activeFindings(node: string): Promise<string[]> {
    return (await home.agents.api(node).findings()).map(({ kind, ip }) => `${kind} ${ip}`);
  }

  async function describeService(): Promise<string> {
    return await home.cluster.controlPlane.kubectl('describe', 'service', SERVICE);
  }

  /** To all: the agent that does not ask hears of it as well, for as long as it lasts. */
  async function arrive(): Promise<void> {
    await intruder.plug();
    announcing = intruder.spawn(['arping', '-U', '-I', 'eth0', vip.ip]);
  }

  async function leave(): Promise<void> {
    await announcing!.stop();
    await intruder.unplug();
  }

  /** The nodes of the agents that ask for the VIP. */
  function askers(): string[] {
    return home.cluster.nodes.map(({ name }) => name).filter((name) => name !== announcer);
  }

  async function agentPod(node: string): Promise<Pod> {
    const pods = await home.cluster.api.list<Pod>(VIPWATCH_PODS);
    return pods.find(({ spec }) => spec.nodeName === node)!;
  }

  async function nodeOfPod(name: string): Promise<string> {
    const pod = await home.cluster.api.get<Pod>(`${VIPWATCH_PODS}/${name}`);
    return pod.spec.nodeName!;
  }

  it('are not written for a healthy handover', async () => {
    const { cluster } = home;
    const node = `/api/v1/nodes/${announcer}`;
    const pod = await speakerPod(cluster, announcer);
    // A taint that MetalLB does not tolerate keeps the successor away for as long as this looks.
    await cluster.api.patch(node, { spec: { taints: [{ key: 'away', effect: 'NoSchedule' }] } });
    await cluster.controlPlane.kubectl('delete', 'pod', '-n', METALLB_NAMESPACE, pod.metadata.name);
    const second = await untilAnnouncedBy(cluster, SERVICE, (one) => one !== announcer);
    await untilAllName(home, vip, second);
    await cluster.api.patch(node, { spec: { taints: null } });
    await untilAllName(home, vip, announcer);

    expect((await takeoversOf(home, vip.ip)).map((all) => all.length)).toEqual([2, 2, 2]);
    expect(await unmeantFindings(home, [])).toEqual([]);
    expect(await saidOn('Service')).toEqual([]);
    expect(await saidOn('Node')).toEqual([]);
    expect(await results()).toEqual({});
    expect(await describeService()).not.toContain('vipwatch');
  });

  it('tell of a machine that claims the VIP by one warning, whoever sees it, and by one more that it is over', async () => {
    await arrive();
    // Two agents ask for the VIP; the third one, which heard the announcement as well, finds it told.
    await untilResults({ raised: 1, joined: 1, 'told-by-others': 1 });
    // It answers the agents that ask, whatever was written before that.
    await vi.waitFor(async () => expect((await warning()).message).not.toContain('Not confirmed'), PATIENCE);
    expect(await saidOn('Service')).toEqual(['Warning ForeignClaim x1']);
    const pods = await Promise.all(askers().map(agentPod));
    expect((await seenBy()).sort()).toEqual(pods.map(({ metadata }) => metadata.name).sort());
    const described = await describeService();
    expect(described).toMatch(
      /Warning +ForeignClaim +\S+ +vipwatch +(Confirmed: )?VIP 192\.168\.1\.200 of default\/web is claimed by 02:00:00:00:00:aa, which belongs to no cluster node: .* Remove 192\.168\.1\.200 from that machine/,
    );

    await leave();
    await untilSaidOn('Service', ['Warning ForeignClaim x1', 'Normal ForeignClaimResolved x1']);
    await untilResults({ raised: 1, joined: 1, 'told-by-others': 1, left: 1, resolved: 1 });
    expect(await saidOn('Service')).toHaveLength(2);
    expect(await seenBy()).toEqual([]);
    expect(await describeService()).toMatch(
      /Normal +ForeignClaimResolved +\S+ +vipwatch +Resolved: VIP 192\.168\.1\.200 of default\/web is claimed by .* last\.\n/,
    );
  });

  it('count the same warning on when it is back, and not when an agent is that was killed', async () => {
    await arrive();
    await vi.waitFor(async () => expect(await seenBy()).toHaveLength(2), PATIENCE);
    const node = await nodeOfPod((await warning()).reportingInstance);
    await home.agents.process(node).signal('SIGKILL');
    await home.agents.process(node).exited;
    await restarted(node);
    await vi.waitFor(
      async () => expect(await activeFindings(node)).toEqual([`foreign-claim ${vip.ip}`]),
      PATIENCE,
    );
    expect(await saidOn('Service')).toEqual(['Warning ForeignClaim x2', 'Normal ForeignClaimResolved x1']);

    await leave();
    await untilSaidOn('Service', ['Warning ForeignClaim x2', 'Normal ForeignClaimResolved x2']);
    await vi.waitFor(async () => expect(await seenBy()).toEqual([]), PATIENCE);
  });

  it('say once that it is over where the agent that warned is dead by then', async () => {
    const { cluster, agents } = home;
    await arrive();
    await vi.waitFor(async () => expect(await seenBy()).toHaveLength(2), PATIENCE);
    const pod = (await warning()).reportingInstance;
    const node = await nodeOfPod(pod);
    // As a node that loses its power: nobody starts the agent again, and the node's Pods are soon marked as not ready.
    const { kubelet } = cluster.node(node);
    kubelet.pause();
    await agents.process(node).signal('SIGKILL');
    await agents.process(node).exited;
    await cluster.api.patch(`${VIPWATCH_PODS}/${pod}/status`, {
      status: {
        conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: new Date().toISOString() }],
      },
    });
    await leave();
    await untilSaidOn('Service', ['Warning ForeignClaim x3', 'Normal ForeignClaimResolved x3']);
    expect(await seenBy()).toEqual([]);

    // What its journal brings back is over, and was told to be.
    kubelet.resume();
    await restarted(node);
    const told = 'vipwatch_kubernetes_events_total{result="told-by-others"} 1';
    await vi.waitFor(
      async () => expect(await agents.api(node).metrics('vipwatch_kubernetes_events_total')).toContain(told),
      PATIENCE,
    );
    expect(await saidOn('Service')).toEqual(['Warning ForeignClaim x3', 'Normal ForeignClaimResolved x3']);
  });

  it('tell of a free address on its pool', async () => {
    const { controlPlane } = home.cluster;
    const outsider = await home.lab.host('outsider', {
      mac: '02:00:00:00:00:bb',
      address: `${FREE_ADDRESS}/24`,
    });
    await outsider.run(['arping', '-U', '-c', '1', '-I', 'eth0', FREE_ADDRESS]);
    await untilSaidOn('IPAddressPool', ['Warning PoolAddressTaken x1']);
    const warnings = ['get', 'events', '-A', '--field-selector', 'source=vipwatch,type=Warning'];
    expect(await controlPlane.kubectl(...warnings)).toMatch(/PoolAddressTaken +ipaddresspool\/web /);
    const pool = await controlPlane.kubectl('describe', 'ipaddresspool', '-n', METALLB_NAMESPACE, SERVICE);
    expect(pool).toMatch(
      /Warning +PoolAddressTaken +\S+ +vipwatch +02:00:00:00:00:bb, which belongs to no cluster node, uses/,
    );
    await outsider.powerOff();
    await untilSaidOn('IPAddressPool', ['Warning PoolAddressTaken x1', 'Normal PoolAddressTakenResolved x1']);
  });

  it('tell of two nodes that both answer on the Service and on each of the two', async () => {
    const { cluster } = home;
    const other = askers()[0]!;
    const { host } = cluster.node(other);
    const onNodes = async () => {
      const events = await eventsOn('Node');
      const ofSplit = events.filter(({ reason }) => reason.startsWith('SplitBrain'));
      return ofSplit.map(({ type, involvedObject }) => `${type} ${involvedObject.name}`).sort();
    };
    const onEach = (type: string) => [announcer, other].map((name) => `${type} ${name}`);
    await host.run(['ip', 'address', 'add', `${vip.ip}/32`, 'dev', 'lo']);
    await vi.waitFor(async () => expect(await onNodes()).toEqual(onEach('Warning').sort()), PATIENCE);
    await vi.waitFor(
      async () => expect(await saidOn('Service')).toContain('Warning SplitBrain x1'),
      PATIENCE,
    );
    const described = await cluster.controlPlane.kubectl('describe', 'node', other);
    expect(described).toMatch(
      /Warning +SplitBrain +\S+ +vipwatch +node-\d and node-\d answer for VIP 192\.168\.1\.200 of default\/web at the same time/,
    );

    await host.run(['ip', 'address', 'del', `${vip.ip}/32`, 'dev', 'lo']);
    const over = [...onEach('Warning'), ...onEach('Normal')].sort();
    await vi.waitFor(async () => expect(await onNodes()).toEqual(over), PATIENCE);
    await vi.waitFor(
      async () => expect(await saidOn('Service')).toContain('Normal SplitBrainResolved x1'),
      PATIENCE,
    );
  });

  it('without the right to write them are missed in the log, once, and nothing else is different', async () => {
    const { cluster, agents } = home;
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles/vipwatch';
    interface Role extends KubernetesObject {
      readonly rules: readonly { readonly resources: readonly string[] }[];
    }
    const { rules } = await cluster.api.get<Role>(path);
    const others = rules.filter(({ resources }) => !resources.includes('events'));
    expect(others).toHaveLength(rules.length - 1);
    await cluster.api.patch(path, { rules: others });
    await arrive();
    const [one] = askers();
    const agent = agents.process(one!);
    const NO_RIGHT = /Cannot write Events for findings: the API server does not allow it\. The chart/;
    await agent.waitForLine(NO_RIGHT, { timeoutMs: PATIENCE.timeout });
    await vi.waitFor(async () => expect((await results()).forbidden).toBeGreaterThan(6), PATIENCE);
    expect(agent.exit).toBeUndefined();
    expect(await activeFindings(one!)).toEqual([`foreign-claim ${vip.ip}`]);
    expect((await agents.api(one!).get('/readyz')).status).toBe(200);
    expect(await saidOn('Service', 'ForeignClaim')).toEqual([
      'Warning ForeignClaim x3',
      'Normal ForeignClaimResolved x3',
    ]);

    await cluster.api.patch(path, { rules });
    const back = ['Warning ForeignClaim x4', 'Normal ForeignClaimResolved x3'];
    await untilSaidOn('Service', back, 'ForeignClaim');
    await agent.waitForLine(/Events are written again/, { timeoutMs: PATIENCE.timeout });
    const said = agent.output.filter(({ text }) => NO_RIGHT.test(text));
    expect(said).toHaveLength(1);
    await leave();
    const over = ['Warning ForeignClaim x4', 'Normal ForeignClaimResolved x4'];
    await untilSaidOn('Service', over, 'ForeignClaim');
  });

  it('tell of a node’s own address on the node', async () => {
    // Last, since whoever takes a node's address keeps its speaker from the others: they split.
    const conflict = 'NodeAddressConflict';
    const [, , third] = home.cluster.nodes;
    const double = await home.lab.host('double', {
      mac: '02:00:00:00:00:cc',
      address: `${third!.address}/24`,
    });
    await double.run(['arping', '-U', '-c', '1', '-I', 'eth0', third!.address]);
    await untilSaidOn('Node', ['Warning NodeAddressConflict x1'], conflict);
    const described = await home.cluster.controlPlane.kubectl('describe', 'node', third!.name);
    expect(described).toMatch(
      /Warning +NodeAddressConflict +\S+ +vipwatch +(Confirmed: )?192\.168\.1\.13, the address of/,
    );
    await double.powerOff();
    const both = ['Warning NodeAddressConflict x1', 'Normal NodeAddressConflictResolved x1'];
    await untilSaidOn('Node', both, conflict);
  });

  /** Waits until another process of the agent knows its cluster. */
  async function restarted(node: string): Promise<void> {
    await vi.waitFor(() => expect(home.agents.process(node).exit).toBeUndefined(), PATIENCE);
    await home.agents.reach(node);
    await vi.waitFor(
      async () => expect((await home.agents.api(node).get('/readyz')).status).toBe(200),
      PATIENCE,
    );
  }
});
