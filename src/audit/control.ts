// The control question: does a server heed the address that it is asked for? It is asked for addresses that should be free in its
// range: the one that it has just offered to another asker, and its neighbours. One that it offers may be chance, and one that it
// does not may be taken, held for the asker before, or beyond the end of the range: what it does more often counts.
import type { Micros } from '../base/time.ts';
import type { Ipv4 } from '../net/address.ts';
import { type IpRange, ipOfNumber, rangeOf } from '../net/range.ts';
import { isHostOf } from './frames.ts';
import type { Answer, Questions } from './questions.ts';

interface ControlOptions {
  readonly questions: Questions;
  readonly network: IpRange;
  readonly isSpokenFor: (ip: Ipv4) => boolean;
  readonly onSettled: (server: Ipv4, now: Micros) => void;
}

interface Server {
  /** Addresses that it offered when it was asked for them, and did not. */
  readonly heeded: Set<Ipv4>;
  readonly refused: Set<Ipv4>;
  /** Addresses still to be asked for, the likeliest first. */
  candidates: Candidate[];
  state: 'idle' | 'asking' | 'settled';
}

interface Candidate {
  readonly ip: Ipv4;
  /** On which side of the address that it offered; beyond one that it does not offer its range may be over. */
  readonly side: 'below' | 'above' | 'here';
}

/** So many more that it offers, and so many more that it does not. A server that deals out by chance seldom comes so far. */
const HEEDS = 2;
const IGNORES = -3;
const MAX_TRIES = 8;
/** How far from the offered address. */
const REACH = 6n;

export class ControlQuestions {
  readonly #options: ControlOptions;
  readonly #servers = new Map<Ipv4, Server>();

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  /** Null: nothing could be asked, or too little. */
  heeds(server: Ipv4): boolean | null {
    const state = this.#serverAt(server);
    if (balanceOf(state) >= HEEDS) return true;
    return balanceOf(state) <= IGNORES ? false : null;
  }

  /** It offered what it was asked for. */
  heeded(server: Ipv4, ip: Ipv4, now: Micros): void {
    const state = this.#serverAt(server);
    state.heeded.add(ip);
    if (state.state === 'idle' && balanceOf(state) >= HEEDS) this.#settle(server, state, now);
  }

  /** It offered this address in place of another one: does that mean anything? Told at once where that is known. */
  want(server: Ipv4, offered: Ipv4, now: Micros): void {
    const state = this.#serverAt(server);
    if (state.state === 'settled') return this.#options.onSettled(server, now);
    if (state.state === 'asking') return;
    state.candidates = candidatesAround(offered).filter(({ ip }) => isHostOf(this.#options.network, ip));
    this.#next(server, state, now);
  }

  #next(server: Ipv4, state: Server, now: Micros): void {
    const { questions, isSpokenFor } = this.#options;
    state.candidates = state.candidates.filter(({ ip }) => ip !== server && !isSpokenFor(ip));
    const candidate = state.candidates.shift();
    const tries = state.heeded.size + state.refused.size;
    if (this.heeds(server) !== null || tries >= MAX_TRIES || candidate === undefined)
      return this.#settle(server, state, now);
    state.state = 'asking';
    const done = (answer: Answer, at: Micros) => this.#answered(server, state, candidate, answer, at);
    questions.ask(candidate.ip, { isTrial: true, of: server, done });
  }

  #answered(server: Ipv4, state: Server, { ip, side }: Candidate, { offers }: Answer, now: Micros): void {
    const offer = offers.find((one) => one.server === server);
    if (offer?.ip === ip) state.heeded.add(ip);
    else if (offer) {
      state.refused.add(ip);
      if (side !== 'here') state.candidates = state.candidates.filter((one) => one.side !== side);
    }
    this.#next(server, state, now);
  }

  #settle(server: Ipv4, state: Server, now: Micros): void {
    state.state = 'settled';
    this.#options.onSettled(server, now);
  }

  #serverAt(server: Ipv4): Server {
    const known = this.#servers.get(server);
    if (known) return known;
    const state: Server = { heeded: new Set(), refused: new Set(), candidates: [], state: 'idle' };
    this.#servers.set(server, state);
    return state;
  }
}

function balanceOf({ heeded, refused }: Server): number {
  return heeded.size - refused.size;
}

function candidatesAround(offered: Ipv4): Candidate[] {
  const { first } = rangeOf(offered);
  const candidates: Candidate[] = [{ ip: offered, side: 'here' }];
  for (let distance = 1n; distance <= REACH; distance += 1n) {
    candidates.push({ ip: ipOfNumber(4, first + distance) as Ipv4, side: 'above' });
    candidates.push({ ip: ipOfNumber(4, first - distance) as Ipv4, side: 'below' });
  }
  return candidates;
}
