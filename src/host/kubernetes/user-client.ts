// The Kubernetes API with a person's own rights, as kubectl asks it: kubeconfig with exec plugins, OpenID Connect, proxies and
// several contexts (decision 19). For commands of people, which load it when a cluster is asked: agents have a client of their own.
import { Agent, get as getPlain, type IncomingMessage } from 'node:http';
import { get, type RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { boundedText } from '../../base/bounded-text.ts';
import { errnoWords } from '../../base/errno.ts';
import { textAt } from '../../base/json.ts';
import { readList } from './list-body.ts';
import type { Listed, Lists } from './listed.ts';

/** The kubeconfig cannot be used; the message says why. */
class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/** A plugin, a token file or an identity provider failed. */
class SignInError extends Error {}

/** One answer, whatever its status; or why there is none. */
export type Asked =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** Objects of a page: few enough to be held whole. */
const PAGE = 100;
const ANSWER_WITHIN_MS = 20_000;
/** What the library takes where there is no kubeconfig at all. */
const NO_CLUSTER = 'http://localhost:8080';
const OK = 200;
/** Bytes of what comes with an error. */
const MAX_REFUSAL = 64 * 1024;
const FORBIDDEN = 403;
const NOT_FOUND = 404;

export interface UserClientOptions {
  /** Absent: as kubectl finds it (`KUBECONFIG`, `~/.kube/config`), or the Pod's service account. */
  readonly kubeconfig?: string;
  /** Absent: the current one. */
  readonly context?: string;
  readonly answerWithinMs?: number;
}

export class UserClient implements Lists {
  readonly #config: KubeConfig;
  readonly #server: string;
  readonly #answerWithinMs: number;

  /** @throws KubeconfigError */
  constructor({ kubeconfig, context, answerWithinMs = ANSWER_WITHIN_MS }: UserClientOptions) {
    this.#config = loaded(kubeconfig, context);
    this.#server = this.#config.getCurrentCluster()!.server;
    this.#answerWithinMs = answerWithinMs;
  }

  async list(path: string, onItem: (raw: unknown) => boolean): Promise<Listed> {
    let next = '';
    do {
      const answer = await this.#page(path, next, onItem);
      if (answer.kind !== 'page') return answer;
      next = answer.next;
    } while (next !== '');
    return { kind: 'listed' };
  }

  /** The beginning of a text, such as a log. Never throws. */
  async readText(
    path: string,
    mostBytes: number,
  ): Promise<
    { readonly kind: 'read'; readonly text: string } | Exclude<Listed, { kind: 'listed' | 'not-served' }>
  > {
    try {
      const response = await this.#get(this.#urlOf(path));
      if (response.statusCode === OK) return { kind: 'read', text: await textOf(response, mostBytes) };
      const refusal = await refusalOf(response);
      return refusal.kind === 'not-served'
        ? { kind: 'failed', reason: 'it is not there', isAway: false }
        : refusal;
    } catch (error) {
      return { kind: 'failed', ...failureOf(error, this.#answerWithinMs) };
    }
  }

  /** Asks for one path, with its query. A longer answer is none. Never throws. */
  async ask(path: string, mostBytes: number): Promise<Asked> {
    try {
      const response = await this.#get(this.#urlOf(path));
      const body = await boundedText(response as AsyncIterable<Buffer>, mostBytes);
      return { kind: 'answered', status: response.statusCode ?? 0, body };
    } catch (error) {
      return { kind: 'failed', reason: failureOf(error, this.#answerWithinMs).reason };
    }
  }

  #urlOf(path: string): URL {
    return new URL(this.#server.replace(/\/$/, '') + path);
  }

  /** Each object is let go before the next one is parsed: a page of large ones would fill the heap with what is thrown away. */
  async #page(
    path: string,
    next: string,
    onItem: (raw: unknown) => boolean,
  ): Promise<Exclude<Listed, { kind: 'listed' }> | { kind: 'page'; next: string }> {
    const url = this.#urlOf(path);
    url.searchParams.set('limit', String(PAGE));
    if (next !== '') url.searchParams.set('continue', next);
    try {
      const response = await this.#get(url);
      if (response.statusCode !== OK) return await refusalOf(response);
      let isEnough = false;
      const list = await readList(response, (objects) => {
        for (const object of objects) isEnough ||= !onItem(object);
      });
      return { kind: 'page', next: isEnough ? '' : (textAt(list, 'metadata', 'continue') ?? '') };
    } catch (error) {
      const { reason, isAway } = failureOf(error, this.#answerWithinMs);
      return { kind: 'failed', reason, isAway };
    }
  }

  async #get(url: URL): Promise<IncomingMessage> {
    const signal = AbortSignal.timeout(this.#answerWithinMs);
    const options: RequestOptions = { signal, headers: { accept: 'application/json' } };
    try {
      await this.#config.applyToHTTPSOptions(options);
    } catch (error) {
      throw new SignInError(`the user of the kubeconfig cannot sign in: ${firstLine(error)}`);
    }
    // One connection for many pages.
    if (options.agent instanceof Agent) Object.assign(options.agent, { keepAlive: true });
    const send = url.protocol === 'http:' ? getPlain : get;
    return await new Promise((resolve, reject) => {
      send(url, options, resolve).on('error', reject);
    });
  }
}

async function refusalOf(response: IncomingMessage): Promise<Exclude<Listed, { kind: 'listed' }>> {
  const text = await textOf(response, MAX_REFUSAL);
  const status = response.statusCode ?? 0;
  if (status === NOT_FOUND) return { kind: 'not-served' };
  return { kind: 'failed', reason: statusText(status, text), isAway: false };
}

/** @param mostBytes the rest is not read. */
async function textOf(response: IncomingMessage, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= mostBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws KubeconfigError */
function loaded(kubeconfig: string | undefined, context: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    throw new KubeconfigError(`${kubeconfig ?? 'The kubeconfig'} cannot be read: ${firstLine(error)}`);
  }
  if (context !== undefined) {
    const names = config.getContexts().map(({ name }) => name);
    if (!names.includes(context))
      throw new KubeconfigError(
        `There is no context "${context}": the kubeconfig has ${names.join(', ') || 'none'}`,
      );
    config.setCurrentContext(context);
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined || (kubeconfig === undefined && server === NO_CLUSTER))
    throw new KubeconfigError('There is no cluster to ask: name a kubeconfig with --kubeconfig');
  return config;
}

function statusText(status: number, body: string): string {
  if (status === FORBIDDEN) return 'forbidden';
  if (status === 401) return 'the API server does not accept your credentials (401)';
  let message: string | undefined;
  try {
    message = textAt(JSON.parse(body), 'message');
  } catch {
    // Not from the API server itself.
  }
  return `HTTP ${status}${message === undefined ? '' : `: ${firstLine(message)}`}`;
}

function failureOf(error: unknown, answerWithinMs: number): { reason: string; isAway: boolean } {
  if (error instanceof SignInError) return { reason: error.message, isAway: true };
  const { name, code } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || name === 'TimeoutError' || code === 'ABORT_ERR')
    return { reason: `no answer within ${answerWithinMs / 1000} s`, isAway: false };
  const words = code === undefined ? undefined : errnoWords(code);
  return { reason: words ?? firstLine(error), isAway: code !== undefined };
}

function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  return line.replaceAll(/\p{Cc}/gu, '?');
}
