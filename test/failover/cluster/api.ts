// An API server as a value: objects in memory, answered as the real one does as far as failover tests go. A request can be
// held up, so that it comes through later than whoever asked believes; test/cluster has the real one.
import type { ApiAnswer, ApiRequest } from '../../../src/host/kubernetes/connection.ts';

export interface Stored {
  metadata: {
    name: string;
    uid?: string;
    resourceVersion: string;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    finalizers?: readonly string[];
    labels?: Record<string, string>;
  };
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

type Tell = (line: string) => void;

export class Api {
  readonly objects = new Map<string, Stored>();
  /** Method and path of what came through, in order; lists and watches left out. */
  readonly asked: string[] = [];
  /** What comes of a request instead: a status, or a promise to wait for before it comes through. */
  answer: (request: ApiRequest, agent: string) => number | Promise<void> | undefined = () => undefined;
  #version = 1;
  readonly #watches = new Set<{ readonly path: string; readonly tell: Tell }>();

  /** As an agent has it. */
  connection(agent: string): { request: (request: ApiRequest) => Promise<ApiAnswer> } {
    return { request: (request) => this.#request(request, agent) };
  }

  put(path: string, object: object): void {
    const name = path.split('/').at(-1)!;
    const { metadata, ...rest } = structuredClone(object) as Partial<Stored>;
    this.#store(path, {
      ...rest,
      metadata: {
        uid: `uid-of-${name}`,
        creationTimestamp: '2026-03-01T12:00:00Z',
        ...metadata,
        name,
        resourceVersion: '',
      },
    });
  }

  remove(path: string): void {
    const object = this.objects.get(path);
    if (!object) return;
    this.objects.delete(path);
    this.#tell('DELETED', path, object);
  }

  /** How many watches of a collection are open. */
  watches(collection: string): number {
    return [...this.#watches].filter(({ path }) => path === collection).length;
  }

  in(collection: string): [path: string, object: Stored][] {
    return [...this.objects].filter(([path]) => path.slice(0, path.lastIndexOf('/')) === collection);
  }

  async #request({ method, path: asked, body, signal }: ApiRequest, agent: string): Promise<ApiAnswer> {
    signal.throwIfAborted();
    const url = new URL(asked, 'http://api');
    if (url.searchParams.has('watch')) return this.#watch(url.pathname, signal);
    const outcome = this.answer({ method, path: asked, signal, ...(body && { body }) }, agent);
    if (typeof outcome === 'number') return answered(outcome, { message: `the answer is ${outcome}` });
    if (outcome) await outcome;
    if (url.search !== '') return this.#list(url);
    this.asked.push(`${method} ${url.pathname}`);
    const { status, document } = this.#change(method, url.pathname, body && JSON.parse(body.text));
    // It came through; nobody waits for the answer any more.
    signal.throwIfAborted();
    return answered(status, document);
  }

  #change(method: string, path: string, body: Partial<Stored> | undefined) {
    if (method === 'POST') return this.#create(path, body!);
    const own = path.replace(/\/status$/, '');
    const object = this.objects.get(own);
    if (!object) return { status: 404, document: { message: `${own} not found` } };
    if (method === 'DELETE') this.#delete(own, object);
    if (method !== 'PATCH') return { status: 200, document: object };
    const { resourceVersion = object.metadata.resourceVersion } = body!.metadata ?? {};
    if (resourceVersion !== object.metadata.resourceVersion)
      return { status: 409, document: { message: 'the object has been modified' } };
    const merged = merge(object, body) as Stored;
    if (merged.metadata.deletionTimestamp && (merged.metadata.finalizers ?? []).length === 0)
      this.remove(own);
    else this.#store(own, merged);
    return { status: 200, document: merged };
  }

  #create(collection: string, body: Partial<Stored>) {
    const { name, generateName } = body.metadata as { name?: string; generateName?: string };
    const path = `${collection}/${name ?? `${generateName}${this.#version}`}`;
    if (this.objects.has(path)) return { status: 409, document: { message: 'it already exists' } };
    const { status: _, ...asked } = body;
    this.put(path, asked);
    return { status: 201, document: this.objects.get(path)! };
  }

  #delete(path: string, object: Stored): void {
    if ((object.metadata.finalizers ?? []).length === 0) this.remove(path);
    else if (!object.metadata.deletionTimestamp)
      this.#store(path, merge(object, { metadata: { deletionTimestamp: '2026-03-01T12:00:00Z' } }) as Stored);
  }

  #store(path: string, object: Stored): void {
    const isNew = !this.objects.has(path);
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.objects.set(path, stored);
    this.#tell(isNew ? 'ADDED' : 'MODIFIED', path, stored);
  }

  #tell(type: string, path: string, object: Stored): void {
    for (const watch of this.#watches)
      if (path.startsWith(`${watch.path}/`)) watch.tell(`${JSON.stringify({ type, object })}\n`);
  }

  #list({ pathname, searchParams }: URL): ApiAnswer {
    const [key, value] = (searchParams.get('labelSelector') ?? '').split('=');
    const [field, name] = (searchParams.get('fieldSelector') ?? '').split('=');
    const items = this.in(pathname)
      .map(([, object]) => object)
      .filter(({ metadata }) => !key || metadata.labels?.[key] === value)
      .filter(({ metadata }) => field !== 'metadata.name' || metadata.name === name);
    return answered(200, { metadata: { resourceVersion: String(this.#version) }, items });
  }

  #watch(path: string, signal: AbortSignal): ApiAnswer {
    const lines: string[] = [];
    let wake: () => void = () => {};
    const watch = {
      path,
      tell: (line: string) => {
        lines.push(line);
        wake();
      },
    };
    this.#watches.add(watch);
    const watches = this.#watches;
    async function* body() {
      while (!signal.aborted) {
        for (const line of lines.splice(0)) yield Buffer.from(line);
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
          if (lines.length > 0) resolve();
        });
      }
      watches.delete(watch);
    }
    return { status: 200, retryAfter: null, body: body() };
  }
}

function answered(status: number, document: object): ApiAnswer {
  async function* body() {
    yield Buffer.from(JSON.stringify(document));
  }
  return { status, retryAfter: null, body: body() };
}

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const merged = { ...(typeof target === 'object' && !Array.isArray(target) ? target : {}) } as Record<
    string,
    unknown
  >;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}
