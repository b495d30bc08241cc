// HTTP requests that were answered, counted by route, method and status.

export interface RequestCounted {
  /** The template of the path, as `/api/v1/failover-tests/{id}`; null: there is no such route. Never what the client wrote. */
  readonly route: string | null;
  readonly method: string;
  readonly code: number;
}

/** Others are counted as one: a client may send any word. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'DELETE']);

export class Requests {
  readonly #counts = new Map<string, RequestCounted & { count: number }>();

  add({ route, method, code }: RequestCounted): void {
    const known = METHODS.has(method) ? method : 'other';
    const key = `${code} ${known} ${route}`;
    const counted = this.#counts.get(key) ?? { route, method: known, code, count: 0 };
    counted.count += 1;
    this.#counts.set(key, counted);
  }

  all(): Iterable<RequestCounted & { readonly count: number }> {
    return this.#counts.values();
  }
}
