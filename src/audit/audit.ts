// Would the router lease these addresses? Each is asked for, and where a server offers another one in its place, a control question
// shows whether that means anything: a server that ignores the address asked for offers whatever it likes.
import type { Micros } from '../base/time.ts';
import type { Ipv4 } from '../net/address.ts';
import type { CapturedFrame } from '../net/frame.ts';
import { ControlQuestions } from './control.ts';
import type { AuditSource, Offer } from './frames.ts';
import { type Answer, Questions } from './questions.ts';

export const VERDICTS = ['would-lease', 'was-not-offered', 'safe', 'unknown'] as const;

export interface AuditRow {
  readonly ip: Ipv4;
  /** Null: none answered, or none was asked. */
  readonly server: Ipv4 | null;
  /**
   * `would-lease`: it offered the very address. `safe`: it offered another one, and heeds what is asked for. `was-not-offered`: it
   * offered another one, and there was nothing to ask a control question for. `unknown`: see `reason`.
   */
  readonly verdict: (typeof VERDICTS)[number];
  readonly offered: Ipv4 | null;
  /** Why it is unknown; null: it is not. */
  readonly reason: 'answers-ping' | 'no-offer' | 'ignores-the-request' | null;
}

interface AuditOptions {
  readonly source: AuditSource;
  readonly addresses: readonly Ipv4[];
  readonly transactionId: () => number;
  readonly isOwn: (ip: Ipv4) => boolean;
  /** No address to ask a control question for: it is somebody's, or the cluster's. */
  readonly isSpokenFor: (ip: Ipv4) => boolean;
  readonly onRow: (row: AuditRow, now: Micros) => void;
  /** Nothing is said of such an address. @default none does */
  readonly isAskedByAnother?: (ip: Ipv4, now: Micros) => boolean;
  readonly onDiscover?: (frame: Uint8Array, now: Micros) => void;
  /** Of the addresses' own questions. */
  readonly onOffer?: (offer: Offer) => void;
}

/** An address that a server offered another one for. */
interface Pending {
  readonly ip: Ipv4;
  readonly offered: Ipv4;
}

export class DhcpAudit {
  readonly #options: AuditOptions;
  readonly #questions: Questions;
  readonly #controls: ControlQuestions;
  readonly #pending = new Map<Ipv4, Pending[]>();
  /** Addresses that are settled. */
  asked = 0;

  constructor(options: AuditOptions) {
    this.#options = options;
    const { source, addresses, isSpokenFor } = options;
    this.#questions = new Questions(options);
    this.#controls = new ControlQuestions({
      questions: this.#questions,
      network: source.network,
      isSpokenFor: (ip) => isSpokenFor(ip) || addresses.includes(ip),
      onSettled: (server, now) => this.#settle(server, now),
    });
    for (const ip of addresses)
      this.#questions.ask(ip, { done: (answer, now) => this.#answered(answer, now) });
  }

  get isOver(): boolean {
    return this.#questions.isIdle;
  }

  nextAt(now: Micros): Micros {
    return this.#questions.nextAt(now);
  }

  /** The frames to send now. */
  due(now: Micros): Uint8Array[] {
    return this.#questions.due(now);
  }

  frame(frame: CapturedFrame, now: Micros): void {
    this.#questions.frame(frame, now);
  }

  #answered({ ip, notAsked, offers }: Answer, now: Micros): void {
    this.asked += 1;
    if (notAsked === null && offers.length === 0) this.#questions.hurry();
    if (notAsked === 'asked-by-another') return;
    for (const offer of offers) this.#options.onOffer?.(offer);
    if (notAsked !== null || offers.length === 0) {
      const reason = notAsked === null ? 'no-offer' : 'answers-ping';
      this.#options.onRow({ ip, server: null, verdict: 'unknown', offered: null, reason }, now);
      return;
    }
    for (const { server, ip: offered } of offers) {
      if (offered === ip) {
        this.#controls.heeded(server, ip, now);
        this.#options.onRow({ ip, server, verdict: 'would-lease', offered, reason: null }, now);
        continue;
      }
      this.#pending.set(server, [...(this.#pending.get(server) ?? []), { ip, offered }]);
      this.#controls.want(server, offered, now);
    }
  }

  /** Of this server it is known by now what its offers mean. */
  #settle(server: Ipv4, now: Micros): void {
    this.#questions.hurry();
    const heeds = this.#controls.heeds(server);
    const verdict = heeds === null ? 'was-not-offered' : heeds ? 'safe' : 'unknown';
    const reason = heeds === false ? 'ignores-the-request' : null;
    for (const { ip, offered } of this.#pending.get(server) ?? [])
      this.#options.onRow({ ip, server, verdict, offered, reason }, now);
    this.#pending.delete(server);
  }
}
