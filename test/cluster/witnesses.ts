// Who announces a VIP, as every witness tells it: MetalLB by its event and its status, the wire, and each agent by the election
// that it works out and by the announcer that it has seen.
import { expect, vi } from 'vitest';
import type { FindingKind } from '../../src/watch/finding/kinds.ts';
import { announcingNode, l2Statuses } from './metallb.ts';
import type { WatchedHome } from './vipwatch.ts';
import { macsAnswering } from './wire.ts';

export interface VipJson {
  readonly ip: string;
  readonly service: string | null;
  readonly pool: string | null;
  readonly elected: { readonly node: string | null; readonly reason: string | null } | null;
  readonly announcers: readonly { readonly node: string | null; readonly interface: string }[];
}

/** A finding waits for its grace first, half a minute or less for most, and a speaker up to a minute until it looks for others. */
export const PATIENCE = { timeout: 90_000, interval: 200 };

interface AgentSays {
  readonly elected: string | null;
  /** By the interface on which they were seen. */
  readonly announcers: Readonly<Record<string, string | null>>;
}

export interface Testimony {
  readonly event: string | undefined;
  readonly statuses: readonly string[];
  /** Who answers the router: nodes, or MACs that are no node's. */
  readonly wire: readonly string[];
  /** In the order of the nodes. */
  readonly agents: readonly (AgentSays | undefined)[];
}

/** A VIP and the Service that it belongs to, of the namespace `default`. */
export interface WatchedVip {
  readonly service: string;
  readonly ip: string;
}

/** The nodes that answer the router on the LAN. */
export async function nodesAnswering({ router, cluster }: WatchedHome, ip: string): Promise<string[]> {
  const macs = await macsAnswering(router, ip);
  return macs.map((mac) => cluster.nodes.find((node) => node.mac === mac)?.name ?? mac);
}

/** The VIP as each agent shows it, in the order of the nodes. */
export async function vipAt({ agents }: WatchedHome, ip: string): Promise<(VipJson | undefined)[]> {
  return await agents.ofEach(async (api) => {
    const { items } = await api.json<{ items: VipJson[] }>('/api/v1/vips');
    return items.find((row) => row.ip === ip);
  });
}

async function testimony(home: WatchedHome, { service, ip }: WatchedVip): Promise<Testimony> {
  const [event, statuses, wire, rows] = await Promise.all([
    announcingNode(home.cluster, service),
    l2Statuses(home.cluster, service),
    nodesAnswering(home, ip),
    vipAt(home, ip),
  ]);
  const agents = rows.map(
    (row) =>
      row && {
        elected: row.elected?.node ?? null,
        announcers: Object.fromEntries(row.announcers.map((one) => [one.interface, one.node])),
      },
  );
  return { event, statuses, wire, agents };
}

/** Waits until every witness names this node, on each of the interfaces that the VIP was ever announced on. */
export async function untilAllName(
  home: WatchedHome,
  vip: WatchedVip,
  node: string,
  interfaces: readonly string[] = home.secondLan ? ['eth0', 'eth1'] : ['eth0'],
): Promise<void> {
  const said: AgentSays = {
    elected: node,
    announcers: Object.fromEntries(interfaces.map((one) => [one, node])),
  };
  const unanimous: Testimony = {
    event: node,
    statuses: [node],
    wire: [node],
    agents: home.cluster.nodes.map(() => said),
  };
  await vi.waitFor(async () => expect(await testimony(home, vip)).toEqual(unanimous), PATIENCE);
}

interface FindingSought {
  readonly kind: FindingKind;
  readonly ip: string;
  /** With these words in its message. */
  readonly says: string;
}

/** Waits until an agent finds it: two of them ask for each VIP, and only they hear what is answered to them alone. */
export async function untilFound(
  home: WatchedHome,
  sought: FindingSought,
  patience = PATIENCE,
): Promise<void> {
  await vi.waitFor(async () => {
    const found = await messagesOf(home, sought, 'active');
    expect(found).not.toEqual([]);
    for (const message of found) expect(message).toContain(sought.says);
  }, patience);
}

/** Waits until no agent finds it any more, and one remembers that it did, whatever its last words were. */
export async function untilResolved(
  home: WatchedHome,
  sought: FindingSought,
  patience = PATIENCE,
): Promise<void> {
  await vi.waitFor(async () => {
    expect(await messagesOf(home, sought, 'active')).toEqual([]);
    expect(await messagesOf(home, sought, 'resolved')).not.toEqual([]);
  }, patience);
}

async function messagesOf(
  { agents }: WatchedHome,
  { kind, ip }: FindingSought,
  state: 'active' | 'resolved',
): Promise<string[]> {
  const found = await agents.ofEach((api) => api.findings(state));
  return found
    .flat()
    .filter((one) => one.kind === kind && one.ip === ip)
    .map(({ message }) => message);
}

/** The takeovers of the VIP on the LAN that each agent has seen, the earliest first: `node > node`. */
export async function takeoversOf({ agents }: WatchedHome, ip: string): Promise<string[][]> {
  interface TakeoverJson {
    readonly interface: string;
    readonly from: { readonly node: string };
    readonly to: { readonly node: string };
  }
  return await agents.ofEach(async (api) => {
    const { items } = await api.json<{ items: TakeoverJson[] }>(`/api/v1/takeovers?ip=${ip}`);
    const onLan = items.filter((takeover) => takeover.interface === 'eth0');
    return onLan.map(({ from, to }) => `${from.node} > ${to.node}`).toReversed();
  });
}

/** Every finding that any agent has had so far and that is not among those meant: `kind address`. */
export async function unmeantFindings({ agents }: WatchedHome, meant: readonly string[]): Promise<string[]> {
  const found = await agents.ofEach(async (api, node) =>
    (await api.findings('all'))
      .filter(({ kind, ip }) => !meant.includes(`${kind} ${ip}`))
      .map(({ message }) => `${node}: ${message}`),
  );
  return found.flat();
}
