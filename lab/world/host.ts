// A machine on the LAN with Linux's ARP: answers for its addresses on every card (arp_ignore 0), remembers its neighbors, confirms
// them by unicast and asks for those that it does not know.
import { ARP_REPLY, ARP_REQUEST, type ArpPacket } from '../../src/arp/packet.ts';
import { type Micros, SECOND } from '../../src/base/time.ts';
import { BROADCAST_MAC, type Ipv4, type Mac, UNSPECIFIED_IPV4 } from '../../src/net/address.ts';
import { arpReply, arpRequest } from './arp-frames.ts';
import type { Frame } from './frame.ts';
import type { Random } from './random.ts';
import type { Surroundings } from './surroundings.ts';
import { type Wiring, type WiringPlan, wire } from './wiring.ts';

export interface CardPlan {
  readonly name: string;
  readonly mac: Mac;
  readonly ip: Ipv4 | null;
  readonly wiring: WiringPlan;
}

export class Card {
  readonly name: string;
  mac: Mac;
  ip: Ipv4 | null;
  readonly wiring: Wiring;
  carrierLosses = 0;
  readonly #onFrame: (frame: Frame, card: Card) => void;

  constructor(
    world: Surroundings,
    host: string,
    plan: CardPlan,
    onFrame: (frame: Frame, card: Card) => void,
  ) {
    this.name = plan.name;
    this.mac = plan.mac;
    this.ip = plan.ip;
    this.#onFrame = onFrame;
    this.wiring = wire(world.lan, `${host} ${plan.name}`, this, plan.wiring);
  }

  receive(frame: Frame): void {
    if (frame.isFor(this.mac)) this.#onFrame(frame, this);
  }

  get running(): boolean {
    return this.wiring.ports.some(({ plugged }) => plugged);
  }

  pull(): void {
    for (const port of this.wiring.ports) port.pull();
    this.carrierLosses += 1;
  }

  plugBack(): void {
    for (const port of this.wiring.ports) port.plugBack();
  }
}

/** Programs on the host that hear its frames: a speaker, a DHCP client, an agent. */
export interface Listener {
  frame(frame: Frame, card: Card): void;
  /** The host itself sent it. */
  sent?(bytes: Uint8Array, card: Card): void;
}

const REACHABLE_FOR = 30 * SECOND;
const TRIES = 3;
const TRY_EVERY = SECOND;
/** A kernel takes some tens of microseconds to answer. */
const ANSWER_DELAY = [15, 120] as const;

export class Host {
  readonly name: string;
  readonly cards: readonly Card[];
  readonly listeners = new Set<Listener>();
  readonly random: Random;
  /** Off, it does nothing at all. */
  powered = true;
  /** It hears nothing that is for all. */
  deaf = false;
  /** Answered for as well: proxy ARP. */
  proxyFor: (ip: Ipv4) => boolean = () => false;
  readonly #world: Surroundings;
  /** Answered for besides the cards' own: what a program or an operator put on the machine. */
  readonly #further = new Set<Ipv4>();
  readonly #neighbors = new Map<Ipv4, { mac: Mac; confirmedAt: Micros }>();

  constructor(world: Surroundings, name: string, cards: readonly CardPlan[]) {
    this.#world = world;
    this.name = name;
    this.random = world.random.fork(name);
    this.cards = cards.map(
      (plan) => new Card(world, name, plan, (frame, card) => this.#receive(frame, card)),
    );
  }

  get card(): Card {
    return this.cards[0]!;
  }

  add(address: Ipv4): void {
    this.#further.add(address);
  }

  remove(address: Ipv4): void {
    this.#further.delete(address);
  }

  /** @param except who does not hear its own frames. */
  send(card: Card, bytes: Uint8Array, except?: Listener): void {
    if (!this.powered) return;
    for (const listener of this.listeners) if (listener !== except) listener.sent?.(bytes, card);
    card.wiring.send(bytes);
  }

  /** Has something to say to a neighbor: asks for it where it must. */
  talkTo(ip: Ipv4): void {
    if (!this.powered || this.card.ip === null) return;
    const known = this.#neighbors.get(ip);
    if (known && this.#world.queue.now - known.confirmedAt < REACHABLE_FOR) return;
    this.#ask(ip, known?.mac ?? BROADCAST_MAC, TRIES);
  }

  #ask(ip: Ipv4, to: Mac, tries: number): void {
    const { ip: own, mac } = this.card;
    if (!this.powered || own === null) return;
    const askedAt = this.#world.queue.now;
    this.send(this.card, arpRequest(mac, own, ip, to));
    this.#world.queue.after(TRY_EVERY, () => {
      const known = this.#neighbors.get(ip);
      if (known && known.confirmedAt >= askedAt) return;
      if (tries > 1) return this.#ask(ip, to, tries - 1);
      this.#neighbors.delete(ip);
      if (to !== BROADCAST_MAC) this.#ask(ip, BROADCAST_MAC, TRIES);
    });
  }

  #receive(frame: Frame, card: Card): void {
    if (!this.powered) return;
    for (const listener of this.listeners) listener.frame(frame, card);
    const { arp } = frame;
    if (arp) this.#arp(arp, card);
  }

  #arp(arp: ArpPacket, card: Card): void {
    const isForUs = this.has(arp.targetIp);
    const known = this.#neighbors.get(arp.senderIp);
    // Whoever speaks to this host is remembered; of others, those who are known already.
    if (arp.senderIp !== UNSPECIFIED_IPV4 && (known || isForUs)) {
      const isAnswer = arp.operation === ARP_REPLY;
      const { now } = this.#world.queue;
      const confirmedAt = isAnswer ? now : known?.mac === arp.senderMac ? known.confirmedAt : 0;
      this.#neighbors.set(arp.senderIp, { mac: arp.senderMac, confirmedAt });
    }
    const isProxied = !isForUs && arp.senderIp !== arp.targetIp && this.proxyFor(arp.targetIp);
    if (arp.operation !== ARP_REQUEST || !(isForUs || isProxied) || arp.senderMac === card.mac) return;
    const answer = arpReply(card.mac, arp.targetIp, arp);
    this.#world.queue.after(this.random.between(...ANSWER_DELAY), () => this.send(card, answer));
  }

  /** An address of its own, whoever put it there. */
  has(ip: Ipv4): boolean {
    return this.#further.has(ip) || this.cards.some((card) => card.ip === ip);
  }
}
