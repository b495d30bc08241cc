// Asks an agent's HTTP API for failover tests. What it answers comes over the network: nothing of it may steer a terminal.
import { isIP } from 'node:net';
import { errnoWords } from '../base/errno.ts';
import type { FailoverTestSpec } from '../failover/failover-test.ts';
import { TEST_PHASES, writeSpec } from '../failover/failover-test.ts';
import type { FailoverTestJson } from '../serve/render/render.ts';

const PATH = 'api/v1/failover-tests';
/** In milliseconds. */
const ANSWER_WITHIN = 10_000;
/** An agent asks the API server who this is, writes the test and waits for it to be taken up: it may need up to 17 s. */
const CHANGED_WITHIN = 20_000;

/** The agent did not do what was asked for; the message says why, in one line. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  /** Asking again may help. */
  readonly passing: boolean;

  constructor(message: string, passing = false) {
    super(message);
    this.passing = passing;
  }
}

export class AgentApi {
  readonly #server: URL;
  readonly #token: string | null;

  /** @param server its path ends in a slash. */
  constructor(server: URL, token: string | null) {
    this.#server = server;
    this.#token = token;
  }

  /** Whether the token would cross a network where others can read it. */
  get tellsToken(): boolean {
    return this.#token !== null && this.#server.protocol === 'http:' && !isLoopback(this.#server.hostname);
  }

  urlOf(id: string): string {
    return new URL(`${PATH}/${encodeURIComponent(id)}`, this.#server).href;
  }

  /** The test as it began; in the phase `Refused` where it did not. @throws AgentError */
  async create(spec: FailoverTestSpec): Promise<FailoverTestJson> {
    const { status, body } = await this.#ask('POST', PATH, writeSpec(spec));
    if (status !== 409) return testIn(status, body);
    const { instance = '', detail = 'refused' } = body as { instance?: string; detail?: string };
    const id = instance.split('/').at(-1) ?? '';
    return await this.get(decodeURIComponent(id)).catch(() => {
      throw new AgentError(`Refused: ${detail}`);
    });
  }

  /** @throws AgentError */
  async get(id: string): Promise<FailoverTestJson> {
    const { status, body } = await this.#ask('GET', `${PATH}/${encodeURIComponent(id)}`);
    return testIn(status, body);
  }

  /** @throws AgentError */
  async cancel(id: string): Promise<FailoverTestJson> {
    const { status, body } = await this.#ask('DELETE', `${PATH}/${encodeURIComponent(id)}`);
    return testIn(status, body);
  }

  async #ask(method: string, path: string, said?: object): Promise<{ status: number; body: unknown }> {
    try {
      const response = await fetch(new URL(path, this.#server), {
        method,
        // The token is meant for this server and for no other.
        redirect: 'error',
        signal: AbortSignal.timeout(method === 'GET' ? ANSWER_WITHIN : CHANGED_WITHIN),
        headers: {
          ...(said && { 'content-type': 'application/json' }),
          ...(this.#token !== null && method !== 'GET' && { authorization: `Bearer ${this.#token}` }),
        },
        ...(said && { body: JSON.stringify(said) }),
      });
      return { status: response.status, body: parsed(await response.text()) };
    } catch (error) {
      throw new AgentError(`Cannot ask ${this.#server.origin}: ${reasonOf(error)}`, true);
    }
  }
}

/** The answer's test. @throws AgentError with what the answer says instead. */
function testIn(status: number, body: unknown): FailoverTestJson {
  if (status >= 200 && status < 300 && isTest(body)) return body;
  const { detail, title } = (body ?? {}) as { readonly detail?: unknown; readonly title?: unknown };
  const said = [detail, title].find((text) => typeof text === 'string');
  if (status < 400 || said === undefined)
    throw new AgentError(
      `What answers there is no vipwatch agent that knows failover tests (status ${status})`,
    );
  const hint = status === 401 ? '; name one by --token-file FILE or VIPWATCH_TOKEN' : '';
  throw new AgentError(`The agent answers ${status}: ${said}${hint}`, status === 429 || status >= 500);
}

function isTest(body: unknown): body is FailoverTestJson {
  const { id, phase, message, vantagePoints } = (body ?? {}) as Record<string, unknown>;
  const known = TEST_PHASES.some((one) => one === phase);
  return known && typeof id === 'string' && typeof message === 'string' && Array.isArray(vantagePoints);
}

/** Undefined where it is no JSON. Control characters are taken out: they could rewrite what stands on the terminal. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text, (_, value) =>
      typeof value === 'string' ? value.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?') : value,
    );
  } catch {
    return undefined;
  }
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replaceAll(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function reasonOf(error: unknown): string {
  const { name, cause } = error as Error;
  const { code = name, message } = (cause ?? {}) as NodeJS.ErrnoException;
  if (code === 'TimeoutError') return 'no answer in time';
  if (code.startsWith('ERR_SSL_')) return 'that port speaks plain HTTP: write http:// in place of https://';
  // What fetch says of a connection that was closed before the answer was complete.
  return errnoWords(code === 'UND_ERR_SOCKET' ? 'ECONNRESET' : code) ?? message ?? code;
}
