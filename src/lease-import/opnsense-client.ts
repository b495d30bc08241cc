// OPNsense's API: which of its DHCP servers is in use nobody tells, so that all are asked.
import { at } from '../base/json.ts';
import type { Seconds } from '../base/time.ts';
import { type Ask, askDocument, type TableClient } from './ask.ts';
import { Draft } from './draft.ts';
import { type Imported, type Reading, read, unreadable } from './imported.ts';
import { OPNSENSE_BACKENDS } from './opnsense.ts';

/** A page that holds all. */
const ALL_ROWS = JSON.stringify({ current: 1, rowCount: -1 });

export class OpnsenseClient implements TableClient {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async read(now: Seconds): Promise<Reading<Imported>> {
    const draft = new Draft();
    const problems: string[] = [];
    for (const { leases, addLease, more } of OPNSENSE_BACKENDS) {
      let count = 0;
      const table = await this.#table(leases, (row) => {
        count += 1;
        addLease(draft, row);
      });
      if (!table.ok) {
        const problem = `${leases}: ${table.problem}`;
        // It is in use, and a part of its table is not the table.
        if (count > 0) return unreadable(problem);
        problems.push(problem);
        continue;
      }
      // Of one that is not in use, settings may be left.
      if (count === 0) continue;
      for (const { path, add } of more) {
        const settings = await this.#table(path, (row) => add(draft, row));
        if (!settings.ok)
          draft.doubt(`its ranges or reservations are not all told: ${path}: ${settings.problem}`);
      }
    }
    return problems.length < OPNSENSE_BACKENDS.length
      ? read(draft.finish(now))
      : unreadable(problems[0] ?? '');
  }

  /** @param onRow told of each before it is known whether the table is whole. */
  async #table(path: string, onRow: (row: unknown) => void): Promise<Reading<unknown>> {
    const list = { key: 'rows', onItem: onRow };
    const document = await askDocument(this.#ask, { method: 'POST', path, body: ALL_ROWS }, list);
    if (!document.ok || Array.isArray(at(document.value, 'rows'))) return document;
    return unreadable('its answer is no table');
  }
}
