// The frames of questions, written once until the interfaces are told anew.
import { hashOf } from '../base/hash.ts';
import type { IpAddress, Mac } from '../net/address.ts';
import { rangeText } from '../net/range.ts';
import { type ProbeSource, pollOf, type Question, questionsFor } from './question.ts';

export class Questions {
  #sources: readonly ProbeSource[] = [];
  #told = '';
  #place = 0;
  readonly #toAll = new Map<IpAddress, readonly Question[]>();
  /** The latest of each. */
  readonly #polls = new Map<Question, Question>();

  /** They are told again and again, mostly the same. */
  setSources(sources: readonly ProbeSource[]): void {
    const told = textOf(sources);
    if (told === this.#told) return;
    this.#toAll.clear();
    this.#polls.clear();
    this.#sources = sources;
    this.#place = hashOf(sources[0]?.mac ?? '') / 2 ** 31;
    this.#told = told;
  }

  isOwn(mac: Mac): boolean {
    return this.#sources.some((source) => source.mac === mac);
  }

  /** Some number from 0 to 1 that other agents hardly share: that not all do at once what each does by itself. */
  get place(): number {
    return this.#place;
  }

  forget(target: IpAddress): void {
    for (const question of this.#toAll.get(target) ?? []) this.#polls.delete(question);
    this.#toAll.delete(target);
  }

  /** Who has it? Of everybody, on each interface where that can be asked. */
  toAll(target: IpAddress): readonly Question[] {
    const known = this.#toAll.get(target);
    if (known) return known;
    const questions = questionsFor(target, this.#sources);
    this.#toAll.set(target, questions);
    return questions;
  }

  /** The same of one machine alone. */
  toOne(question: Question, mac: Mac): Question {
    const known = this.#polls.get(question);
    if (known?.polled === mac) return known;
    const poll = pollOf(question, mac);
    this.#polls.set(question, poll);
    return poll;
  }
}

function textOf(sources: readonly ProbeSource[]): string {
  return sources
    .map(({ device, segment, mac, addresses }) => {
      const networks = addresses.map(({ ip, network }) => `${ip} ${rangeText(network)}`);
      return [device, segment, mac, ...networks].join();
    })
    .join(';');
}
