// What the book of findings had no room for. It keeps a place for the first finding of each address and kind as long as it can:
// where it cannot, this tells that something may be missing.

import { MINUTE, type Micros, SECOND } from '../../base/time.ts';
import { UNSPECIFIED_IPV4 } from '../../net/address.ts';
import { nameOf } from '../finding/entry.ts';
import type { Report, Suspicion } from '../finding/finding.ts';
import type { FindingKind } from '../finding/kinds.ts';
import { type DetectContext, report } from './context.ts';
import type { Detector } from './detector.ts';
import { listed } from './words.ts';

/** The flood is over once nothing was refused for so long. */
const CALM = MINUTE;
const TELL_EVERY = SECOND;

/** No address of its own, which would differ from agent to agent: together they are one alert. */
const IDENTITY = { kind: 'findings-refused', ip: UNSPECIFIED_IPV4, segment: null, culprit: null } as const;

export class FindingsRefused implements Detector {
  readonly kinds = ['findings-refused'] as const;
  readonly #context: DetectContext;
  /** Null: nothing was refused, nor is that told. */
  #lastAt: Micros | null = null;
  #toldAt: Micros = Number.NEGATIVE_INFINITY;

  constructor(context: DetectContext) {
    this.#context = context;
  }

  intentChanged(now: Micros): void {
    // What a life before has told of ends like any other.
    if (this.#context.book.isOpen(IDENTITY)) this.#lastAt ??= now;
  }

  tick(now: Micros): void {
    const { book, wake } = this.#context;
    const { last } = book.refusals;
    const isNews = last !== null && last.at !== this.#lastAt;
    if (isNews) this.#lastAt = last.at;
    if (this.#lastAt === null) return;
    if (now - this.#lastAt >= CALM) return this.#calm(now);
    wake(this.#lastAt + CALM);
    if (!isNews) return;
    if (now - this.#toldAt < TELL_EVERY) return wake(this.#toldAt + TELL_EVERY);
    this.#toldAt = now;
    report(this.#context, findingsRefused(book.refusals.counts()), now, () => ({
      at: last.at,
      interface: last.report.segment?.name ?? 'configuration',
      summary: `no room for ${textOf(last.report)}`,
    }));
  }

  #calm(now: Micros): void {
    this.#lastAt = null;
    this.#context.book.refusals.startOver();
    this.#context.book.end(IDENTITY, now);
  }
}

function textOf({ kind, ip, culprit }: Suspicion): string {
  return `${kind} of ${ip}${culprit ? ` by ${nameOf(culprit)}` : ''}`;
}

function findingsRefused(counts: readonly [FindingKind, number][]): Report {
  const kinds = counts.map(([kind, count]) => `${kind} (${count} times)`);
  return {
    ...IDENTITY,
    macs: [],
    vip: null,
    message: `There is no room for more findings of ${listed(kinds, 'and')}: further problems are not reported.`,
    remedy:
      'Find the machine that floods the LAN: the other findings show its MACs and the interface. Disconnect it. If all findings are real, fix the cause that most of them share.',
  };
}
