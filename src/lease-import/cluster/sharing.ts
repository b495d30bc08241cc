// What one agent reads by URL for all: which one that is, and the one ConfigMap by which the others get it.
import { textAt } from '../../base/json.ts';
import { chosenFor } from '../../failover/rendezvous.ts';
import type { ApiConnection } from '../../host/kubernetes/connection.ts';
import { ApiObjects } from '../../host/kubernetes/objects.ts';
import { Reflector } from '../../host/kubernetes/reflector.ts';

export interface SharingOptions {
  readonly connection: ApiConnection;
  /** Of the agents. */
  readonly namespace: string;
  /** Null while it is not known. */
  readonly ownNode: () => string | null;
  /** Those with an agent that is ready; undefined while they are not known. */
  readonly readyNodes: () => readonly string[] | undefined;
  readonly onResult: (verb: string, result: string) => void;
  /** What another agent published is something else. */
  readonly onChange: () => void;
}

/** The chart makes it, so that agents may change this one and no other. */
const IMPORTS_CONFIG_MAP = 'vipwatch-dhcp-import';

export class ImportSharing {
  readonly #options: SharingOptions;
  readonly #path: string;
  readonly #end = new AbortController();
  readonly #objects: ApiObjects;
  /** By the import's name. */
  #shared = new Map<string, string>();
  /** Why this agent's own cannot be written; null: it can. */
  #problem: string | null = null;

  constructor(options: SharingOptions) {
    this.#options = options;
    const { connection, namespace, onResult } = options;
    const signal = this.#end.signal;
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    this.#path = `${path}/${IMPORTS_CONFIG_MAP}`;
    this.#objects = new ApiObjects({ connection, onResult, signal });
    const set = (object: unknown) => this.#set(object);
    const copy = {
      update: set,
      delete: () => set(undefined),
      startReplace: () => ({ add: (objects: readonly unknown[]) => objects.forEach(set), finish: () => {} }),
      clear: () => set(undefined),
    };
    const selectors = { fieldSelector: `metadata.name=${IMPORTS_CONFIG_MAP}` };
    void new Reflector({ connection, path, selectors, copy, onChange: () => {}, onResult }).run(signal);
  }

  isMine(name: string): boolean {
    const { ownNode, readyNodes } = this.#options;
    const own = ownNode();
    return own !== null && chosenFor(`dhcp-import/${name}`, readyNodes()) === own;
  }

  shared(name: string): string | undefined {
    return this.#shared.get(name);
  }

  get problem(): string | null {
    return this.#problem;
  }

  async publish(name: string, text: string): Promise<void> {
    const answer = await this.#objects.patch(this.#path, { data: { [name]: text } });
    this.#problem = answer.ok ? null : `${answer.problem}: ${answer.detail}`;
  }

  stop(): void {
    this.#end.abort();
  }

  #set(object: unknown): void {
    // A server that does not know the selector gives others as well.
    if (object !== undefined && textAt(object, 'metadata', 'name') !== IMPORTS_CONFIG_MAP) return;
    const data = (object as { readonly data?: unknown } | undefined)?.data;
    const entries = typeof data === 'object' && data !== null ? Object.entries(data) : [];
    this.#shared = new Map(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
    this.#options.onChange();
  }
}
