// Who answers for a VIP, as an agent could have heard it: the truth, apart from what a partition hides.
import type { Micros } from '../../../src/base/time.ts';
import type { Ipv4 } from '../../../src/net/address.ts';
import type { Moment, Played } from './play.ts';

export interface Span {
  readonly from: Micros;
  readonly until: Micros;
}

/** While nothing of it changes. */
interface Step extends Span {
  readonly hosts: ReadonlySet<string>;
  readonly moment: Moment;
}

/** Whose ears: one agent's, or those of somebody who hears both sides of a partition. */
export type Ears = string | null;

export class Answering {
  readonly ip: Ipv4;
  readonly steps: readonly Step[];
  readonly #until: Micros;

  constructor({ truth, moments, from, until }: Played, ip: Ipv4) {
    this.ip = ip;
    this.#until = until;
    const changes = truth.changes.filter((change) => change.ip === ip);
    const times = [...new Set([from, ...changes.map(({ at }) => at), ...moments.map(({ at }) => at)])];
    const hosts = new Set<string>();
    let changed = 0;
    let looked = 0;
    this.steps = times
      .toSorted((a, b) => a - b)
      .map((at, place, all) => {
        for (; changed < changes.length && changes[changed]!.at <= at; changed += 1) {
          const { host, answers } = changes[changed]!;
          if (answers) hosts.add(host);
          else hosts.delete(host);
        }
        while (looked + 1 < moments.length && moments[looked + 1]!.at <= at) looked += 1;
        return { from: at, until: all[place + 1] ?? until, hosts: new Set(hosts), moment: moments[looked]! };
      });
  }

  /** The longest spans in which it holds. */
  spans(holds: (heard: ReadonlySet<string>, moment: Moment) => boolean, ears: Ears): Span[] {
    const spans: { from: Micros; until: Micros }[] = [];
    for (const step of this.steps) {
      if (step.from === step.until || !holds(heardBy(step, ears), step.moment)) continue;
      const last = spans.at(-1);
      if (last?.until === step.from) last.until = step.until;
      else spans.push({ from: step.from, until: step.until });
    }
    return spans;
  }

  /** When a machine answers. */
  of(host: string, ears: Ears): Span[] {
    return this.spans((heard) => heard.has(host), ears);
  }

  silences(ears: Ears): Span[] {
    return this.spans((heard) => heard.size === 0, ears);
  }

  /** How long nobody answers within a span. */
  silenceIn({ from, until }: Span, ears: Ears): Micros {
    return this.silences(ears)
      .map((span) => Math.min(span.until, until) - Math.max(span.from, from))
      .reduce((sum, length) => sum + Math.max(0, length), 0);
  }

  /** One machine alone after another: who, and since when. */
  owners(ears: Ears): { readonly host: string; readonly from: Micros; readonly until: Micros }[] {
    const names = [...new Set(this.steps.flatMap(({ hosts }) => [...hosts]))];
    return names
      .flatMap((host) =>
        this.spans((heard) => heard.size === 1 && heard.has(host), ears).map((span) => ({ host, ...span })),
      )
      .toSorted((a, b) => a.from - b.from);
  }

  get end(): Micros {
    return this.#until;
  }
}

/** An agent that is cut off hears nothing, which is no fault of the VIP's. */
function heardBy({ hosts, moment }: Step, ears: Ears): ReadonlySet<string> {
  if (ears === null || !moment.awake.has(ears)) return hosts;
  const side = moment.sides.get(ears);
  return new Set([...hosts].filter((host) => moment.sides.get(host) === side));
}
