// One VIP's service probes and what became of them: when its service last answered before an outage, and when again.

import { MILLISECOND, type Micros, type Millis, SECOND } from '../base/time.ts';
import type { Mac } from '../net/address.ts';

/** `served`: a SYN-ACK. `refused`: an RST, the machine is there, the service is not. */
export type ServiceAnswer = 'served' | 'refused';
type Result = ServiceAnswer | 'unanswered';

interface SentProbe {
  readonly port: number;
  /** Only who saw the probe knows the number that its answer must acknowledge. */
  readonly acknowledgment: number;
  /** Whom it was sent to. */
  readonly mac: Mac;
  readonly sentAt: Micros;
  /** Null while it waits for an answer. */
  result: Result | null;
  answeredAt: Micros;
}

/** Probes in a row that went to one MAC and ended alike. */
interface Run {
  readonly mac: Mac;
  /** Null: not known yet. */
  readonly result: Result | null;
  readonly firstSentAt: Micros;
  lastSentAt: Micros;
  readonly firstAnsweredAt: Micros;
  lastAnsweredAt: Micros;
}

/** The service was in trouble already: its outage is none of the takeover's. */
export const DEAD_BEFORE = 'no SYN-ACK before the takeover';

/** Why there is no service gap. */
export type ServiceNote =
  | 'no port known'
  | 'UDP only'
  | 'no TCP port'
  | 'service probes are switched off'
  | 'this node announces the VIP'
  | 'not on a network of this node'
  | 'not probed before the takeover'
  | typeof DEAD_BEFORE;

export type ServiceOutage =
  | {
      readonly kind: 'measured';
      /** From the last SYN-ACK before to the first one by the new announcer; 0 where no probe in between went unserved. */
      readonly gapMs: Millis;
      /** How much shorter the outage may have been, at most: nothing was asked for that long. */
      readonly uncertaintyMs: Millis;
      /** The first SYN-ACK by the new announcer. */
      readonly servedAt: Micros;
    }
  /** The new announcer has not served yet; or it has (`isBack`), and what became of a probe before is not known yet. */
  | { readonly kind: 'open'; readonly silentSince: Micros | null; readonly isBack: boolean }
  | {
      readonly kind: 'unmeasured';
      readonly note: ServiceNote;
      /** Null: not seen. */
      readonly servedAt: Micros | null;
    };

/** An answer that comes later is none: it may be one repeated (RFC 6298 begins with 1 s). */
const ANSWER_WITHIN = SECOND;
/** Each outage takes two or three. */
const MAX_RUNS = 64;

export class ServiceTrack {
  /** Those that may still be answered, and those between them. */
  #recent: SentProbe[] = [];
  #runs: Run[] = [];

  /** @param longestPause between two probes; what was known before a longer one says nothing about an outage after it. */
  sent(port: number, acknowledgment: number, mac: Mac, at: Micros, longestPause: Micros): void {
    const before = this.#recent.at(-1)?.sentAt ?? this.#runs.at(-1)?.lastSentAt ?? at;
    if (at - before > longestPause) {
      this.#runs = [];
      this.#recent = [];
    }
    this.#recent.push({ port, acknowledgment, mac, sentAt: at, result: null, answeredAt: at });
  }

  /** The probe sent last never left. */
  notSent(): void {
    this.#recent.pop();
  }

  /** Whether a probe waited for this very answer; the MAC it had been sent to. */
  answered(port: number, acknowledgment: number, answer: ServiceAnswer, at: Micros): Mac | undefined {
    const probe = this.#recent.find(
      (sent) => sent.port === port && sent.acknowledgment === acknowledgment && sent.result === null,
    );
    if (!probe || at - probe.sentAt > ANSWER_WITHIN) return undefined;
    probe.result = answer;
    probe.answeredAt = at;
    return probe.mac;
  }

  /** When `settle` has something to do; Infinity while no probe waits. */
  settlesAt(): Micros {
    const oldest = this.#recent[0];
    return oldest ? oldest.sentAt + ANSWER_WITHIN : Number.POSITIVE_INFINITY;
  }

  /** Gives up on what no answer can come to any more; returns how many that were. */
  settle(now: Micros): number {
    let unanswered = 0;
    while (this.settlesAt() < now) {
      const probe = this.#recent.shift()!;
      if (probe.result === null) unanswered += 1;
      this.#append({ ...runOf(probe), result: probe.result ?? 'unanswered' });
    }
    return unanswered;
  }

  /** What the takeover by `to` did to the service; `since` is before `to` began to announce. */
  outage(since: Micros, to: Mac): ServiceOutage {
    const runs = [...this.#runs, ...this.#recent.map(runOf)];
    const back = runs.findIndex((run) => isServed(run) && run.mac === to && run.lastAnsweredAt >= since);
    const before = back < 0 ? runs : runs.slice(0, back);
    const last = before.findLastIndex(isServed);
    const silentSince = last < 0 ? null : before[last]!.lastAnsweredAt;
    if (back < 0) {
      const isAsked = runs.some(({ lastSentAt }) => lastSentAt >= since);
      if (isAsked) return { kind: 'open', silentSince, isBack: false };
      return { kind: 'unmeasured', note: 'not probed before the takeover', servedAt: null };
    }
    const servedAt = runs[back]!.firstAnsweredAt;
    if (silentSince === null) {
      const wasAsked = before.some(({ firstSentAt }) => firstSentAt < since);
      const note = wasAsked ? DEAD_BEFORE : 'not probed before the takeover';
      // Served at the very first question: nobody knows since when.
      return { kind: 'unmeasured', note, servedAt: before.length > 0 ? servedAt : null };
    }
    const between = before.slice(last + 1);
    if (between.some(({ result }) => result === null)) return { kind: 'open', silentSince, isBack: true };
    const silence = servedAt - silentSince;
    const proven = between.length > 0 ? between.at(-1)!.lastSentAt - between[0]!.firstSentAt : 0;
    return {
      kind: 'measured',
      gapMs: between.length > 0 ? silence / MILLISECOND : 0,
      uncertaintyMs: (between.length > 0 ? silence - proven : 0) / MILLISECOND,
      servedAt,
    };
  }

  #append(run: Run): void {
    const latest = this.#runs.at(-1);
    if (latest?.mac === run.mac && latest.result === run.result) {
      latest.lastSentAt = run.lastSentAt;
      latest.lastAnsweredAt = run.lastAnsweredAt;
      return;
    }
    this.#runs.push(run);
    if (this.#runs.length > MAX_RUNS) this.#runs.shift();
  }
}

function isServed({ result }: Run): boolean {
  return result === 'served';
}

function runOf({ mac, result, sentAt, answeredAt }: SentProbe): Run {
  return {
    mac,
    result,
    firstSentAt: sentAt,
    lastSentAt: sentAt,
    firstAnsweredAt: answeredAt,
    lastAnsweredAt: answeredAt,
  };
}
