// Judgements that wait for a fact.
import type { Micros } from '../../base/time.ts';
import { TurnoverMap } from '../../base/turnover-map.ts';

/**
 * So that a flood of half-certain frames does not grow memory: of one class, whatever the others have. Those on segments that
 * tags alone name are as many again: what is made up there takes no place from a segment of this node.
 */
const OF_ONE_CLASS = 1024;
/** By whose judgement a finding ends: it would not, were that to make way. */
const ENDING = 'declined';
/** Of one address, by as many MACs. */
const OF_ONE_ADDRESS = 128;

interface Judgement {
  readonly key: string;
  readonly dueAt: Micros;
  readonly pronounce: (at: Micros) => void;
  /** Of its address: looked for once, for a flood's judgements come and go with each frame. */
  readonly group: Group;
  /** In its group, of those that came before and after it. */
  before: Judgement | null;
  after: Judgement | null;
}

/** The judgements of a class that wait, by key, and of how many addresses they are. */
interface Waiting {
  readonly className: string;
  readonly judgements: TurnoverMap<string, Judgement>;
  addresses: number;
}

/** Those of one class and address that wait. */
interface Group {
  readonly name: string;
  readonly waiting: Waiting;
  judgements: number;
  /** That has waited longest. */
  first: Judgement | null;
  last: Judgement | null;
}

/**
 * Judgements that wait a moment for a fact which would overturn them. Their keys are words with slashes between: the class, the
 * segment, the address, the MAC; or whose MAC it is that answers for many addresses, and the address. The first judgement of an
 * address takes the place of one that is not the only one of its own.
 */
export class Deferred {
  readonly #wake: (at: Micros) => void;
  readonly #refused: () => void;
  readonly #isOwn: (segmentName: string) => boolean;
  readonly #judgements = new TurnoverMap<string, Judgement>();
  readonly #groups = new TurnoverMap<string, Group>();
  readonly #ofClass = new Map<string, Waiting>();

  /**
   * @param wake is told when a judgement falls due.
   * @param refused is told of each judgement that finds no place, or loses it.
   * @param isOwn this node is on the segment itself.
   */
  constructor(wake: (at: Micros) => void, refused: () => void, isOwn: (segmentName: string) => boolean) {
    this.#wake = wake;
    this.#refused = refused;
    this.#isOwn = isOwn;
  }

  /** Keeps the first judgement under a key; false where there is no place. */
  add(key: string, dueAt: Micros, pronounce: (at: Micros) => void): boolean {
    if (this.#judgements.has(key)) return true;
    const group = this.#groupOf(key);
    if (!this.#hasPlace(group)) {
      this.#refused();
      return false;
    }
    this.#enter({ key, dueAt, pronounce, group, before: group.last, after: null });
    this.#wake(dueAt);
    return true;
  }

  /**
   * The same where waiting is for a moment only, and nothing is to be judged without it: where there is no place, the one of this
   * address that has waited longest is pronounced before its time.
   */
  addInTurn(key: string, dueAt: Micros, pronounce: (at: Micros) => void, at: Micros): boolean {
    if (this.#judgements.has(key)) return true;
    const { first, judgements, waiting } = this.#groupOf(key);
    if (first && (judgements >= OF_ONE_ADDRESS || waiting.judgements.size >= OF_ONE_CLASS)) {
      this.#leave(first);
      first.pronounce(at);
    }
    return this.add(key, dueAt, pronounce);
  }

  /** Nothing waits. */
  get isEmpty(): boolean {
    return this.#judgements.size === 0;
  }

  has(key: string): boolean {
    return this.#judgements.has(key);
  }

  cancel(key: string): void {
    const judgement = this.#judgements.get(key);
    if (!judgement) return;
    this.#leave(judgement);
  }

  cancelWhere(overturned: (key: string) => boolean): void {
    for (const [key] of this.#judgements) if (overturned(key)) this.cancel(key);
  }

  /** Pronounces what is due. */
  run(now: Micros): void {
    for (const [key, judgement] of this.#judgements) {
      if (this.#judgements.get(key) !== judgement) continue;
      if (judgement.dueAt > now) {
        this.#wake(judgement.dueAt);
        continue;
      }
      this.#leave(judgement);
      judgement.pronounce(now);
    }
  }

  /** Pronounces at once what `ready` selects by its key. */
  runWhere(ready: (key: string) => boolean, now: Micros): void {
    for (const [key, judgement] of this.#judgements) {
      if (this.#judgements.get(key) !== judgement || !ready(key)) continue;
      this.#leave(judgement);
      judgement.pronounce(now);
    }
  }

  /** Known, or one that nothing waits in. */
  #groupOf(key: string): Group {
    const name = addressIn(key);
    const known = this.#groups.get(name);
    if (known) return known;
    const waiting = this.#waitingOf(key);
    return { name, waiting, judgements: 0, first: null, last: null };
  }

  #waitingOf(key: string): Waiting {
    const [className = '', segmentName = ''] = key.split('/', 2);
    const name = this.#isOwn(segmentName) ? className : `${className} by tags`;
    const known = this.#ofClass.get(name);
    if (known) return known;
    const waiting: Waiting = { className, judgements: new TurnoverMap(), addresses: 0 };
    this.#ofClass.set(name, waiting);
    return waiting;
  }

  #hasPlace({ judgements, waiting }: Group): boolean {
    if (judgements >= OF_ONE_ADDRESS) return false;
    if (waiting.judgements.size < OF_ONE_CLASS) return true;
    return judgements === 0 && waiting.judgements.size > waiting.addresses && this.#makeWay(waiting);
  }

  /** The oldest goes that is not the only one of its address. */
  #makeWay(waiting: Waiting): boolean {
    if (waiting.className === ENDING) return false;
    for (const judgement of waiting.judgements.values()) {
      if (judgement.group.judgements === 1) continue;
      this.#leave(judgement);
      this.#refused();
      return true;
    }
    return false;
  }

  #enter(judgement: Judgement): void {
    const { key, group, before } = judgement;
    this.#judgements.set(key, judgement);
    if (group.judgements === 0) {
      this.#groups.set(group.name, group);
      group.waiting.addresses += 1;
    }
    if (before) before.after = judgement;
    else group.first = judgement;
    group.last = judgement;
    group.judgements += 1;
    group.waiting.judgements.set(key, judgement);
  }

  #leave(judgement: Judgement): void {
    const { key, group, before, after } = judgement;
    this.#judgements.delete(key);
    // Else one that lives on until the collector comes to it would keep all that came after it.
    judgement.before = null;
    judgement.after = null;
    if (before) before.after = after;
    else group.first = after;
    if (after) after.before = before;
    else group.last = before;
    group.judgements -= 1;
    group.waiting.judgements.delete(key);
    if (group.judgements > 0) return;
    this.#groups.delete(group.name);
    group.waiting.addresses -= 1;
  }
}

function addressIn(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}
