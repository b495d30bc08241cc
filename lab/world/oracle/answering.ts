// Who answers for a VIP, as an agent could have heard it: the truth, apart from what a partition hides.
import type { Micros } from '../../../src/base/time.ts';
import type { Ipv4 } from '../../../src/net/address.ts';
import type { Plan } from '../scenario.ts';
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
  readonly end: Micros;
  readonly #heard = new Map<Ears, readonly ReadonlySet<string>[]>();
  readonly #known = new Map<string, readonly Span[]>();

  constructor({ truth, moments, from, until }: Played, ip: Ipv4) {
    this.ip = ip;
    this.end = until;
    const changes = truth.changes.filter((change) => change.ip === ip);
    const times = [...new Set([from, ...changes.map(({ at }) => at), ...moments.map(({ at }) => at)])];
    const hosts = new Set<string>();
    let changed = 0;
    let looked = 0;
    let current: ReadonlySet<string> = new Set();
    this.steps = times
      .toSorted((a, b) => a - b)
      .map((at, place, all) => {
        for (; changed < changes.length && changes[changed]!.at <= at; changed += 1) {
          const { host, answers } = changes[changed]!;
          if (answers) hosts.add(host);
          else hosts.delete(host);
          current = new Set(hosts);
        }
        while (looked + 1 < moments.length && moments[looked + 1]!.at <= at) looked += 1;
        return { from: at, until: all[place + 1] ?? until, hosts: current, moment: moments[looked]! };
      });
  }

  /** The longest spans in which it holds. */
  spans(holds: (heard: ReadonlySet<string>, moment: Moment) => boolean, ears: Ears): Span[] {
    const spans: { from: Micros; until: Micros }[] = [];
    const heard = this.#heardBy(ears);
    for (const [place, step] of this.steps.entries()) {
      if (step.from === step.until || !holds(heard[place]!, step.moment)) continue;
      const last = spans.at(-1);
      if (last?.until === step.from) last.until = step.until;
      else spans.push({ from: step.from, until: step.until });
    }
    return spans;
  }

  /** When a machine answers. */
  of(host: string, ears: Ears): readonly Span[] {
    return this.#once(`${host} heard by ${ears}`, () => this.spans((heard) => heard.has(host), ears));
  }

  answered(ears: Ears): readonly Span[] {
    return this.#once(`answers heard by ${ears}`, () => this.spans((heard) => heard.size > 0, ears));
  }

  silences(ears: Ears): readonly Span[] {
    return this.#once(`silence heard by ${ears}`, () => this.spans((heard) => heard.size === 0, ears));
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

  /** An agent runs on a node that does not answer itself, and so hears all who do. */
  hasBystander({ nodes }: Plan, { from, until }: Span): boolean {
    return this.steps.every(
      (step) =>
        step.until <= from ||
        step.from >= until ||
        nodes.some(({ name, agent }) => agent && !step.hosts.has(name)),
    );
  }

  #once(what: string, make: () => readonly Span[]): readonly Span[] {
    const spans = this.#known.get(what) ?? make();
    this.#known.set(what, spans);
    return spans;
  }

  /** Of each step. An agent that is cut off hears nothing, which is no fault of the VIP's. */
  #heardBy(ears: Ears): readonly ReadonlySet<string>[] {
    const known = this.#heard.get(ears);
    if (known) return known;
    const heard = this.steps.map(({ hosts, moment: { awake, sides } }) => {
      if (ears === null || !awake.has(ears)) return hosts;
      const side = sides.get(ears);
      if (isAlone(ears, sides) && !hosts.has(ears)) return hosts;
      return [...hosts].every((host) => sides.get(host) === side)
        ? hosts
        : new Set([...hosts].filter((host) => sides.get(host) === side));
    });
    this.#heard.set(ears, heard);
    return heard;
  }
}

/** Nobody else is on its side of the LAN. */
export function isAlone(name: string, sides: Moment['sides']): boolean {
  const side = sides.get(name);
  return [...sides].every(([other, there]) => other === name || there !== side);
}
