// Acknowledgements in the journal: all of an agent without a cluster, and what was last read of a cluster's, so that a restart
// does not wake anybody.
import { Check } from 'typebox/value';
import { type Micros, parseIso } from '../base/time.ts';
import type { Acknowledgement } from '../watch/finding/acknowledgement.ts';
import { parse, ROWS } from './rows.ts';
import { type RowStore, Saving, WrittenRows } from './written-rows.ts';

export class SavedAcknowledgements {
  readonly #store: RowStore;
  readonly #written: WrittenRows<Acknowledgement>;
  #generation: number;

  constructor(store: RowStore) {
    this.#store = store;
    this.#generation = store.generation;
    this.#written = new WrittenRows('acknowledgement', {
      key: ({ finding }) => finding,
      // They outlast the age after which the journal drops what is not renewed.
      at: ({ until }) => parseIso(until)!,
      version: (one) => JSON.stringify(one),
    });
  }

  load(): Acknowledgement[] {
    return this.#store.rows('acknowledgement').flatMap(({ key, json }): Acknowledgement[] => {
      const value = parse(json);
      if (!Check(ROWS.acknowledgement, value) || parseIso(value.until) === undefined) return [];
      const one = value as Acknowledgement;
      this.#written.loaded(key, one);
      return [one];
    });
  }

  /** These are all there are. */
  save(all: readonly Acknowledgement[], now: Micros): void {
    if (this.#store.generation !== this.#generation) {
      this.#generation = this.#store.generation;
      this.#written.outdate();
    }
    const saving = new Saving(0);
    saving.allow(Number.POSITIVE_INFINITY);
    this.#written.updateAll(all, saving);
    saving.writeTo(this.#store, now);
  }
}
