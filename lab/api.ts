// Reads a vipwatch agent's API from outside its namespace, through its Unix socket.
import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { EventJson, renderFinding, renderTakeover } from '../src/serve/render/render.ts';

const TIMEOUT_MS = 5_000;

export type FindingJson = ReturnType<typeof renderFinding>;
export type TakeoverJson = ReturnType<typeof renderTakeover>;

interface Answer {
  readonly status: number;
  readonly body: string;
}

export class Api {
  readonly socketPath: string;

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  /** @throws {Error} where there is no answer within 5 s. */
  async get(path: string): Promise<Answer> {
    return await answerOf(this.#open(path, AbortSignal.timeout(TIMEOUT_MS)));
  }

  /** Sends JSON; otherwise as {@link get}. */
  async post(path: string, body: unknown, token?: string): Promise<Answer> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return await answerOf(this.#open(path, signal, bearer(token), JSON.stringify(body)));
  }

  async delete(path: string, token?: string): Promise<Answer> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return await answerOf(this.#open(path, signal, bearer(token), undefined, 'DELETE'));
  }

  /** @throws {Error} unless the answer is 200 and JSON. */
  async json<Body>(path: string): Promise<Body> {
    const { status, body } = await this.get(path);
    if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${body}`);
    return JSON.parse(body) as Body;
  }

  async findings(state: 'active' | 'resolved' | 'all' = 'active'): Promise<FindingJson[]> {
    const { items } = await this.json<{ items: FindingJson[] }>(`/api/v1/findings?state=${state}`);
    return items;
  }

  /** The lines of /metrics that begin so. */
  async metrics(prefix: string): Promise<string[]> {
    const { body } = await this.get('/metrics');
    return body.split('\n').filter((line) => line.startsWith(prefix));
  }

  /**
   * Every event that the agent still remembers, then each new one, until the agent ends or the signal aborts. The
   * stream is open when this resolves.
   */
  async events(signal: AbortSignal): Promise<AsyncGenerator<EventJson, void, undefined>> {
    const response = await this.#open('/api/v1/events', signal, { 'last-event-id': '0' });
    return eventsOf(response, signal);
  }

  /** With a body it is a POST. */
  #open(
    path: string,
    signal: AbortSignal,
    headers: Record<string, string> = {},
    body?: string,
    method = 'GET',
  ): Promise<IncomingMessage> {
    const posted = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } };
    const options = {
      socketPath: this.socketPath,
      path,
      signal,
      ...(body === undefined ? { method, headers } : posted),
    };
    return new Promise((resolve, reject) => {
      request(options, resolve).on('error', reject).end(body);
    });
  }
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

async function answerOf(answer: Promise<IncomingMessage>): Promise<Answer> {
  const response = await answer;
  return { status: response.statusCode ?? 0, body: await text(response) };
}

async function* eventsOf(
  response: IncomingMessage,
  signal: AbortSignal,
): AsyncGenerator<EventJson, void, undefined> {
  try {
    for await (const line of createInterface({ input: response })) {
      if (!line.startsWith('data: ')) continue;
      const event = JSON.parse(line.slice('data: '.length)) as EventJson | { readonly type: 'reset' };
      // It comes first: the id that was asked with is none.
      if (event.type !== 'reset') yield event;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
