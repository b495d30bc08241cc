// When MetalLB's speaker announces: at once, and then in rounds until some time after the latest reason to (`spamLoop` in its
// internal/layer2/announcer.go).
import { MILLISECOND, type Micros, SECOND } from '../src/base/time.ts';
import type { IpAddress } from '../src/net/address.ts';

interface BurstsOptions {
  readonly now: () => Micros;
  /** Calls back once, after this time, unless what it returns is called before. */
  readonly wait: (callBack: () => void, time: Micros) => () => void;
  /** Sends one round. */
  readonly round: (vip: IpAddress) => void;
}

/** One ticker for all addresses. */
const ROUND: Micros = 1_100 * MILLISECOND;
const BURST: Micros = 5 * SECOND;

export class Bursts {
  readonly #options: BurstsOptions;
  readonly #until = new Map<IpAddress, Micros>();
  #cancel: (() => void) | null = null;

  constructor(options: BurstsOptions) {
    this.#options = options;
  }

  /** There is a reason: even where it announces the address already. */
  begin(vip: IpAddress): void {
    const { now, round } = this.#options;
    const isOn = this.#until.has(vip);
    this.#until.set(vip, now() + BURST);
    if (isOn) return;
    round(vip);
    if (this.#cancel === null) this.#tickLater();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#until.clear();
  }

  #tickLater(): void {
    this.#cancel = this.#options.wait(() => this.#tick(), ROUND);
  }

  #tick(): void {
    this.#cancel = null;
    const now = this.#options.now();
    for (const [vip, until] of this.#until) {
      if (now > until) this.#until.delete(vip);
      else this.#options.round(vip);
    }
    if (this.#until.size > 0) this.#tickLater();
  }
}
