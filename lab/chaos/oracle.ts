// Plays a conflict, and waits for each agent to find it, from the moment at which it could.
import { setTimeout as pause } from 'node:timers/promises';
import type { Ipv4 } from '../../src/net/address.ts';
import type { FindingJson } from '../api.ts';
import type { ChaosAgent } from './agent.ts';
import { announcement, lease, offer, release } from './frames.ts';
import { culpritMac, nodes, vips } from './home.ts';
import type { AgentName, Conflict } from './plan.ts';
import type { Site } from './site.ts';

/** What the slowest poll adds is the agent's own. */
const POLL_MS = 200;
const FOUND_WITHIN_MS = 3000;
/** Nobody answers for 15 s, and it is asked once a second. */
const SILENCE_FOUND_WITHIN_MS = 30_000;
/** A machine that takes an address says so several times, and goes on. */
const ANNOUNCEMENTS = 11;
const ANNOUNCE_EVERY_MS = 200;
const OFFERS = 3;
const LEASE_KEPT_MS = 15_000;
/** As long as an agent may be deaf. */
const RELEASES = 4;
const RELEASE_EVERY_MS = 3000;

export interface Played {
  readonly conflict: Conflict;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** How long each agent took, in milliseconds; null: it did not find it in time. */
  readonly foundAfter: Map<AgentName, number | null>;
  /** Of the finding, by agent. */
  readonly ids: Map<AgentName, string>;
}

export class Oracle {
  readonly #site: Site;
  /** When the agent could hear again, where it is deaf now; else null. */
  readonly #deafUntil: (agent: AgentName) => Promise<void> | null;
  readonly played: Played[] = [];
  readonly #open = new Set<Promise<void>>();

  constructor(site: Site, deafUntil: (agent: AgentName) => Promise<void> | null) {
    this.#site = site;
    this.#deafUntil = deafUntil;
  }

  play(conflict: Conflict): void {
    const played: Played = { conflict, at: Date.now(), foundAfter: new Map(), ids: new Map() };
    this.played.push(played);
    this.#follow(this.#act(conflict));
    for (const agent of [this.#site.cluster, this.#site.list]) this.#follow(this.#search(agent, played));
  }

  /** Resolves when all that was played is judged. */
  async settled(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  /** Of those found, which the agent still holds to be true. */
  async unresolved(): Promise<string[]> {
    const left: string[] = [];
    for (const agent of [this.#site.cluster, this.#site.list])
      for (const { conflict } of this.played) {
        const active = await activeOf(agent, conflict);
        const mac = culpritMac(conflict.number);
        if (active.some(({ kind, macs }) => kind === 'silent-vip' || macs.includes(mac)))
          left.push(`${agent.name}: ${conflict.conflict} ${addressOf(conflict)}`);
      }
    return left;
  }

  #follow(work: Promise<void>): void {
    this.#open.add(work);
    void work.finally(() => this.#open.delete(work));
  }

  async #search(agent: ChaosAgent, played: Played): Promise<void> {
    const { conflict, foundAfter, ids } = played;
    const within = conflict.conflict === 'silent-vip' ? SILENCE_FOUND_WITHIN_MS : FOUND_WITHIN_MS;
    await this.#deafUntil(agent.name);
    const from = Date.now();
    foundAfter.set(agent.name, null);
    const before = countsOf(agent);
    // What comes too late is told all the same.
    while (Date.now() - from < 3 * within) {
      const found = await activeOf(agent, conflict).catch(() => []);
      const after = Date.now() - from;
      if (found[0]) {
        // Of a flood's, what is known later is another matter.
        const own = found.find(({ macs }) => macs.includes(culpritMac(conflict.number)));
        if (own) ids.set(agent.name, own.id);
        foundAfter.set(agent.name, after <= within ? after : null);
        if (after > within)
          console.log(
            `  ${agent.name}: late by ${after - within} ms: ${textOf(conflict)}\n${await why(agent, conflict, before)}`,
          );
        return;
      }
      await pause(POLL_MS);
    }
    console.log(`  ${agent.name}: NOT FOUND: ${textOf(conflict)}\n${await why(agent, conflict, before)}`);
  }

  async #act(conflict: Conflict): Promise<void> {
    const { player, responder } = this.#site;
    const mac = culpritMac(conflict.number);
    const ip = addressOf(conflict);
    const send = (frame: Uint8Array) => player.stdin.write(`send ${Buffer.from(frame).toString('hex')}\n`);
    switch (conflict.conflict) {
      case 'foreign-claim':
      case 'node-address-conflict':
        for (let i = 0; i < ANNOUNCEMENTS; i += 1) {
          send(announcement(mac, ip));
          await pause(ANNOUNCE_EVERY_MS);
        }
        return;
      case 'lease-on-vip':
        send(lease(mac, ip));
        await pause(LEASE_KEPT_MS);
        // What is said once may be lost, as on any LAN.
        for (let i = 0; i < RELEASES; i += 1) {
          send(release(mac, ip));
          await pause(RELEASE_EVERY_MS);
        }
        return;
      case 'rogue-dhcp-server':
        // It answers whoever asks.
        for (let i = 0; i < OFFERS; i += 1) {
          send(offer(mac, ip, '10.0.150.1' as Ipv4));
          await pause(ANNOUNCE_EVERY_MS);
        }
        return;
      case 'silent-vip':
        await responder.signal('SIGSTOP');
        await pause(conflict.seconds * 1000);
        await responder.signal('SIGCONT');
        return;
      default:
        return conflict.conflict satisfies never;
    }
  }
}

export function textOf(conflict: Conflict): string {
  return `${conflict.conflict} ${addressOf(conflict)} by ${culpritMac(conflict.number)}`;
}

function addressOf({ conflict, target, number }: Conflict): Ipv4 {
  if (conflict === 'rogue-dhcp-server') return `10.0.66.${number}` as Ipv4;
  // Node 1 has no VIP, and an agent that is to hear of itself.
  if (conflict === 'node-address-conflict') return nodes[target]!.addresses[0]! as Ipv4;
  return vips[target - 1]!;
}

async function activeOf(agent: ChaosAgent, conflict: Conflict): Promise<FindingJson[]> {
  const query = new URLSearchParams({ kind: conflict.conflict, ip: addressOf(conflict), limit: '100' });
  const { items } = await agent.api.json<{ items: FindingJson[] }>(`/api/v1/findings?${query}`);
  return items;
}

/** What tells a busy machine from a defect. */
const TELLING =
  /^vipwatch_(frames_total|frames_dropped_total|dismissals_total|table_evictions_total)|^process_cpu|^nodejs_eventloop_lag_max/;

async function countsOf(agent: ChaosAgent): Promise<ReadonlyMap<string, number>> {
  const lines = await agent.api.metrics('').catch(() => []);
  return new Map(
    lines
      .filter((line) => TELLING.test(line))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

/** Whether the machine of a conflict was heard at all, and what was lost, refused and held to be harmless meanwhile. */
async function why(
  agent: ChaosAgent,
  conflict: Conflict,
  earlier: Promise<ReadonlyMap<string, number>>,
): Promise<string> {
  const before = await earlier;
  const query = new URLSearchParams({ mac: culpritMac(conflict.number) });
  const heard = await Promise.all(
    ['claims', 'leases'].map((list) =>
      agent.api.json<{ items: unknown[] }>(`/api/v1/${list}?${query}`).then(
        ({ items }) => `${list} of it: ${JSON.stringify(items)}`,
        () => `${list}: no answer`,
      ),
    ),
  );
  const grown = [...(await countsOf(agent))].flatMap(([name, count]) => {
    const more = count - (before.get(name) ?? 0);
    return more > 0 ? [`${name.replace('vipwatch_', '')} +${more.toFixed(3)}`] : [];
  });
  return `    ${heard.join('; ')}\n    ${grown.join(', ')}`;
}
