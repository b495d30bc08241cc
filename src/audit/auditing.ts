// The audits of a daemon: which addresses are due, on which interface, and that of all agents only one asks. Never at the start, and
// at times that differ from agent to agent.
import { HOUR, MINUTE, type Micros } from '../base/time.ts';
import type { CapturedInterface, LiveCapture } from '../host/capture/live-capture.ts';
import type { Intent } from '../intent/intent.ts';
import type { Ipv4 } from '../net/address.ts';
import { type CapturedFrame, emptyFrame, type Link } from '../net/frame.ts';
import { type IpRange, rangeContains } from '../net/range.ts';
import { freeOf, MAX_FREE, vipsOf } from './addresses.ts';
import { type AuditRow, DhcpAudit } from './audit.ts';
import { type AuditSource, sourceOf } from './frames.ts';

interface AuditingOptions {
  readonly every: Micros;
  readonly startedAt: Micros;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly transactionId: () => number;
  /** Null: not known, or not for sure. */
  readonly intent: (now: Micros) => Intent | null;
  /** Of the agents that watch a network, this one audits. */
  readonly isFirstOn: (network: IpRange) => boolean;
  /** When anybody's audit asked for an address last. */
  readonly auditedAt: (ip: Ipv4) => Micros | undefined;
  readonly capture: Pick<LiveCapture, 'send' | 'captured' | 'interfaces'>;
  /** The capture does not see what it sends itself. */
  readonly onSent: (frame: CapturedFrame) => void;
  readonly onRow: (row: AuditRow) => void;
}

interface Round {
  readonly link: Link;
  readonly audit: DhcpAudit;
}

/** Less the time that a round takes, so that the next one a day later finds room. */
const DAY = 23 * HOUR;
/** By all agents together, as far as they hear each other. */
const MAX_A_DAY = MAX_FREE;
/** More than this are not looked at, of pools of any size. */
const MAX_CANDIDATES = 1_024;
/** Another agent that asks at the same time, for as many as it may, is done by then. */
const SAME_ROUND = 10 * MINUTE;

export class Auditing {
  readonly #options: AuditingOptions;
  #dueAt: Micros;
  #rounds: Round[] = [];

  constructor(options: AuditingOptions) {
    this.#options = options;
    const { startedAt, every, random } = options;
    this.#dueAt = startedAt + every * (0.5 + random() / 2);
  }

  nextAt(): Micros {
    const round = this.#rounds[0];
    return round ? round.audit.nextAt(0) : this.#dueAt;
  }

  tick(now: Micros): void {
    if (this.#rounds.length === 0 && now >= this.#dueAt) this.#begin(now);
    const round = this.#rounds[0];
    if (!round) return;
    for (const bytes of round.audit.due(now)) this.#options.capture.send(round.link, bytes);
    if (round.audit.isOver) this.#rounds.shift();
  }

  frame(frame: CapturedFrame): void {
    const round = this.#rounds[0];
    if (round && frame.link === round.link) round.audit.frame(frame, frame.at);
  }

  #begin(now: Micros): void {
    const { every, random, intent, capture, isFirstOn } = this.#options;
    const known = intent(now);
    // A cluster that does not answer will, perhaps, soon.
    this.#dueAt = now + (known ? every * (1 + random() / 5) : every / 10);
    if (!known) return;
    for (const { link, source } of capture.captured().flatMap(placeOf)) {
      if (!isFirstOn(source.network)) continue;
      const addresses = this.#dueOn(source, known, now);
      if (addresses.length === 0) continue;
      this.#rounds.push({ link, audit: this.#auditOf(link, source, addresses, known) });
    }
  }

  /** VIPs before free addresses, and of each those first that nobody has asked for, or longest ago. */
  #dueOn({ network }: AuditSource, intent: Intent, now: Micros): Ipv4[] {
    const { every, auditedAt } = this.#options;
    const addresses = { vips: vipsOf(intent), free: freeOf(intent, MAX_CANDIDATES) };
    const isOfToday = (ip: Ipv4) => now - (auditedAt(ip) ?? -DAY) < DAY;
    const today = [...addresses.vips, ...addresses.free].filter(isOfToday).length;
    const isDue = (ip: Ipv4) => rangeContains(network, ip) && now - (auditedAt(ip) ?? -every) >= every / 2;
    const inTurn = (ips: readonly Ipv4[]) =>
      ips.filter(isDue).toSorted((a, b) => (auditedAt(a) ?? 0) - (auditedAt(b) ?? 0));
    const all = [...inTurn(addresses.vips), ...inTurn(addresses.free)];
    return all.slice(0, Math.max(0, MAX_A_DAY - today));
  }

  #auditOf(link: Link, source: AuditSource, addresses: readonly Ipv4[], intent: Intent): DhcpAudit {
    const { every, capture, transactionId, auditedAt, onRow, onSent } = this.#options;
    const sameRound = Math.min(SAME_ROUND, every / 2);
    const own = new Set<string>(
      capture.interfaces().flatMap((one) => one.addresses.map((address) => address.ip)),
    );
    const ofNodes = new Set<string>(intent.nodes.flatMap((node) => node.addresses));
    const ofPools = intent.pools.flatMap(({ ranges }) => ranges);
    return new DhcpAudit({
      source,
      addresses,
      transactionId,
      isOwn: (ip) => own.has(ip),
      isSpokenFor: (ip) => ofNodes.has(ip) || ofPools.some((range) => rangeContains(range, ip)),
      isAskedByAnother: (ip, at) => at - (auditedAt(ip) ?? Number.NEGATIVE_INFINITY) < sameRound,
      onRow,
      onDiscover: (bytes, at) =>
        onSent({
          ...emptyFrame(link),
          bytes,
          end: bytes.length,
          wireLength: bytes.length,
          at,
          outgoing: true,
        }),
    });
  }
}

function placeOf({ info, link }: CapturedInterface): { link: Link; source: AuditSource }[] {
  const source = info.running ? sourceOf(info) : null;
  return source ? [{ link, source }] : [];
}
