// The life cycle of findings: raised once, refreshed while evidence comes, told again where that makes it graver, lighter or
// certain, resolved after quiet, held down. One that is suppressed goes through it in silence.

import { type Micros, SECOND } from '../../base/time.ts';
import type { OwnNetwork } from '../../intent/index.ts';
import type { IpAddress } from '../../net/address.ts';
import type { NotFindingReason } from '../lan/reasons.ts';
import type { Segment } from '../lan/segment.ts';
import { Admission, type NoPlace } from './admission.ts';
import { plain } from './crowd.ts';
import {
  begun,
  changesOf,
  type Entry,
  groupOf,
  heldDown,
  heldDownAsBefore,
  type Identity,
  isOpen,
  keyOf,
  type OpenEntry,
  type OpenState,
  refreshed,
  restored,
  type Subject,
} from './entry.ts';
import {
  type Draft,
  type Evidence,
  type Finding,
  type FindingEvent,
  type Report,
  type Suspicion,
  written,
} from './finding.ts';
import { findingId } from './id.ts';
import type { FindingKind, Severity } from './kinds.ts';
import type { Places } from './places.ts';
import type { Refusals } from './refusals.ts';
import type { Suppressed, SuppressionRules } from './suppression.ts';
import { Telling } from './telling.ts';

/** Why a report was not taken. */
type Refusal = (NotFindingReason & ('held-down' | 'judged-a-moment-ago')) | NoPlace;

type HeldDown = Entry & { readonly state: 'held-down' };

/** And no longer than half the time after which it would end. */
const TOLD_AGAIN_AFTER = 5 * SECOND;

export class FindingBook {
  /** By key. */
  readonly #entries = new Map<string, Entry>();
  /** By id. */
  readonly #keys = new Map<string, string>();
  readonly #admission: Admission;
  readonly #places: Places;
  #networks: readonly OwnNetwork[] = [];
  readonly #capacity: number;
  readonly #suppression: SuppressionRules;
  readonly #wake: (at: Micros) => void;
  readonly telling: Telling;
  evictions = 0;

  /**
   * `wake` is told when a finding may turn quiet, its hold-down, its silence or its acknowledgement ends. `isCaptured`: this node hears the segment by
   * an interface of its own.
   */
  constructor(
    capacity: number,
    suppression: SuppressionRules,
    emit: (event: FindingEvent) => void,
    wake: (at: Micros) => void,
    isCaptured: (segment: Segment) => boolean,
  ) {
    this.#capacity = capacity;
    this.#admission = new Admission({
      capacity,
      entries: this.#entries,
      isOwn: (segment) =>
        isCaptured(segment) || this.#networks.some((network) => network.segment === segment.name),
      endsByCondition: (kind) => suppression.lifeCycle(kind).quiet === null,
    });
    this.#places = this.#admission.places;
    this.#suppression = suppression;
    this.#wake = wake;
    this.telling = new Telling({
      emit,
      wake,
      toWall: (at) => suppression.toWall(at),
      active: (id) => this.#activeOf(id),
    });
  }

  /** By which the segments are named in the ids of what is raised from now on. */
  setOwnNetworks(networks: readonly OwnNetwork[]): void {
    this.#networks = networks;
  }

  /** Words and evidence are asked for only where they are kept. Returns a reason word where the report was not taken. */
  report(report: Report | Draft, at: Micros, evidence: () => Evidence): Refusal | null {
    const key = keyOf(report);
    const entry = this.#entries.get(key);
    if (entry && this.#isToldEnough(entry, report, at)) return 'judged-a-moment-ago';
    const severity = this.#suppression.severity(report.kind, report.severity);
    if (entry && isOpen(entry)) {
      this.#seenAgain(key, entry, refreshed(entry.finding, written(report), severity, at, evidence()), at);
      return null;
    }
    const suppressed = this.#suppression.judge(report, at);
    const until = entry && this.#heldDownUntil(entry.finding, suppressed);
    if (entry && until !== undefined && at < until) {
      const isOfCrowd = isRecent(entry.finding, at) && !this.#admission.crowd.mayBegin(groupOf(report), at);
      const asBefore = isOfCrowd ? heldDownAsBefore(entry, report, until) : null;
      this.#keep(asBefore ?? heldDown(entry, report, evidence(), until));
      return 'held-down';
    }
    const refusal = this.#findRoom(report, suppressed ? 'suppressed' : 'active', severity, at);
    if (refusal) return refusal;
    this.#begin(written(report), suppressed, at, [evidence()]);
    return null;
  }

  /** There is, or was, a finding of the kind on the address. */
  knows(kind: FindingKind, ip: IpAddress): boolean {
    return this.#places.knows(kind, ip);
  }

  /** The condition behind a finding is over: resolved at once, but for the last one of a crowd's address. */
  end(identity: Identity, at: Micros): void {
    // Most leases that end were told of to nobody.
    if (!this.knows(identity.kind, identity.ip)) return;
    const entry = this.#entries.get(keyOf(identity));
    if (!entry) return;
    const overAt = this.#overAt(entry, at);
    if (entry.state === 'active' && at < overAt) this.#keep({ ...entry, overAt });
    else this.#end(entry, at);
  }

  /** Ends every finding that `over` says is over, the held-down ones too. */
  endWhere(over: (finding: Finding) => boolean, at: Micros): void {
    for (const entry of this.#entries.values()) if (over(entry.finding)) this.#end(entry, at);
  }

  /** The condition still holds, though no frame shows it now. */
  hold(identity: Identity, at: Micros): void {
    const entry = this.#entries.get(keyOf(identity));
    if (entry && isOpen(entry)) this.#keep({ ...entry, quietFrom: Math.max(entry.quietFrom, at) });
  }

  /**
   * Of these kinds, the addresses where a report was not taken, though its condition may still hold: to be looked at again, for
   * there may be room by now.
   */
  takeOwed(kinds: readonly FindingKind[], now: Micros): Subject[] {
    const { taken, nextAt } = this.#admission.owed.take(kinds, now);
    if (nextAt < Number.POSITIVE_INFINITY) this.#wake(nextAt);
    return taken;
  }

  /** When and of which kind reports were last refused, because nothing gave way. */
  get refusals(): Refusals {
    return this.#admission.refusals;
  }

  isOpen(identity: Identity): boolean {
    const entry = this.#entries.get(keyOf(identity));
    return entry !== undefined && isOpen(entry);
  }

  /** The findings of one kind on one address whose condition holds, whoever the culprits; few, whatever the flood. */
  openOn(subject: Omit<Identity, 'culprit'>): Finding[] {
    return this.#places.openOn(subject);
  }

  /** How many of those there are. */
  countOpenOn(subject: Omit<Identity, 'culprit'>): number {
    return this.#places.countOpenOn(subject);
  }

  /** The findings of one kind whose condition holds; few where the kind is rare. */
  openOf(kind: FindingKind): IteratorObject<Finding> {
    return this.#places.openOf(kind);
  }

  /** Resolves what has been quiet and raises what the hold-down kept back, or a silence that is over. */
  expire(now: Micros): void {
    this.telling.lookAtAcknowledgements(now);
    let nextAt = Number.POSITIVE_INFINITY;
    // What is over ends before anything begins.
    const kept: HeldDown[] = [];
    for (const entry of this.#entries.values()) {
      const dueAt = this.#dueAt(entry);
      if (now < dueAt) {
        nextAt = Math.min(nextAt, dueAt);
        continue;
      }
      switch (entry.state) {
        case 'held-down':
          kept.push(entry);
          break;
        case 'active':
        case 'suppressed':
          if (now >= this.#quietAt(entry)) this.#resolve(entry, now);
          else this.#reconsider(entry, now);
          break;
        case 'resolved':
          break;
        default:
          entry satisfies never;
      }
    }
    for (const entry of kept)
      if (this.#entries.get(keyOf(entry.finding)) === entry) this.#raiseHeldDown(entry, now);
    this.#wake(nextAt);
  }

  /**
   * This agent was stopped, from `since` to `at`: that nothing was heard meanwhile does not mean that all was quiet. What had
   * been quiet for long enough before is over.
   */
  resumed(since: Micros, at: Micros): void {
    for (const entry of this.#entries.values())
      if (isOpen(entry) && this.#quietAt(entry) > since) this.#keep({ ...entry, quietFrom: at });
  }

  /** The wall clock, by which silences end, was set: each is looked at anew. */
  wallClockSet(now: Micros): void {
    for (const [key, entry] of this.#entries)
      if (entry.state === 'suppressed') this.#entries.set(key, { ...entry, until: now });
    this.#wake(now);
  }

  /** What is told changes: whatever is suppressed from now on is over for those who were told of it. */
  suppressionSet(now: Micros): void {
    for (const [key, entry] of this.#entries) {
      if (!isOpen(entry)) continue;
      const { kind, ownSeverity } = entry.finding;
      const severity = this.#suppression.severity(kind, ownSeverity);
      if (entry.state === 'active' && this.#suppression.judge(entry.finding, now)) this.#resolve(entry, now);
      else if (severity !== entry.finding.severity)
        this.#seenAgain(key, entry, { ...entry.finding, severity }, now, overOf(entry));
    }
    this.wallClockSet(now);
  }

  /** By the settings of today: what they suppress is no longer told, whatever it was when it was saved. */
  restore(findings: readonly Finding[], now: Micros): void {
    for (const saved of findings.slice(-this.#capacity)) {
      const severity = this.#suppression.severity(saved.kind, saved.ownSeverity);
      // Earlier versions had slashes in their ids.
      const id = saved.id.includes('/') ? this.#idOf(saved) : saved.id;
      const finding = { ...saved, id, severity };
      this.#keys.set(id, keyOf(finding));
      if (saved.state === 'resolved') {
        this.#keepOver(finding);
        continue;
      }
      const suppressed = this.#suppression.judge(saved, now);
      const entry = restored(finding, suppressed, now);
      this.#keep(entry);
      this.#places.take(entry);
      if (suppressed && saved.state === 'active') this.telling.countSuppressed(finding.kind, suppressed);
    }
  }

  find(id: string): Finding | undefined {
    const key = this.#keys.get(id);
    const entry = key === undefined ? undefined : this.#entries.get(key);
    return entry && this.telling.shown(entry.finding);
  }

  all(): Finding[] {
    return [...this.#entries.values()].map(({ finding }) => this.telling.shown(finding));
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * One of very many that are open of its kind, and was seen a moment ago: of a flood nobody reads each line of evidence. What
   * was seen only once gives way first, and so is seen twice at any time.
   */
  #isToldEnough(entry: Entry, { kind, severity, confirmed }: Suspicion, at: Micros): boolean {
    const { state, finding } = entry;
    if (state === 'resolved' || !this.#places.isFull(kind)) return false;
    if (state !== 'held-down' && finding.occurrences === 1) return false;
    const last = finding.evidence.at(-1);
    const isNews = finding.ownSeverity !== severity || finding.confirmed !== (confirmed ?? true);
    if (!last || isNews) return false;
    const quiet = this.#suppression.lifeCycle(kind).quiet ?? Number.POSITIVE_INFINITY;
    return at >= last.at && at - last.at < Math.min(TOLD_AGAIN_AFTER, quiet / 2);
  }

  #begin(report: Report, suppressed: Suppressed | null, at: Micros, evidence: readonly Evidence[]): void {
    this.#forget(keyOf(report));
    const severity = this.#suppression.severity(report.kind, report.severity);
    const entry = begun(report, { id: this.#idOf(report), severity, suppressed, at, evidence });
    const { finding } = entry;
    this.#keys.set(finding.id, keyOf(finding));
    this.#keep(entry);
    this.#places.take(entry);
    this.#admission.crowd.began(report, at);
    if (suppressed) this.telling.countSuppressed(report.kind, suppressed);
    else this.telling.tellRaised(finding, at);
    for (const other of this.#places.openOn(report)) {
      const before = this.#entries.get(keyOf(other))!;
      if (before.state === 'active' && before.overAt !== undefined) this.#resolve(before, at);
    }
  }

  #overAt({ state, finding }: Entry, at: Micros): Micros {
    const { quiet } = this.#suppression.lifeCycle(finding.kind);
    if (state !== 'active' || quiet !== null || this.#places.countOpenOn(finding) > 1) return at;
    return this.#admission.crowd.beginsAt(groupOf(finding));
  }

  #raiseHeldDown(entry: HeldDown, now: Micros): void {
    const { finding, waiting } = entry;
    const suppressed = this.#suppression.judge(waiting, now);
    const severity = this.#suppression.severity(waiting.kind, waiting.severity);
    const refusal = this.#findRoom(waiting, suppressed ? 'suppressed' : 'active', severity, now);
    if (refusal) return this.#end(entry, now);
    const report = { ...waiting, message: plain(waiting.message) };
    this.#begin(report, suppressed, now, finding.evidence.slice(-1));
  }

  /** @param over what of it says that it is over already; nothing where it was seen anew. */
  #seenAgain(key: string, entry: OpenEntry, told: Finding, at: Micros, over: Over = {}): void {
    const isSpeaker = this.#places.speakerOn(told) === entry;
    const message = isSpeaker ? this.#admission.crowd.told(told.message, told) : told.message;
    const finding: Finding = message === told.message ? told : { ...told, message };
    const quietFrom = Math.max(entry.quietFrom, finding.refreshedAt);
    const { state } = entry;
    const after: OpenEntry =
      state === 'active' ? { state, finding, quietFrom, ...over } : { ...entry, finding, quietFrom };
    const changed = changesOf(entry.finding, finding);
    // What was a critical one keeps its room: new warnings wait until there are few enough again.
    if (changed.length > 0) this.#places.leave(entry);
    this.#entries.set(key, after);
    if (changed.length > 0) this.#places.take(after);
    else this.#places.heard(after, key);
    if (after.state === 'suppressed') return this.#reconsider(after, at);
    this.telling.tellChanged(entry.finding, finding, at);
  }

  /** Another finding has the id where interfaces came and went: then this one is named by its own. */
  #idOf(identity: Identity): string {
    const id = findingId(identity, this.#networks);
    const holder = this.#keys.get(id);
    return holder === undefined || holder === keyOf(identity) ? id : findingId(identity, []);
  }

  /** Raises a suppressed finding once nothing suppresses it any more. */
  #reconsider(entry: OpenEntry, now: Micros): void {
    if (entry.state !== 'suppressed') return;
    const { finding, quietFrom } = entry;
    const still = this.#suppression.judge(finding, now);
    if (still) {
      const { suppressed, until } = still;
      this.#keep({ state: 'suppressed', finding: { ...finding, suppressed }, quietFrom, until });
      return;
    }
    this.#places.leave(entry);
    const { suppressed: _, ...told } = finding;
    const active: Finding = { ...told, state: 'active', raisedAt: now };
    const raised: OpenEntry = { state: 'active', finding: active, quietFrom };
    this.#keep(raised);
    this.#places.take(raised);
    this.telling.tellRaised(raised.finding, now);
  }

  #activeOf(id: string): Finding | undefined {
    const entry = this.#entries.get(this.#keys.get(id) ?? '');
    return entry?.state === 'active' ? entry.finding : undefined;
  }

  #end(entry: Entry, at: Micros): void {
    if (isOpen(entry)) this.#resolve(entry, at);
    else if (entry.state === 'held-down')
      this.#keep({ state: 'resolved', finding: entry.finding, latest: entry.waiting });
  }

  #resolve(entry: OpenEntry, at: Micros): void {
    this.#places.leave(entry);
    const finding: Finding = { ...entry.finding, state: 'resolved', resolvedAt: at };
    this.#keepOver(finding);
    this.#speak(finding);
    if (entry.state === 'active') this.telling.tellResolved(finding, at);
  }

  /** Undefined: it is not. A finding that was never told holds back none that is to be, nor the reverse. */
  #heldDownUntil(before: Finding, suppressed: Suppressed | null): Micros | undefined {
    if ((before.suppressed === undefined) !== (suppressed === null)) return undefined;
    return before.raisedAt + this.#suppression.lifeCycle(before.kind).holdDown;
  }

  /** In the place that a finding has, where it has one. */
  #keep(entry: Entry): void {
    this.#entries.set(keyOf(entry.finding), entry);
    this.#wakeFor(entry);
  }

  #wakeFor(entry: Entry): void {
    this.#wake(this.#dueAt(entry));
  }

  /** When time alone changes something; Infinity where only its condition's end does. */
  #dueAt(entry: Entry): Micros {
    switch (entry.state) {
      case 'active':
        return this.#quietAt(entry);
      case 'suppressed':
        return Math.min(entry.until, this.#quietAt(entry));
      case 'held-down':
        return entry.until;
      case 'resolved':
        return Number.POSITIVE_INFINITY;
      default:
        return entry satisfies never;
    }
  }

  #quietAt(entry: OpenEntry): Micros {
    const { finding, quietFrom } = entry;
    if (entry.state === 'active' && entry.overAt !== undefined) return entry.overAt;
    const { quiet } = this.#suppression.lifeCycle(finding.kind);
    const endsByQuiet = quiet !== null && finding.segment !== null;
    return endsByQuiet ? quietFrom + quiet : Number.POSITIVE_INFINITY;
  }

  /** Makes a place for a finding that begins, or says why there is none. */
  #findRoom(report: Suspicion, state: OpenState, severity: Severity, at: Micros): NoPlace | null {
    const group = groupOf(report);
    const place = this.#admission.judge(report, group, state, severity, at);
    if (typeof place === 'string') {
      const dueAt = this.#admission.refused(report, group, place, at);
      if (dueAt !== null) this.#wake(dueAt);
      // Where no finding of the address is open, none can speak of others.
      const isCounted = place === 'too-many-culprits' && this.#places.speakerOn(report) !== undefined;
      if (isCounted && this.#admission.crowd.add(report)) this.#speak(report);
      return place;
    }
    if (!place.ends) return null;
    this.#end(place.ends, at);
    if (!place.isForgotten) return null;
    this.#forget(keyOf(place.ends.finding));
    this.evictions += 1;
    return null;
  }

  /** One of an address's findings says how many machines have none of their own. */
  #speak(subject: Pick<Finding, 'kind' | 'ip'>): void {
    const speaker = this.#places.speakerOn(subject);
    if (!speaker) return this.#admission.crowd.over(subject);
    const { finding } = speaker;
    const message = this.#admission.crowd.told(finding.message, finding);
    if (message !== finding.message)
      this.#entries.set(keyOf(finding), { ...speaker, finding: { ...finding, message } });
  }

  #keepOver(finding: Finding): void {
    const key = keyOf(finding);
    this.#keep({ state: 'resolved', finding });
    const forgotten = this.#places.over(finding, key);
    if (forgotten !== undefined) this.#forget(forgotten);
  }

  #forget(key: string): void {
    const finding = this.#entries.get(key)?.finding;
    if (!finding) return;
    if (this.#keys.get(finding.id) === key) this.#keys.delete(finding.id);
    this.#entries.delete(key);
    this.#places.forget(finding, key);
  }
}

type Over = Pick<Extract<Entry, { state: 'active' }>, 'overAt'>;

function overOf(entry: Entry): Over {
  return entry.state === 'active' && entry.overAt !== undefined ? { overAt: entry.overAt } : {};
}

/** Its latest line of evidence tells as much as another one of now would. */
function isRecent({ evidence }: Finding, at: Micros): boolean {
  const last = evidence.at(-1);
  return last !== undefined && at >= last.at && at - last.at < TOLD_AGAIN_AFTER;
}
