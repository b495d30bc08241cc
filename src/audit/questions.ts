// Asks DHCP for addresses, one by one: first by ARP who has each, then by ping whether that machine answers one (a server that pings
// first would not offer the address, and ISC dhcpd would set it aside for a day), then by DISCOVER. Reads no clock: it is told
// the time, and says when it wants to be told again.
import { MILLISECOND, MINUTE, type Micros, SECOND } from '../base/time.ts';
import type { Ipv4, Mac } from '../net/address.ts';
import type { CapturedFrame } from '../net/frame.ts';
import { type AuditSource, arpFrame, discoverFrame, heardIn, type Offer, pingFrame } from './frames.ts';

/** What became of one question. */
export interface Answer {
  readonly ip: Ipv4;
  /** Why it was not asked for; null: it was. */
  readonly notAsked: 'answers-ping' | 'in-use' | 'asked-by-another' | null;
  /** One of each server, in the order in which they came. */
  readonly offers: readonly Offer[];
}

interface QuestionOptions {
  /** It is asked to learn of a server, before the others, and not at all where somebody uses the address. @default false */
  readonly isTrial?: boolean;
  /** The answers of this server are all that is waited for. @default those of all */
  readonly of?: Ipv4 | null;
  readonly done: (answer: Answer, now: Micros) => void;
}

interface QuestionsOptions {
  readonly source: AuditSource;
  /** Random: 32 bits. */
  readonly transactionId: () => number;
  /** This machine's own addresses, which no ARP finds. */
  readonly isOwn: (ip: Ipv4) => boolean;
  /** How many addresses a server may hold for the askers; trials heed that too, then. @default a few, and trials are few enough */
  readonly mayHold?: () => number;
  /** Another agent asks for it just now. @default none does */
  readonly isAskedByAnother?: (ip: Ipv4, now: Micros) => boolean;
  /** Each is sent just now. */
  readonly onDiscover?: (frame: Uint8Array, now: Micros) => void;
}

type State =
  | { readonly kind: 'new' }
  | { readonly kind: 'arp'; readonly until: Micros }
  | { readonly kind: 'ping'; readonly until: Micros }
  /** Nothing speaks against a DISCOVER; it waits for its turn. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'asked'; readonly until: Micros };

interface Question extends QuestionOptions {
  readonly ip: Ipv4;
  state: State;
  /** Of its DISCOVERs. */
  readonly transactions: Set<number>;
  /** Who answered for the address by ARP; null: nobody. */
  holder: Mac | null;
  /** DISCOVERs so far: the second one is asked as this node itself. */
  tries: number;
  readonly offers: Offer[];
}

/** As long as a machine on the LAN takes, awake or nearly so. */
const ARP_WAIT = 500 * MILLISECOND;
const PING_WAIT = 500 * MILLISECOND;
/** dnsmasq pings for three seconds before it offers. */
const OFFER_WAIT = 4 * SECOND;
const BETWEEN_DISCOVERS = SECOND;
const TRIES = 2;
/** Prepared or waited for at a time. */
const MAX_OPEN = 6;
const MAX_OFFERS = 8;
/**
 * BusyBox's udhcpd keeps what it offers for a minute: so many of a range that may be a small one, and no more, for the others
 * must find an address meanwhile.
 */
const HELD_FOR = MINUTE;
export const MAX_HELD = 4;

export class Questions {
  readonly #options: QuestionsOptions;
  readonly #waiting: Question[] = [];
  #open: Question[] = [];
  #discoverAt: Micros = 0;
  #isHurried = false;
  /** Servers that do not hold what they offered: the same address was offered to another asker. */
  readonly #holdNothing = new Set<Ipv4>();
  /** Addresses that servers offered in place of those asked for, when and to whom. */
  readonly #offered = new Map<string, { readonly server: Ipv4; readonly asked: Ipv4; readonly at: Micros }>();
  discovers = 0;

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  ask(ip: Ipv4, options: QuestionOptions): void {
    const question: Question = {
      ip,
      ...options,
      state: { kind: 'new' },
      transactions: new Set(),
      holder: null,
      tries: 0,
      offers: [],
    };
    if (options.isTrial) this.#open.push(question);
    else this.#waiting.push(question);
  }

  /** It is known how the servers take questions, or that none answers: no need to wait for one answer before the next question. */
  hurry(): void {
    this.#isHurried = true;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#open.length === 0;
  }

  /** Infinity: not before a question is asked. */
  nextAt(now: Micros): Micros {
    if (this.#waiting.length > 0 && this.#open.length < MAX_OPEN) return now;
    const ofStates = this.#open.map((question) => {
      const { state } = question;
      if (state.kind === 'ready') return this.#turnOf(question, now);
      return state.kind === 'new' ? now : state.until;
    });
    return Math.min(Number.POSITIVE_INFINITY, ...ofStates);
  }

  /** What is to be sent now. */
  due(now: Micros): Uint8Array[] {
    const frames: Uint8Array[] = [];
    while (this.#waiting.length > 0 && this.#open.length < MAX_OPEN) this.#open.push(this.#waiting.shift()!);
    for (const question of [...this.#open]) frames.push(...this.#step(question, now));
    return frames;
  }

  frame(frame: CapturedFrame, now: Micros): void {
    if (this.#open.length === 0) return;
    const heard = heardIn(frame, this.#options.source);
    if (heard === null) return;
    for (const question of [...this.#open]) {
      if (heard.kind === 'offer') {
        if (question.transactions.has(heard.transactionId)) this.#offeredTo(question, heard.offer, now);
      } else if (heard.ip !== question.ip) continue;
      else if (heard.kind === 'arp') this.#answeredByArp(question, heard.mac, now);
      else if (question.state.kind === 'ping') this.#finish(question, 'answers-ping', now);
    }
  }

  #step(question: Question, now: Micros): Uint8Array[] {
    const { source, isOwn, isAskedByAnother } = this.#options;
    const { ip, state } = question;
    switch (state.kind) {
      case 'new':
        if (isOwn(ip)) {
          this.#finish(question, 'answers-ping', now);
          return [];
        }
        question.state = { kind: 'arp', until: now + ARP_WAIT };
        return [arpFrame(source, ip)];
      case 'arp':
        if (question.holder !== null) {
          question.state = { kind: 'ping', until: now + PING_WAIT };
          return [pingFrame(source, ip, question.holder)];
        }
        if (now < state.until) return [];
        question.state = { kind: 'ready' };
        return this.#step(question, now);
      case 'ping':
        if (now < state.until) return [];
        question.state = { kind: 'ready' };
        return this.#step(question, now);
      case 'ready':
        if (now < this.#turnOf(question, now)) return [];
        if (question.tries === 0 && !question.isTrial && isAskedByAnother?.(ip, now)) {
          this.#finish(question, 'asked-by-another', now);
          return [];
        }
        return [this.#discover(question, now)];
      case 'asked':
        if (now < state.until) return [];
        if (question.offers.length > 0 || question.tries >= TRIES) this.#finish(question, null, now);
        else question.state = { kind: 'ready' };
        return question.state.kind === 'ready' ? this.#step(question, now) : [];
      default:
        return state satisfies never;
    }
  }

  /** When it may send its DISCOVER; Infinity: not before another one is answered. */
  #turnOf(question: Question, now: Micros): Micros {
    const { isTrial, tries } = question;
    if (isTrial)
      return this.#options.mayHold ? Math.max(this.#discoverAt, this.#roomAt(now)) : this.#discoverAt;
    const isAlone = !this.#open.some(({ state }) => state.kind === 'asked');
    // In the order in which they were put: VIPs come first.
    const isNext = this.#open.find((one) => !one.isTrial && one.tries === 0) === question;
    const mayAsk =
      !this.#open.some((one) => one.isTrial) && (tries > 0 || (isNext && (this.#isHurried || isAlone)));
    return mayAsk ? Math.max(this.#discoverAt, this.#roomAt(now)) : Number.POSITIVE_INFINITY;
  }

  #discover(question: Question, now: Micros): Uint8Array {
    const { source, transactionId, onDiscover } = this.#options;
    const { ip, tries } = question;
    const id = transactionId();
    question.transactions.add(id);
    // A switch may compare the client's address with the frame's source (DHCP snooping).
    const ownMac = tries === 0 ? null : source.mac;
    const frame = discoverFrame(source, { ip, transactionId: id, ownMac });
    question.tries += 1;
    question.state = { kind: 'asked', until: now + OFFER_WAIT };
    this.#discoverAt = now + BETWEEN_DISCOVERS;
    this.discovers += 1;
    onDiscover?.(frame, now);
    return frame;
  }

  #answeredByArp(question: Question, mac: Mac, now: Micros): void {
    if (question.state.kind !== 'arp') return;
    question.holder = mac;
    if (question.isTrial) this.#finish(question, 'in-use', now);
    else question.state = { kind: 'arp', until: now };
  }

  #offeredTo(question: Question, offer: Offer, now: Micros): void {
    const { offers, of } = question;
    if (offers.length >= MAX_OFFERS || offers.some(({ server }) => server === offer.server)) return;
    offers.push(offer);
    this.#noteHeld(question, offer, now);
    if (of === offer.server) this.#finish(question, null, now);
  }

  /** Of addresses that others could be given: an address that the cluster has or keeps is none of these. */
  #noteHeld({ ip: asked, isTrial }: Question, { server, ip }: Offer, now: Micros): void {
    const key = `${server} ${ip}`;
    const before = this.#offered.get(key);
    if (before && before.asked !== asked && now - before.at < HELD_FOR) this.#holdNothing.add(server);
    if (ip === asked && !isTrial) return;
    this.#offered.delete(key);
    this.#offered.set(key, { server, asked, at: now });
  }

  /** When a server may be asked again without holding too many of its addresses. */
  #roomAt(now: Micros): Micros {
    for (const [key, { at }] of this.#offered) if (at + HELD_FOR <= now) this.#offered.delete(key);
    const byServer = Map.groupBy(this.#offered.values(), ({ server }) => server);
    const most = this.#options.mayHold?.() ?? MAX_HELD;
    let roomAt = 0;
    for (const [server, held] of byServer) {
      if (this.#holdNothing.has(server) || held.length < most) continue;
      roomAt = Math.max(roomAt, held.at(-most)!.at + HELD_FOR);
    }
    return roomAt;
  }

  #finish(question: Question, notAsked: Answer['notAsked'], now: Micros): void {
    this.#open = this.#open.filter((one) => one !== question);
    const { ip, offers } = question;
    question.done({ ip, notAsked, offers }, now);
  }
}
