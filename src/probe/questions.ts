// The frames of questions, written once until the interfaces are told anew.
import type { IpAddress, Mac } from '../net/address.ts';
import { type ProbeSource, pollOf, type Question, questionsFor } from './question.ts';

export class Questions {
  #sources: readonly ProbeSource[] = [];
  readonly #toAll = new Map<IpAddress, readonly Question[]>();
  /** The latest of each. */
  readonly #polls = new WeakMap<Question, Question>();

  setSources(sources: readonly ProbeSource[]): void {
    this.#toAll.clear();
    this.#sources = sources;
  }

  isOwn(mac: Mac): boolean {
    return this.#sources.some((source) => source.mac === mac);
  }

  get segments(): readonly string[] {
    return this.#sources.map(({ segment }) => segment);
  }

  forget(target: IpAddress): void {
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
