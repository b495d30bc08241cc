// The story that vipwatch is for, in two acts, on real programs: a home router leases the ingress VIP to a phone; and the node
// that announces it loses its power.
import { setTimeout as delay } from 'node:timers/promises';
import type { ConfigFile } from '../src/config/schema.ts';
import type { EventJson } from '../src/serve/render/render.ts';
import type { FindingJson, TakeoverJson } from './api.ts';
import type { Host } from './host.ts';
import type { Lab } from './lab.ts';
import { type Agent, startAgent } from './roles/agent.ts';
import { startAnnouncer } from './roles/announcer.ts';
import { startDnsmasq } from './roles/dnsmasq.ts';
import { startUdhcpc } from './roles/udhcpc.ts';

export const VIP = '192.168.1.50';
export const PHONE_MAC = '02:00:00:00:00:aa';

export const STORY_CONFIG: ConfigFile = {
  intent: {
    source: 'static',
    static: {
      pools: [{ name: 'main-pool', addresses: ['192.168.1.50-192.168.1.59'] }],
      vips: [{ address: VIP, service: 'traefik/traefik' }],
      nodes: [
        { name: 'cp', addresses: ['192.168.1.10'], macs: ['02:00:00:00:00:10'] },
        { name: 'w1', addresses: ['192.168.1.11'], macs: ['02:00:00:00:00:11'] },
        { name: 'w2', addresses: ['192.168.1.12'], macs: ['02:00:00:00:00:12'] },
      ],
    },
  },
  dhcp: { ranges: ['192.168.1.2-192.168.1.253'], servers: ['192.168.1.1'] },
};

/** One line of the story: who did what. */
export type Tell = (who: string, what: string) => void;

export interface StoryOptions {
  readonly tell: Tell;
  /** The agent on w2 watches. @default nobody is told */
  readonly onWitness?: (witness: Agent) => Promise<void>;
  /** Told of everything the agent on w2 reports, as its event stream says it. */
  readonly onEvent: (event: EventJson) => void;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** How the first act ended; the lab is still up. */
export interface StoryEnd {
  readonly agents: readonly Agent[];
  /** The agent on w2. */
  readonly witness: Agent;
  /** What the witness's API listed at the end. */
  readonly findings: readonly FindingJson[];
  /** The phone still had the VIP on its interface after the findings were read. */
  readonly phoneHoldsVip: boolean;
  /** The second act: the phone leaves, and the node that announces the VIP loses its power. */
  readonly failOver: () => Promise<FailoverEnd>;
}

/** How the second act ended. */
export interface FailoverEnd {
  /** What the witness reported of it; undefined: nothing in time. */
  readonly takeover: TakeoverJson | undefined;
  /** From the power cut to the first announcement by the other node, by the lab's own clock. */
  readonly outageMs: number;
}

/** The findings that the story must lead to. */
export const EXPECTED = ['lease-on-vip', 'foreign-claim'] as const;

/** In a small cluster MetalLB's speakers take 5 to 8 s to agree that one of them is gone. */
const SUSPICION_MS = 5_500;

/** What vipwatch may take to see what there is to see; the story then goes on without it. */
const SEEN_WITHIN_MS = 15_000;

/**
 * Plays the first act in an empty lab.
 *
 * @throws {Error} where a program of the lab fails; not where vipwatch does not see what it should.
 */
export async function playStory(lab: Lab, options: StoryOptions): Promise<StoryEnd> {
  const { tell, onWitness, onEvent, signal } = options;
  const router = await lab.host('router', { mac: '02:00:00:00:00:01', address: '192.168.1.1/24' });
  const cp = await lab.host('cp', { mac: '02:00:00:00:00:10', address: '192.168.1.10/24' });
  const w1 = await lab.host('w1', { mac: '02:00:00:00:00:11', address: '192.168.1.11/24' });
  const w2 = await lab.host('w2', { mac: '02:00:00:00:00:12', address: '192.168.1.12/24' });
  tell('lab', 'a LAN 192.168.1.0/24: a home router, and a cluster of three nodes: cp, w1, w2');

  const range = ['192.168.1.2', '192.168.1.253'] as const;
  const dnsmasq = await startDnsmasq(router, { subnet: '192.168.1.0/24', range, noPing: true });
  tell('router', `dnsmasq serves DHCP, ${range.join(' - ')}: the whole LAN, the cluster's pool included`);
  const announcer = await startAnnouncer(w1);
  await announcer.announce(VIP);
  tell('w1', `announces ${VIP}, the VIP of Service traefik/traefik, as MetalLB's speaker does`);

  const agents = await Promise.all([w2, cp].map((host) => startAgent(host, STORY_CONFIG)));
  const witness = agents[0]!;
  tell('w2, cp', 'vipwatch is watching');
  await onWitness?.(witness);
  const missing = new Set<string>(EXPECTED);
  const events = await witness.api.events(signal);
  const seen = follow(events, (event) => {
    onEvent(event);
    if (event.type === 'finding' && event.action === 'raised') missing.delete(event.kind);
    return missing.size === 0;
  });
  const isUp = await sawVipUp(witness);
  tell('w2', `vipwatch ${isUp ? 'sees' : 'does not see'} ${VIP} answered by w1, its rightful announcer`);

  const phone = await lab.host('phone', { mac: PHONE_MAC });
  tell('phone', `luca-phone joins, and asks for the address it had before there was a pool: ${VIP}`);
  const client = await startUdhcpc(phone, { hostname: 'luca-phone', request: VIP });
  await client.bound();
  tell('router', `leases ${VIP} to luca-phone (${await leaseLine(router)})`);
  tell('phone', `announces ${VIP} as its own: from now on it and w1 both answer for it`);
  // As phones do, and udhcpc does not.
  await phone.run(['arping', '-U', '-c', '2', '-w', '3', '-I', 'eth0', VIP]);

  await Promise.race([seen, delay(SEEN_WITHIN_MS, undefined, { ref: false })]);
  const findings = await witness.api.findings();
  const phoneHoldsVip =
    (await phone.addresses()).includes(VIP) && !client.process.exit && !dnsmasq.process.exit;
  const failOver = async (): Promise<FailoverEnd> => {
    await phone.powerOff();
    tell('phone', 'leaves the house');
    const successor = await startAnnouncer(cp);
    const cut = performance.now();
    await w1.powerOff();
    tell('w1', `loses its power, and ${VIP} with it`);
    await delay(SUSPICION_MS);
    await successor.announce(VIP);
    const outageMs = performance.now() - cut;
    tell('cp', `announces ${VIP}: by now the speakers agree that w1 is gone`);
    return { takeover: await takeoverSeen(witness), outageMs };
  };
  return { agents, witness, findings, phoneHoldsVip, failOver };
}

/** Resolves when `isEnough` says so, or the events end. */
async function follow(
  events: AsyncGenerator<EventJson>,
  isEnough: (event: EventJson) => boolean,
): Promise<void> {
  const enough = Promise.withResolvers<void>();
  // It reads on afterwards: what comes later is told as well.
  const reading = (async () => {
    for await (const event of events) if (isEnough(event)) enough.resolve();
  })();
  await Promise.race([enough.promise, reading]);
}

async function takeoverSeen({ api }: Agent): Promise<TakeoverJson | undefined> {
  const deadline = Date.now() + SEEN_WITHIN_MS;
  while (Date.now() < deadline) {
    const { items } = await api.json<{ items: TakeoverJson[] }>(`/api/v1/takeovers?ip=${VIP}`);
    if (items[0]) return items[0];
    await delay(100);
  }
  return undefined;
}

async function sawVipUp({ api }: Agent): Promise<boolean> {
  const deadline = Date.now() + SEEN_WITHIN_MS;
  while (Date.now() < deadline) {
    const { items } = await api.json<{ items: { ip: string; up: boolean | null }[] }>('/api/v1/vips');
    if (items.some((vip) => vip.ip === VIP && vip.up)) return true;
    await delay(100);
  }
  return false;
}

/** The router's own record of the lease. */
async function leaseLine(router: Host): Promise<string> {
  const leases = await router.readFile('/run/lab/dnsmasq.leases');
  const line = leases.split('\n').find((one) => one.includes(VIP));
  return `its lease file: ${line ?? 'no line'}`;
}
