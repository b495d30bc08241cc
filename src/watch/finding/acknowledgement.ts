// What people have acknowledged: they know of a finding and see to it, until a time that they named. The finding goes on as it
// is; only nobody is to be woken for it. It belongs to the finding's id, so the same trouble that comes back is still known,
// and to what was known then: what turns critical or certain, or happens to another Service, is news.
import { HOUR, type Micros, parseIso } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';
import type { Acknowledged, Finding } from './finding.ts';
import type { Severity } from './kinds.ts';

export interface Acknowledgement extends Acknowledged {
  /** The finding's id. */
  readonly finding: string;
  /** Of the finding then: it holds for no graver one. */
  readonly severity: Severity;
  /** Of the finding then: it holds for nothing more certain. */
  readonly confirmed: boolean;
  /** That the address was of then: it may be given to another one. Null: to none, or nobody knew. */
  readonly service: string | null;
  /** Those that it holds for, where other machines are news and the id does not tell them apart; null: whichever. */
  readonly macs: readonly Mac[] | null;
}

export const LONGEST_ACKNOWLEDGED: Micros = 30 * 24 * HOUR;
/** Clocks may differ by so much. One that ends later was not made by these rules, or by a clock that was wrong. */
const SLACK = 24 * HOUR;

/** Of a finding as it is now. */
export function acknowledgementOf(
  { id, kind, severity, confirmed, vip, macs }: Finding,
  acknowledged: Acknowledged,
): Acknowledgement {
  return {
    finding: id,
    severity,
    confirmed,
    service: serviceOf(vip),
    macs: kind === 'node-mac-differs' ? macs : null,
    ...acknowledged,
  };
}

interface Shown {
  readonly one: Acknowledgement;
  /** The same object for as long as it holds. */
  readonly acknowledged: Acknowledged;
}

/** By the finding's id. */
type Held = ReadonlyMap<string, Shown>;
/** The finding of an id where it is told of just now, else undefined. */
type Told = (id: string) => Finding | undefined;

export class Acknowledgements {
  #all: readonly Acknowledgement[] = [];
  /** Those that hold by the wall clock. */
  #held: Held = new Map();

  /**
   * These are all there are. Returns the findings whose acknowledgement is another than before.
   * @param wall by the wall clock.
   */
  set(all: readonly Acknowledgement[], wall: Micros, told: Told): Finding[] {
    this.#all = all;
    return this.look(wall, told);
  }

  /** Time has passed, or the wall clock was set: the same. */
  look(wall: Micros, told: Told): Finding[] {
    const before = this.#held;
    if (this.#all.length === 0 && before.size === 0) return [];
    const held = this.#all.filter(({ until }) => holds(parseIso(until), wall));
    this.#held = new Map(held.map((one) => [one.finding, { one, acknowledged: shownOf(one) }]));
    const findings = [...new Set([...before.keys(), ...this.#held.keys()])].map(told);
    return findings.filter(
      (finding) =>
        finding !== undefined &&
        JSON.stringify(heldFor(before, finding)) !== JSON.stringify(heldFor(this.#held, finding)),
    ) as Finding[];
  }

  /** When the first of them ends by the wall clock; Infinity: none does. */
  get firstEnd(): Micros {
    let first = Number.POSITIVE_INFINITY;
    for (const { one } of this.#held.values()) first = Math.min(first, parseIso(one.until)!);
    return first;
  }

  /** The finding as it is to be shown. */
  shown(finding: Finding): Finding {
    const acknowledged = this.#held.size === 0 ? null : heldFor(this.#held, finding);
    return acknowledged === null ? finding : { ...finding, acknowledged };
  }
}

function holds(until: Micros | undefined, wall: Micros): boolean {
  return until !== undefined && wall < until && until <= wall + LONGEST_ACKNOWLEDGED + SLACK;
}

/** Null: the finding is not acknowledged, or was as a lighter, a less certain or another Service's one. */
function heldFor(held: Held, finding: Finding): Acknowledged | null {
  const found = held.get(finding.id);
  return found && covers(found.one, finding) ? found.acknowledged : null;
}

function shownOf({ by, comment, at, until }: Acknowledgement): Acknowledged {
  return { by, comment, at, until };
}

function covers(one: Acknowledgement, { severity, confirmed, vip, macs }: Finding): boolean {
  return (
    (one.severity === 'critical' || severity === one.severity) &&
    (one.confirmed || !confirmed) &&
    one.service === serviceOf(vip) &&
    (one.macs === null || macs.every((mac) => one.macs!.includes(mac)))
  );
}

function serviceOf(vip: Finding['vip']): string | null {
  return vip?.service ?? null;
}
