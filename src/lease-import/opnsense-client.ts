// OPNsense's API: which of its DHCP servers is in use nobody tells, so that all are asked.
import { at } from '../base/json.ts';
import type { Seconds } from '../base/time.ts';
import { type Ask, documentOf, isUnauthorized, type TableClient } from './ask.ts';
import { Draft } from './draft.ts';
import { type Imported, type Reading, read, unreadable } from './imported.ts';
import { JsonReader } from './json-reader.ts';
import { OPNSENSE_BACKENDS } from './opnsense.ts';

const NOT_FOUND = 404;

interface Table {
  readonly reading: Reading<unknown>;
  /** False: there is none, or none that this key is to see. */
  readonly isThere: boolean;
}

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
    /** Why it is not known whether one is in use. */
    let trouble: string | null = null;
    let rows = 0;
    for (const { leases, addLease, more } of OPNSENSE_BACKENDS) {
      const before = rows;
      const { reading: table, isThere } = await this.#table(leases, (row) => {
        rows += 1;
        addLease(draft, row);
      });
      if (!table.ok) {
        const problem = `${leases}: ${table.problem}`;
        // It is in use, and a part of its table is not the table.
        if (rows > before) return unreadable(problem);
        problems.push(problem);
        if (isThere) trouble ??= problem;
        continue;
      }
      // Of one that is not in use, settings may be left.
      if (rows === before) continue;
      for (const { path, add } of more) {
        const { reading: settings } = await this.#table(path, (row) => add(draft, row));
        if (!settings.ok)
          draft.doubt(`not all of its ranges or reservations are known: ${path}: ${settings.problem}`);
      }
    }
    if (problems.length === OPNSENSE_BACKENDS.length) return unreadable(problems[0] ?? '');
    // That the others have no leases does not say that nothing is leased.
    return rows === 0 && trouble !== null ? unreadable(trouble) : read(draft.finish(now));
  }

  /** @param onRow told of each before it is known whether the table is whole. */
  async #table(path: string, onRow: (row: unknown) => void): Promise<Table> {
    const reader = new JsonReader({ key: 'rows', onItem: onRow });
    const request = { method: 'POST', path, body: ALL_ROWS } as const;
    const status = await this.#ask(request, (text) => reader.add(text));
    if (!status.ok) return { reading: status, isThere: true };
    const document = documentOf(status.value, reader);
    if (!document.ok)
      return { reading: document, isThere: status.value !== NOT_FOUND && !isUnauthorized(status.value) };
    const isTable = Array.isArray(at(document.value, 'rows'));
    return { reading: isTable ? document : unreadable('its answer is not a table'), isThere: isTable };
  }
}
