// Pi-hole's API, version 6: one session for all readings, of which a server bears 16 at once; taken leave of at the end.

import { at } from '../base/json.ts';
import type { Seconds } from '../base/time.ts';
import { type Ask, documentOf, isUnauthorized, type ServerRequest, type TableClient } from './ask.ts';
import { Draft } from './draft.ts';
import { type Imported, type Reading, read, unreadable } from './imported.ts';
import { JsonReader, type LongList } from './json-reader.ts';
import { addPiholeConfig, addPiholeLease, piholeSession } from './pihole.ts';

const TOO_MANY = 429;
/** What may stand in a header. */
const SESSION = /^[!-~]{1,200}$/;

export class PiholeClient implements TableClient {
  readonly #ask: Ask;
  readonly #password: (() => Promise<Reading<string>>) | null;
  #session: string | null = null;

  /** @param password null: it wants none. */
  constructor(ask: Ask, password: (() => Promise<Reading<string>>) | null) {
    this.#ask = ask;
    this.#password = password;
  }

  async read(now: Seconds): Promise<Reading<Imported>> {
    const draft = new Draft();
    const leases = await this.#get('/api/dhcp/leases', {
      key: 'leases',
      onItem: (lease) => addPiholeLease(draft, lease),
    });
    if (!leases.ok) return leases;
    if (!Array.isArray(at(leases.value, 'leases')))
      return unreadable('its answer holds no leases of Pi-hole 6');
    const config = await this.#get('/api/config/dhcp');
    const why = config.ok ? 'the answer holds no settings of DHCP' : config.problem;
    if (!config.ok || !addPiholeConfig(draft, config.value)) draft.doubt(`its range is not known: ${why}`);
    return read(draft.finish(now));
  }

  async close(): Promise<void> {
    if (this.#session !== null) await this.#send('DELETE', '/api/auth', new JsonReader());
    this.#session = null;
  }

  async #get(path: string, list: LongList | null = null): Promise<Reading<unknown>> {
    const reader = new JsonReader(list);
    const first = await this.#withSession(path, reader);
    // The session ended, by time or because Pi-hole began anew.
    const wasTooOld = first.ok && isUnauthorized(first.value) && this.#session !== null;
    if (wasTooOld) this.#session = null;
    const status = wasTooOld ? await this.#withSession(path, reader) : first;
    return status.ok ? documentOf(status.value, reader) : status;
  }

  async #withSession(path: string, reader: JsonReader): Promise<Reading<number>> {
    if (this.#session === null && this.#password !== null) {
      const session = await this.#login(this.#password);
      if (!session.ok) return session;
      this.#session = session.value;
    }
    return await this.#send('GET', path, reader);
  }

  async #login(passwordOf: () => Promise<Reading<string>>): Promise<Reading<string>> {
    const password = await passwordOf();
    if (!password.ok) return password;
    const body = JSON.stringify({ password: password.value });
    const reader = new JsonReader();
    const status = await this.#ask({ method: 'POST', path: '/api/auth', body }, (text) => reader.add(text));
    if (!status.ok) return status;
    if (status.value === TOO_MANY)
      return unreadable('HTTP 429: it has too many sessions, or too many tries to log in');
    if (isUnauthorized(status.value)) return unreadable('the password was not accepted');
    const document = documentOf(status.value, reader);
    if (!document.ok) return document;
    const session = piholeSession(document.value);
    return !session.ok || SESSION.test(session.value)
      ? session
      : unreadable('its answer holds no valid session');
  }

  async #send(method: ServerRequest['method'], path: string, reader: JsonReader): Promise<Reading<number>> {
    const headers = this.#session === null ? {} : { 'x-ftl-sid': this.#session };
    return await this.#ask({ method, path, headers }, (text) => reader.add(text));
  }
}
