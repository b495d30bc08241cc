// A client of the API server through a Unix socket that `kubectl proxy` listens on, so that a test outside the lab's
// namespaces reaches it, as administrator. Objects are taken as they are; each caller knows the fields that it reads.
import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

const TIMEOUT_MS = 30_000;

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

export interface KubernetesObject {
  readonly metadata: Metadata;
}

export class KubernetesError extends Error {
  /** HTTP's. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Paths are those of the API, e.g. `/api/v1/namespaces/default/services`. Every call throws {@link KubernetesError}. */
export class KubernetesApi {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  async get<Body>(path: string): Promise<Body> {
    return JSON.parse(await this.text('GET', path)) as Body;
  }

  /** Undefined where there is no such object. */
  async find<Body>(path: string): Promise<Body | undefined> {
    try {
      return await this.get<Body>(path);
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404) return undefined;
      throw error;
    }
  }

  async list<Item>(path: string): Promise<readonly Item[]> {
    return (await this.get<{ items: Item[] }>(path)).items;
  }

  /** The object as created, with what the API server filled in. */
  async create<Body>(path: string, body: object): Promise<Body> {
    return JSON.parse(await this.text('POST', path, body)) as Body;
  }

  /** A JSON merge patch (RFC 7386): null removes a field, a list replaces the whole list. */
  async patch(path: string, body: object): Promise<void> {
    await this.text('PATCH', path, body, 'application/merge-patch+json');
  }

  /** Whatever is there already of the same name and kind: the fields given here are now so (server-side apply). */
  async apply(path: string, body: object): Promise<void> {
    await this.text('PATCH', `${path}?fieldManager=test&force=true`, body, 'application/apply-patch+yaml');
  }

  /** @param graceSeconds for Pods; the object's own where absent. It is no error where the object is gone already. */
  async delete(path: string, graceSeconds?: number): Promise<void> {
    const query = graceSeconds === undefined ? '' : `?gracePeriodSeconds=${graceSeconds}`;
    try {
      await this.text('DELETE', `${path}${query}`);
    } catch (error) {
      if (!(error instanceof KubernetesError && error.status === 404)) throw error;
    }
  }

  /** Something happened in the collection, or everything in it is about to be told anew. Ends with the connection. */
  async *changes(path: string, signal: AbortSignal): AsyncGenerator<void, void, undefined> {
    const response = await this.#open('GET', `${path}?watch=true`, signal);
    try {
      for await (const _ of createInterface({ input: response })) yield;
    } finally {
      response.destroy();
    }
  }

  async text(method: string, path: string, body?: object, type = 'application/json'): Promise<string> {
    const response = await this.#open(method, path, AbortSignal.timeout(TIMEOUT_MS), body, type);
    const answer = await text(response);
    const status = response.statusCode ?? 0;
    if (status >= 300) throw new KubernetesError(`${method} ${path} answered ${status}: ${answer}`, status);
    return answer;
  }

  #open(
    method: string,
    path: string,
    signal: AbortSignal,
    body?: object,
    type?: string,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const options = { socketPath: this.#socketPath, method, path, signal, agent: false };
      const call = request(options, resolve).on('error', reject);
      if (body) call.setHeader('content-type', type!);
      call.end(body && JSON.stringify(body));
    });
  }
}
