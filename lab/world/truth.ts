// Who answers for what, at each moment: what the world knows and nobody in it does.
import type { Micros } from '../../src/base/time.ts';
import type { Ipv4, Mac } from '../../src/net/address.ts';

/** From then on, this station answers for the address, or no longer. */
export interface AnswersFrom {
  readonly at: Micros;
  readonly ip: Ipv4;
  readonly host: string;
  /** As others see it on the wire. */
  readonly macs: readonly Mac[];
  readonly answers: boolean;
}

export class Truth {
  readonly changes: AnswersFrom[] = [];
  readonly #now: () => Micros;
  readonly #answering = new Map<string, boolean>();

  constructor(now: () => Micros) {
    this.#now = now;
  }

  /** To be told whenever it may be otherwise than before. */
  note(ip: Ipv4, host: string, macs: readonly Mac[], answers: boolean): void {
    const key = `${ip} ${host}`;
    if ((this.#answering.get(key) ?? false) === answers) return;
    this.#answering.set(key, answers);
    this.changes.push({ at: this.#now(), ip, host, macs, answers });
  }

  /** Who answers for an address at a moment. */
  answering(ip: Ipv4, at: Micros): string[] {
    const hosts = new Set<string>();
    for (const change of this.changes) {
      if (change.at > at) break;
      if (change.ip !== ip) continue;
      if (change.answers) hosts.add(change.host);
      else hosts.delete(change.host);
    }
    return [...hosts];
  }
}
