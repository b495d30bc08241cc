// Many agents' probers on one LAN, with machines that answer them: for how loud they are together, whatever their number. Only
// questions are played; whole agents are, on smaller LANs, in world/.
import { MILLISECOND, type Micros, SECOND } from '../src/base/time.ts';
import type { IpAddress, Mac } from '../src/net/address.ts';
import { type IpRange, ipOfNumber, parseRange } from '../src/net/range.ts';
import { Prober } from '../src/probe/prober.ts';
import type { ProbeSource, Question } from '../src/probe/question.ts';
import { MAX_PROBES_PER_SECOND, STEADY_PROBES_PER_SECOND } from '../src/probe/rates.ts';
import { ASKERS, ProbeShare } from '../src/probe/share.ts';
import { LedgerOfLan } from '../test/probe/ledger-of-lan.ts';

interface Vip {
  readonly address: IpAddress;
  holder: number;
  announcedAt: Micros;
}

interface Agent {
  readonly node: number;
  readonly prober: Prober;
  readonly lan: LedgerOfLan;
}

interface SwarmOptions {
  readonly nodes: number;
  readonly vips: number;
  /** The first node holds so many, as far as there are; the others share the rest. */
  readonly onFirst: number;
  /** @default 4 */
  readonly family?: 4 | 6;
}

const STEP = 10 * MILLISECOND;
const ROUND_TRIP = MILLISECOND;
const PACES = { interval: SECOND, sweep: 30 * SECOND, broadcastsPerSecond: 5 };
const NETWORKS = { 4: rangeOf('10.0.0.0/8'), 6: rangeOf('fd00::/64') };

export class Swarm {
  now: Micros = 0;
  /** When a question went to everybody, or a poll to nobody: a switch sends that to everybody too. */
  readonly loud: Micros[] = [];
  /** The latter alone. */
  readonly lost: Micros[] = [];
  readonly vips: readonly Vip[];
  readonly #agents: readonly Agent[];
  readonly #dead = new Set<number>();
  readonly #byAddress: ReadonlyMap<IpAddress, Vip>;
  /** On their way. */
  #answers: { readonly agent: Agent; readonly address: IpAddress; readonly mac: Mac }[] = [];

  constructor({ nodes, vips, onFirst, family = 4 }: SwarmOptions) {
    const { first } = NETWORKS[family];
    this.vips = Array.from({ length: vips }, (_, i): Vip => {
      const holder = i < onFirst || nodes === 1 ? 0 : 1 + (i % (nodes - 1));
      return { address: ipOfNumber(family, first + 0x1_0000n + BigInt(i)), holder, announcedAt: 0 };
    });
    this.#byAddress = new Map(this.vips.map((vip) => [vip.address, vip]));
    const share = new ProbeShare('0');
    const names = Array.from({ length: nodes }, (_, node) => String(node));
    share.setAskers(names.map((node) => ({ node, networks: [NETWORKS[family]] })));
    const askers = this.vips.map(({ address, holder }) => share.askersOf(address, String(holder)));
    this.#agents = names.map((name, node) => {
      const mine = this.vips.filter((_, i) => askers[i]!.includes(name));
      const swept = this.vips.filter(
        (_, i) => askers[i]![0] === name || (family === 4 && askers[i]!.includes(name)),
      );
      return this.#agent(node, mine, swept, share.asking);
    });
  }

  /** The machine is off: its VIPs are silent until another one announces them. */
  die(node: number): void {
    this.#dead.add(node);
  }

  /** So many agents measure it, as in a failover test. */
  measure(vip: Vip, agents: number, until: Micros): void {
    const others = this.#agents.filter(({ node }) => node !== vip.holder);
    for (const { prober } of others.slice(0, agents)) prober.probeFast(vip.address, until);
  }

  /** Everybody hears it, and so does its own node. */
  announce(vip: Vip, node: number): void {
    vip.holder = node;
    vip.announcedAt = this.now;
    for (const { lan } of this.#agents) lan.seen(vip.address, 'eth0', macOf(node), 'announcement', this.now);
  }

  play(until: Micros): void {
    for (; this.now < until; this.now += STEP) {
      this.#ask(this.now);
      this.#answer(this.now + ROUND_TRIP);
      // Polls that waited for an answer go at once.
      this.#ask(this.now + ROUND_TRIP);
      this.#answer(this.now + 2 * ROUND_TRIP);
    }
  }

  #ask(now: Micros): void {
    for (const agent of this.#agents)
      if (!this.#dead.has(agent.node) && agent.prober.nextAt() <= now) this.#due(agent, now);
  }

  #answer(at: Micros): void {
    for (const { agent, address, mac } of this.#answers.splice(0))
      agent.lan.seen(address, 'eth0', mac, 'reply', at);
  }

  /** Within a stretch of time. */
  count(from: Micros, until: Micros): number {
    return this.loud.filter((at) => at >= from && at < until).length;
  }

  /** The most within a second. */
  most(from: Micros, until: Micros): number {
    let most = 0;
    for (let at = from; at < until; at += 10 * STEP) most = Math.max(most, this.count(at, at + SECOND));
    return most;
  }

  #agent(node: number, mine: readonly Vip[], swept: readonly Vip[], agents: number): Agent {
    const lan = new LedgerOfLan(macOf(node));
    const { answers } = lan;
    const prober = new Prober({
      answers: {
        question: (ip) => answers.question(ip),
        latest: (ip) => answers.latest(ip),
        isAnnouncedHere: (ip) => answers.isAnnouncedHere(ip),
        isLeftOpen: (ip) => answers.isLeftOpen(ip),
        rivalOf: (ip) => answers.rivalOf(ip),
        isNodes: (ip) => answers.isNodes(ip),
        // Its ledger need not be told what every agent heard.
        holderOn: (ip, segment) => answers.holderOn(ip, segment) ?? this.#announcerOf(ip),
      },
      ...PACES,
      maxPerSecond: MAX_PROBES_PER_SECOND,
      steadyPerSecond: STEADY_PROBES_PER_SECOND,
      conflictPause: () => Number.POSITIVE_INFINITY,
      mayBeTaken: () => false,
      announcedWith: (address) => this.#fallenWith(address),
    });
    const networks = [4, 6].map((family) => NETWORKS[family as 4 | 6]);
    const addresses = networks.map((network) => ({
      ip: ipOfNumber(network.family, network.first + BigInt(node + 1)),
      network,
    }));
    const linkLocal = rangeOf('fe80::/64');
    const local = { ip: ipOfNumber(6, linkLocal.first + BigInt(node + 1)), network: linkLocal };
    const source: ProbeSource = {
      device: 'eth0',
      segment: 'eth0',
      mac: macOf(node),
      addresses: [...addresses, local],
    };
    prober.setSources([source]);
    for (const { address, holder } of mine) lan.seen(address, 'eth0', macOf(holder), 'announcement', 0);
    const asking = { agents, perVip: ASKERS };
    prober.setTargets(
      { vips: addressesOf(mine), nodes: [], free: [], swept: new Set(addressesOf(swept)), asking },
      // They did not start at once.
      (node * 37 * MILLISECOND) % SECOND,
    );
    return { node, prober, lan };
  }

  #announcerOf(address: IpAddress): { at: Micros; mac: Mac } {
    const { holder, announcedAt } = this.#byAddress.get(address)!;
    return { at: announcedAt, mac: macOf(holder) };
  }

  #fallenWith(address: IpAddress): { count: number; isLowest: boolean } {
    const { holder } = this.#byAddress.get(address)!;
    const together = this.vips.filter((vip) => vip.holder === holder);
    return { count: together.length, isLowest: together[0]!.address === address };
  }

  #due(agent: Agent, now: Micros): void {
    for (const question of agent.prober.due(now)) {
      agent.lan.asked(question.target, 'eth0', now, question.polled);
      agent.prober.sent(question);
      const { holder } = this.#byAddress.get(question.target)!;
      const isThere = !this.#dead.has(holder);
      if (question.polled === null || !isThere) this.loud.push(now);
      if (question.polled !== null && !isThere) this.lost.push(now);
      if (question.polled === null) this.#hear(agent, question, now);
      if (isThere && (question.polled === null || question.polled === macOf(holder)))
        this.#answers.push({ agent, address: question.target, mac: macOf(holder) });
    }
  }

  /** Others' solicitations go to groups that a node has not joined. */
  #hear(asker: Agent, { target }: Question, now: Micros): void {
    if (target.includes(':')) return;
    for (const agent of this.#agents) if (agent !== asker) agent.prober.heard(target, 'node', now);
  }
}

function rangeOf(text: string): IpRange {
  return parseRange(text) as IpRange;
}

function macOf(node: number): Mac {
  return `02:00:00:00:${hex(node >> 8)}:${hex(node & 0xff)}` as Mac;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function addressesOf(vips: readonly Vip[]): IpAddress[] {
  return vips.map(({ address }) => address);
}
