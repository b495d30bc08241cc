// Pi-hole's API, version 6: one session for all readings, of which a server bears 16 at once; taken leave of at the end.
import type { Seconds } from '../base/time.ts';
import { type Ask, documentOf, isUnauthorized, type ServerAnswer, type TableClient } from './ask.ts';
import { Draft } from './draft.ts';
import { type Imported, type Reading, read, unreadable } from './imported.ts';
import { addPiholeConfig, addPiholeLeases, piholeSession } from './pihole.ts';

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
    const leases = await this.#get('/api/dhcp/leases');
    if (!leases.ok) return leases;
    if (!addPiholeLeases(draft, leases.value)) return unreadable('its answer holds no leases of Pi-hole 6');
    const config = await this.#get('/api/config/dhcp');
    const why = config.ok ? 'the answer holds no settings of DHCP' : config.problem;
    if (!config.ok || !addPiholeConfig(draft, config.value)) draft.doubt(`its range is not told: ${why}`);
    return read(draft.finish(now));
  }

  async close(): Promise<void> {
    if (this.#session !== null) await this.#send('DELETE', '/api/auth');
    this.#session = null;
  }

  async #get(path: string): Promise<Reading<unknown>> {
    const first = await this.#withSession(path);
    // The session ended, by time or because Pi-hole began anew.
    const wasTooOld = first.ok && isUnauthorized(first.value) && this.#session !== null;
    if (wasTooOld) this.#session = null;
    const answer = wasTooOld ? await this.#withSession(path) : first;
    return answer.ok ? documentOf(answer.value) : answer;
  }

  async #withSession(path: string): Promise<Reading<ServerAnswer>> {
    if (this.#session === null && this.#password !== null) {
      const session = await this.#login(this.#password);
      if (!session.ok) return session;
      this.#session = session.value;
    }
    return await this.#send('GET', path);
  }

  async #login(passwordOf: () => Promise<Reading<string>>): Promise<Reading<string>> {
    const password = await passwordOf();
    if (!password.ok) return password;
    const body = JSON.stringify({ password: password.value });
    const answer = await this.#ask({ method: 'POST', path: '/api/auth', body });
    if (!answer.ok) return answer;
    if (answer.value.status === TOO_MANY)
      return unreadable('HTTP 429: it has too many sessions, or too many tries to log in');
    if (isUnauthorized(answer.value)) return unreadable('the password was not accepted');
    const document = documentOf(answer.value);
    if (!document.ok) return document;
    const session = piholeSession(document.value);
    return !session.ok || SESSION.test(session.value) ? session : unreadable('its session is none');
  }

  async #send(method: 'GET' | 'DELETE', path: string): Promise<Reading<ServerAnswer>> {
    return await this.#ask({
      method,
      path,
      ...(this.#session !== null && { headers: { 'x-ftl-sid': this.#session } }),
    });
  }
}
