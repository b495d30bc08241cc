// Kea over HTTP: by its Control Agent, or of a server that listens itself.
import { at } from '../base/json.ts';
import type { Seconds } from '../base/time.ts';
import { type Ask, askDocument, type TableClient } from './ask.ts';
import { Draft } from './draft.ts';
import { type Imported, type Reading, read, unreadable } from './imported.ts';
import { addKeaConfig } from './kea-config.ts';
import { addKeaLeases, KEA_PAGE, KEA_PAGES, type KeaAnswer, keaAnswer } from './kea-http.ts';

const RESULT = { success: 0, unsupported: 2, empty: 3 };
/** It was understood, whatever came of it. */
const UNDERSTOOD: ReadonlySet<number> = new Set(Object.values(RESULT));

export class KeaClient implements TableClient {
  readonly #ask: Ask;
  /** The Control Agent wants to be told whom to ask; a server that listens itself may not know what that means. */
  #isAgent = true;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async read(now: Seconds): Promise<Reading<Imported>> {
    const draft = new Draft();
    let from: string | null = 'start';
    for (let page = 0; from !== null && page < KEA_PAGES; page += 1) {
      const answer: Reading<KeaAnswer> = await this.#command('lease4-get-page', { from, limit: KEA_PAGE });
      if (!answer.ok) return answer;
      const { result, text, arguments: args } = answer.value;
      if (result === RESULT.unsupported)
        return unreadable('its server has not loaded libdhcp_lease_cmds.so, which lists leases');
      if (result !== RESULT.success && result !== RESULT.empty)
        return unreadable(`result ${result}: ${text}`);
      from = addKeaLeases(draft, args);
    }
    await this.#readConfig(draft);
    return read(draft.finish(now));
  }

  async #readConfig(draft: Draft): Promise<void> {
    const answer = await this.#command('config-get', null);
    const why = answer.ok ? `result ${answer.value.result}, without Dhcp4` : answer.problem;
    if (!answer.ok || !addKeaConfig(draft, answer.value.arguments))
      draft.doubt(`its range is not known: ${why}`);
  }

  async #command(command: string, args: object | null): Promise<Reading<KeaAnswer>> {
    const answer = await this.#post(command, args, this.#isAgent);
    if (!this.#isAgent || !answer.ok || UNDERSTOOD.has(answer.value.result)) return answer;
    const byItself = await this.#post(command, args, false);
    const isServer =
      byItself.ok &&
      UNDERSTOOD.has(byItself.value.result) &&
      at(byItself.value.arguments, 'Control-agent') === undefined;
    if (!isServer) return answer;
    this.#isAgent = false;
    return byItself;
  }

  async #post(command: string, args: object | null, byAgent: boolean): Promise<Reading<KeaAnswer>> {
    const body = JSON.stringify({
      command,
      ...(byAgent && { service: ['dhcp4'] }),
      ...(args && { arguments: args }),
    });
    const document = await askDocument(this.#ask, { method: 'POST', path: '', body });
    return document.ok ? keaAnswer(document.value) : document;
  }
}
