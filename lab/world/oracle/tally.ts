// What many seeds come to: a table of what happened in them, by kind.
import { type Micros, SECOND } from '../../../src/base/time.ts';
import { ACTION_NAMES, type ActionName } from '../catalogue.ts';
import { KNOWN_RED } from '../known-red.ts';
import { sortOf } from './complaint.ts';
import type { SeedResult } from './seed.ts';

interface Row {
  played: number;
  /** Things that somebody had to tell. */
  owed: number;
  readonly after: Micros[];
  wrong: number;
}

export class Tally {
  readonly #rows = new Map<ActionName | 'nothing', Row>();
  readonly #knownRed = new Map<string, string>();
  readonly #red: SeedResult[] = [];
  #seeds = 0;
  #broadcasts = 0;

  add(result: SeedResult): void {
    this.#seeds += 1;
    this.#broadcasts += result.broadcasts;
    for (const kind of result.kinds) this.#rowOf(kind).played += 1;
    for (const { because, after } of result.found) {
      const row = this.#rowOf(because as ActionName);
      row.owed += 1;
      if (after !== null) row.after.push(after);
    }
    for (const because of new Set(result.complaints.map((complaint) => complaint.because ?? 'nothing')))
      this.#rowOf(because).wrong += 1;
    for (const name of result.knownRed) if (!this.#knownRed.has(name)) this.#knownRed.set(name, result.seed);
    if (result.complaints.length > 0) this.#red.push(result);
  }

  get seeds(): number {
    return this.#seeds;
  }

  get red(): readonly SeedResult[] {
    return this.#red;
  }

  /** Classes that no seed showed. */
  get unseenRed(): string[] {
    return Object.keys(KNOWN_RED).filter((name) => !this.#knownRed.has(name));
  }

  table(): string {
    const head = ['', 'played', 'to be found', 'found', 'median', 'worst', 'seeds red'];
    const names = [...ACTION_NAMES, 'nothing' as const].filter((name) => this.#rows.has(name));
    const rows = names.map((name) => {
      const { played, owed, after, wrong } = this.#rows.get(name)!;
      const sorted = after.toSorted((a, b) => a - b);
      const time = (place: number) => (owed === 0 || sorted.length === 0 ? '' : seconds(sorted[place]!));
      return [
        name,
        String(played),
        owed === 0 ? '' : String(owed),
        owed === 0 ? '' : String(after.length),
        time(sorted.length >> 1),
        time(sorted.length - 1),
        wrong === 0 ? '' : String(wrong),
      ];
    });
    return lines([head, ...rows]);
  }

  knownRed(): string {
    const rows = [...this.#knownRed].map(([name, seed]) => [name, `seed ${seed}`]);
    return lines([['known to be wrong', ''], ...rows]);
  }

  summary(): string {
    const sorts = new Map<string, string[]>();
    for (const { seed, complaints } of this.#red)
      for (const sort of new Set(complaints.map(sortOf))) sorts.set(sort, [...(sorts.get(sort) ?? []), seed]);
    const wrong = [...sorts].map(
      ([sort, seeds]) => `  ${sort}: ${seeds.length} seeds: ${seeds.slice(0, 8).join(' ')}`,
    );
    const asked = `${Math.round(this.#broadcasts / Math.max(1, this.#seeds))} questions to everyone a seed`;
    return [`${this.#seeds} seeds, ${this.#red.length} red; ${asked}`, ...wrong].join('\n');
  }

  #rowOf(name: ActionName | 'nothing'): Row {
    const row = this.#rows.get(name) ?? { played: 0, owed: 0, after: [], wrong: 0 };
    this.#rows.set(name, row);
    return row;
  }
}

function seconds(micros: Micros): string {
  return `${(micros / SECOND).toFixed(1)} s`;
}

function lines(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((text, column) => (column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
