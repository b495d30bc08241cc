// Asks an agent's HTTP API for failover tests.
import { isIP } from 'node:net';
import { at, items, textAt } from '../base/json.ts';
import type { FailoverTestSpec } from '../failover/failover-test.ts';
import { TEST_PHASES, writeSpec } from '../failover/failover-test.ts';
import { type IpAddress, parseIp } from '../net/address.ts';
import type { FailoverTestJson } from '../serve/render/render.ts';
import { type AgentAnswer, AgentError, answerIn, problemIn, reasonOf } from './agent-answer.ts';

const PATH = 'api/v1/failover-tests';
const FAILOVERS = 'api/v1/takeovers?class=failover';
/** In milliseconds. */
const ANSWER_WITHIN = 10_000;
/** An agent asks the API server who this is, writes the test and waits for it to be taken up: it may need up to 17 s. */
const CHANGED_WITHIN = 20_000;

export interface FailoverJson {
  readonly ip: IpAddress;
  readonly class: 'failover';
  /** ISO 8601. */
  readonly at: string;
  readonly gapMs: number;
  readonly uncertaintyMs: number;
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
    const refused = new AgentError(`Refused: ${problemIn(body) ?? 'it does not say why'}`);
    const id = idIn(textAt(body, 'instance') ?? '');
    if (id === null) throw refused;
    return await this.get(id).catch(() => {
      throw refused;
    });
  }

  /** @throws AgentError */
  async get(id: string): Promise<FailoverTestJson> {
    const { status, body } = await this.#ask('GET', `${PATH}/${encodeURIComponent(id)}`);
    return testIn(status, body);
  }

  /** Failovers that the agent has seen, the latest first. @throws AgentError */
  async failovers(): Promise<FailoverJson[]> {
    const { body } = await this.#ask('GET', FAILOVERS);
    return items(at(body, 'items')).flatMap((one) => failoverIn(one) ?? []);
  }

  /** @throws AgentError */
  async cancel(id: string): Promise<FailoverTestJson> {
    const { status, body } = await this.#ask('DELETE', `${PATH}/${encodeURIComponent(id)}`);
    return testIn(status, body);
  }

  async #ask(method: string, path: string, said?: object): Promise<AgentAnswer> {
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
      return await answerIn(response);
    } catch (error) {
      throw new AgentError(`Cannot ask ${this.#server.origin}: ${reasonOf(error)}`, true);
    }
  }
}

/** Null where the URL of a test has none that can be read. */
function idIn(instance: string): string | null {
  try {
    return decodeURIComponent(instance.split('/').at(-1)!) || null;
  } catch {
    return null;
  }
}

/** The answer's test. @throws AgentError with what the answer says instead. */
function testIn(status: number, body: unknown): FailoverTestJson {
  if (status >= 200 && status < 300 && isTest(body)) return body;
  const said = problemIn(body);
  if (status < 400 || said === undefined)
    throw new AgentError(`The server there is not a vipwatch agent with failover tests (status ${status})`);
  const hint = status === 401 ? '; set one with --token-file FILE or VIPWATCH_TOKEN' : '';
  throw new AgentError(`The agent answers ${status}: ${said}${hint}`, status === 429 || status >= 500);
}

function isTest(body: unknown): body is FailoverTestJson {
  const { id, phase, message, vantagePoints } = (body ?? {}) as Record<string, unknown>;
  const known = TEST_PHASES.some((one) => one === phase);
  return known && typeof id === 'string' && typeof message === 'string' && Array.isArray(vantagePoints);
}

function failoverIn(row: unknown): FailoverJson | undefined {
  const ip = parseIp(textAt(row, 'ip') ?? '');
  const time = textAt(row, 'at');
  const [gapMs, uncertaintyMs] = [at(row, 'gapMs'), at(row, 'uncertaintyMs')];
  if (ip === undefined || time === undefined) return undefined;
  if (typeof gapMs !== 'number' || typeof uncertaintyMs !== 'number') return undefined;
  return { ip, class: 'failover', at: time, gapMs, uncertaintyMs };
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replaceAll(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
