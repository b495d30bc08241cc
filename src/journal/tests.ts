// Failover tests in the journal, where there is no cluster to keep them.
import { Check } from 'typebox/value';
import type { Micros } from '../base/time.ts';
import type { FailoverTest } from '../failover/failover-test.ts';
import { parse, ROWS } from './rows.ts';
import { type RowStore, Saving, WrittenRows } from './written-rows.ts';

export class SavedTests {
  readonly #store: RowStore;
  readonly #written: WrittenRows<FailoverTest>;
  #generation: number;

  constructor(store: RowStore) {
    this.#store = store;
    this.#generation = store.generation;
    this.#written = new WrittenRows('failover-test', {
      key: ({ id }) => id,
      at: ({ createdAt }) => Date.parse(createdAt) * 1000,
      version: ({ phase, message }) => `${phase} ${message}`,
    });
  }

  /** Newest first. */
  load(): FailoverTest[] {
    const tests = this.#store.rows('failover-test').flatMap(({ key, json }): FailoverTest[] => {
      const value = parse(json);
      if (!Check(ROWS['failover-test'], value) || Number.isNaN(Date.parse(value.createdAt))) return [];
      const test = value as unknown as FailoverTest;
      this.#written.loaded(key, test);
      return [test];
    });
    return tests.toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
  }

  /** These are all tests there are. They tell wall time already. */
  save(tests: readonly FailoverTest[], now: Micros): void {
    if (this.#store.generation !== this.#generation) {
      this.#generation = this.#store.generation;
      this.#written.outdate();
    }
    const saving = new Saving(0);
    saving.allow(Number.POSITIVE_INFINITY);
    this.#written.updateAll(tests, saving);
    saving.writeTo(this.#store, now);
  }
}
