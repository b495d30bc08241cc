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
  /** Of a LAN that is torn in two: stations of another side do not hear it. */
  readonly side: number;
}

export class Truth {
  readonly changes: AnswersFrom[] = [];
  readonly #now: () => Micros;
  readonly #latest = new Map<string, string>();

  constructor(now: () => Micros) {
    this.#now = now;
  }

  /** To be told whenever it may be otherwise than before. */
  note(ip: Ipv4, host: string, what: Pick<AnswersFrom, 'macs' | 'answers' | 'side'>): void {
    const key = `${ip} ${host}`;
    const text = what.answers ? `${what.macs} ${what.side}` : '';
    if ((this.#latest.get(key) ?? '') === text) return;
    this.#latest.set(key, text);
    this.changes.push({ at: this.#now(), ip, host, ...what });
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
