// Answers that take work are made one at a time, and those who ask take turns: sixteen readers of large tables cost no more
// memory than one, and no more of the time than is left to them.
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { Millis } from '../../base/time.ts';
import type { Pause } from '../tables/page.ts';

interface QueueOptions {
  /** Of the time, what the work may take for long: more than 0, and 1 for all of it. */
  readonly share: number;
  /** False: what is ready and unread takes all the memory that it may, for this client. */
  readonly hasRoom: (client: string) => boolean;
  /** Bytes that a client was answered and does not read, or did not a while ago. */
  readonly owedBy: (client: string) => number;
  /** Questions that may wait; beyond it, whoever has most of them waiting loses the latest. */
  readonly mayWait: number;
}

interface Question {
  readonly work: (pause: Pause) => Promise<void>;
  readonly refuse: (error: Busy) => void;
}

/** Too many questions wait already. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

/** Work of so long goes on at full speed before the share holds. */
const BURST: Millis = 200;
/** How soon it is looked again whether there is room. */
const ROOM_EVERY: Millis = 50;

export class AnswerQueue {
  readonly #options: QueueOptions;
  /** By client; who had a turn last stands last. */
  readonly #waiting = new Map<string, Question[]>();
  #waitingCount = 0;
  #isRunning = false;
  /** How long it may still work at full speed, as of `#countedAt`. Negative: it owes a pause. */
  #allowance: Millis = BURST;
  #countedAt: Millis = performance.now();
  /** What the thread had worked by the time that it was resumed. */
  #workedBefore: Millis = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /**
   * Resolves, or rejects, as the work does once its turn has come. It calls `pause` after every few milliseconds.
   * @throws Busy
   */
  add<Answer>(client: string, work: (pause: Pause) => Promise<Answer>): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const own = this.#waiting.get(client) ?? [];
    own.push({ work: (pause) => work(pause).then(resolve, reject), refuse: reject });
    this.#waiting.set(client, own);
    this.#waitingCount += 1;
    if (this.#waitingCount > this.#options.mayWait) this.#refuseOne();
    if (!this.#isRunning) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waitingCount > 0) {
      const client = this.#next();
      if (!this.#options.hasRoom(client)) {
        // Who asks meanwhile and reads what it is answered comes before those who do not.
        await wait(ROOM_EVERY);
        continue;
      }
      const work = this.#take(client);
      this.#workedBefore = workedSoFar();
      await work(this.#pause);
      await this.#pause();
    }
    this.#isRunning = false;
  }

  /** Whoever owes least, and among these has waited longest. */
  #next(): string {
    return [...this.#waiting.keys()]
      .map((client) => [this.#options.owedBy(client), client] as const)
      .reduce((a, b) => (b[0] < a[0] ? b : a))[1];
  }

  #take(client: string): Question['work'] {
    const own = this.#waiting.get(client)!;
    const { work } = own.shift()!;
    this.#waitingCount -= 1;
    this.#waiting.delete(client);
    if (own.length > 0) this.#waiting.set(client, own);
    return work;
  }

  #refuseOne(): void {
    const [client, own] = [...this.#waiting].reduce((a, b) => (b[1].length > a[1].length ? b : a));
    own.pop()?.refuse(new Busy('too many requests wait for their answers: try again in a moment'));
    this.#waitingCount -= 1;
    if (own.length === 0) this.#waiting.delete(client);
  }

  readonly #pause = async (): Promise<void> => {
    const { share } = this.#options;
    const now = performance.now();
    const earned = share * (now - this.#countedAt);
    this.#allowance = Math.min(BURST, this.#allowance + earned) - (workedSoFar() - this.#workedBefore);
    this.#countedAt = now;
    if (share < 1 && this.#allowance < 0) await wait(-this.#allowance / share);
    else await nextTurn();
    this.#workedBefore = workedSoFar();
  };
}

/** Processor time rather than time: on a busy machine nobody is to wait for others' work. */
function workedSoFar(): Millis {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
