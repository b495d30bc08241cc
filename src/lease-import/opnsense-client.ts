// OPNsense's API: which of its DHCP servers is in use nobody tells, so that all are asked.
import type { Seconds } from '../base/time.ts';
import { type Ask, askDocument, type TableClient } from './ask.ts';
import { Draft } from './draft.ts';
import { type Imported, type Reading, read, unreadable } from './imported.ts';
import { OPNSENSE_BACKENDS, opnsenseRows } from './opnsense.ts';

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
      const rows = await this.#rows(leases);
      if (!rows.ok) {
        problems.push(`${leases}: ${rows.problem}`);
        continue;
      }
      for (const row of rows.value) addLease(draft, row);
      // Of one that is not in use, settings may be left.
      if (rows.value.length === 0) continue;
      for (const { path, add } of more) {
        const settings = await this.#rows(path);
        if (settings.ok) for (const row of settings.value) add(draft, row);
        else draft.doubt(`its ranges or reservations are not all told: ${path}: ${settings.problem}`);
      }
    }
    return problems.length < OPNSENSE_BACKENDS.length
      ? read(draft.finish(now))
      : unreadable(problems[0] ?? '');
  }

  async #rows(path: string): Promise<Reading<readonly unknown[]>> {
    const document = await askDocument(this.#ask, { method: 'POST', path, body: ALL_ROWS });
    if (!document.ok) return document;
    const rows = opnsenseRows(document.value);
    return rows ? read(rows) : unreadable('its answer is no table');
  }
}
