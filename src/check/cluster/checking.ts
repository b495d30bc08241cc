// The checks of an agent: one agent of a cluster looks at all objects now and then, keeps what the checks say of them, and lets go
// of the objects. Whose turn it is, all agents know by themselves.
import { MINUTE, type Micros, SECOND } from '../../base/time.ts';
import { type CheckResult, checkSteps } from '../checks.ts';
import { FORECAST_NEEDS, type Forecast, forecastsOfService } from '../forecast.ts';
import { Cluster } from '../model/cluster.ts';
import type { Facts } from '../model/facts.ts';
import { Inventory } from '../model/inventory.ts';
import type { CheckedObject } from '../model/object.ts';
import { STATUSES, type Status } from '../results.ts';
import { RULE_IDS, type RuleId } from '../rules/catalogue.ts';
import type { IgnoredCheck } from '../suppression.ts';
import type { MeasuredTakeover } from '../takeover-time.ts';

/** What the checks said, when they looked last. */
export interface ChecksDone {
  readonly at: Micros;
  readonly took: Micros;
  /** In the order of the rules; of very many, the gravest. */
  readonly results: readonly CheckResult[];
  /** Results that there was no room for. */
  readonly leftOut: number;
  /** Of all results. */
  readonly counts: Readonly<Record<RuleId, Readonly<Record<Status, number>>>>;
  readonly suppressed: number;
  readonly forecasts: readonly Forecast[];
  /** Why nothing can be foretold, or not all; null: it can. */
  readonly unforetold: string | null;
}

/** Why they could not look again: what was said before stays. */
export interface ChecksTrouble {
  readonly at: Micros;
  readonly reason: string;
}

export interface Checks {
  readonly every: Micros;
  /** The node whose agent looks; null: not known. */
  readonly node: string | null;
  /** It is this one. */
  readonly isOwn: boolean;
  /** Null: not yet, or by another agent. */
  readonly done: ChecksDone | null;
  readonly trouble: ChecksTrouble | null;
}

export interface CheckingOptions {
  readonly every: Micros;
  readonly now: () => Micros;
  /** The node whose agent looks; null while that is not known. */
  readonly chosen: () => string | null;
  /** This agent's. */
  readonly ownNode: () => string | null;
  /** Resolves to why the API server does not answer; null: it does. */
  readonly read: (inventory: Inventory, signal: AbortSignal) => Promise<string | null>;
  /** What is known beside the objects. */
  readonly facts: () => Facts;
  readonly measured: () => readonly MeasuredTakeover[];
  readonly ignored: () => readonly IgnoredCheck[];
  /** Lets others have their turn. */
  readonly pause: () => Promise<unknown>;
  readonly onDone: (done: ChecksDone) => void;
  readonly onTrouble: (reason: string) => void;
  /** A turn may be wanted sooner than it was. */
  readonly onSooner: () => void;
}

/** Whose turn it is. */
const LOOK_EVERY = 10 * SECOND;
/** After it became this agent's turn: agents that start together do not know each other at once. */
const SETTLE = 30 * SECOND;
/** After one that failed. */
const RETRY_AFTER = 5 * MINUTE;
/** A person reads no more of them; of the rest, how many they are. */
const MAX_RESULTS = 5_000;
const MAX_FORECASTS = 150_000;
/** Services whose forecasts are made in one turn: with a thousand nodes the elections of each take two milliseconds. */
const SLICE = 10;

type State =
  /** Another agent looks, or it is not known which. */
  | { readonly kind: 'aside' }
  | { readonly kind: 'waits'; readonly until: Micros }
  | { readonly kind: 'looks'; readonly abort: AbortController };

export class Checking {
  readonly #options: CheckingOptions;
  #state: State = { kind: 'aside' };
  #lookAt: Micros;
  #node: string | null = null;
  #done: ChecksDone | null = null;
  #trouble: ChecksTrouble | null = null;

  constructor(options: CheckingOptions) {
    this.#options = options;
    this.#lookAt = options.now();
  }

  checks(): Checks {
    return {
      every: this.#options.every,
      node: this.#node,
      isOwn: this.#state.kind !== 'aside',
      done: this.#done,
      trouble: this.#trouble,
    };
  }

  nextAt(): Micros {
    return this.#state.kind === 'waits' ? Math.min(this.#lookAt, this.#state.until) : this.#lookAt;
  }

  tick(now: Micros): void {
    if (now >= this.#lookAt) {
      this.#lookAt = now + LOOK_EVERY;
      this.#node = this.#options.chosen();
      const isOwn = this.#node !== null && this.#node === this.#options.ownNode();
      if (!isOwn) this.#stepAside();
      else if (this.#state.kind === 'aside') this.#state = { kind: 'waits', until: now + SETTLE };
    }
    if (this.#state.kind === 'waits' && now >= this.#state.until) this.#begin(now);
  }

  stop(): void {
    this.#stepAside();
  }

  /** What this agent said grows old, while another one looks. */
  #stepAside(): void {
    if (this.#state.kind === 'looks') this.#state.abort.abort();
    this.#state = { kind: 'aside' };
    this.#done = null;
    this.#trouble = null;
  }

  #begin(now: Micros): void {
    const abort = new AbortController();
    this.#state = { kind: 'looks', abort };
    void this.#look(now, abort.signal).then(
      (outcome) => !abort.signal.aborted && this.#end(outcome),
      (error: Error) => !abort.signal.aborted && this.#end(`internal error: ${error.message}`),
    );
  }

  #end(outcome: ChecksDone | string): void {
    const { every, now, onDone, onTrouble, onSooner } = this.#options;
    const at = now();
    if (typeof outcome === 'string') {
      this.#trouble = { at, reason: outcome };
      this.#state = { kind: 'waits', until: at + Math.min(every, RETRY_AFTER) };
      onTrouble(outcome);
    } else {
      this.#done = outcome;
      this.#trouble = null;
      this.#state = { kind: 'waits', until: at + every };
      onDone(outcome);
    }
    onSooner();
  }

  /** Resolves to why nothing could be looked at, where that is so. */
  async #look(since: Micros, signal: AbortSignal): Promise<ChecksDone | string> {
    const { read, facts, ignored, measured, pause, now } = this.#options;
    const inventory = new Inventory(false);
    const awayFor = await read(inventory, signal);
    if (awayFor !== null) return `cannot ask the API server: ${awayFor}`;
    const cluster = new Cluster(inventory, facts());
    const steps = checkSteps(cluster, { only: null, ignored: ignored() });
    let step = steps.next();
    while (!step.done && !signal.aborted) {
      await pause();
      step = steps.next();
    }
    if (!step.done) return 'given up';
    const { results, suppressed } = step.value;
    const kept = gravest(results);
    const foretold = await this.#foretell(cluster, measured(), signal);
    return {
      at: now(),
      took: now() - since,
      results: kept.map((result) => ({ ...result, subjects: result.subjects.map(named) })),
      leftOut: results.length - kept.length,
      counts: countsOf(results),
      suppressed: suppressed.length,
      ...foretold,
    };
  }

  async #foretell(
    cluster: Cluster,
    measured: readonly MeasuredTakeover[],
    signal: AbortSignal,
  ): Promise<Pick<ChecksDone, 'forecasts' | 'unforetold'>> {
    for (const key of FORECAST_NEEDS) {
      const unforetold = cluster.inventory.whyUnknown(key);
      if (unforetold !== null) return { forecasts: [], unforetold };
    }
    const forecasts: Forecast[] = [];
    for (const [i, service] of cluster.list('services').entries()) {
      if (i % SLICE === 0) await this.#options.pause();
      if (signal.aborted) break;
      if (forecasts.length >= MAX_FORECASTS)
        return { forecasts, unforetold: `there is room for ${MAX_FORECASTS} forecasts` };
      forecasts.push(...forecastsOfService(cluster, service, measured));
    }
    return { forecasts, unforetold: null };
  }
}

function gravest(results: readonly CheckResult[]): readonly CheckResult[] {
  if (results.length <= MAX_RESULTS) return results;
  const rankOf = ({ status }: CheckResult) => (status === 'skipped' ? 0 : STATUSES.indexOf(status));
  const kept = new Set(results.toSorted((a, b) => rankOf(b) - rankOf(a)).slice(0, MAX_RESULTS));
  return results.filter((result) => kept.has(result));
}

/** Its name alone: the object itself is let go of. */
function named({ kind, namespace, name }: CheckedObject): CheckedObject {
  return { kind, namespace, name, ignore: null, source: null };
}

function countsOf(results: readonly CheckResult[]): ChecksDone['counts'] {
  const counts = Object.fromEntries(
    RULE_IDS.map((id) => [id, Object.fromEntries(STATUSES.map((status) => [status, 0]))]),
  ) as Record<RuleId, Record<Status, number>>;
  for (const { id, status } of results) counts[id][status] += 1;
  return counts;
}
