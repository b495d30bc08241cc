// The Kubernetes API, as far as it is watched: objects that change, and watchers that hear of it sooner or later, or not at all
// while it is away.
import { MILLISECOND, type Micros, SECOND } from '../../src/base/time.ts';
import { idOfObject } from '../../src/cluster/objects/object-id.ts';
import { type Kind, watchedKinds } from '../../src/cluster/objects/resources.ts';
import { ClusterState } from '../../src/cluster/state.ts';
import type { EventQueue } from './events.ts';
import type { Random } from './random.ts';

const KINDS = Object.keys(watchedKinds({ metallb: 'metallb-system', agents: 'vipwatch' })) as Kind[];

export class ClusterApi {
  readonly objects: Readonly<Record<Kind, Map<string, unknown>>>;
  readonly #watches = new Set<ApiWatch>();
  #away = false;
  readonly #waiting: (() => void)[] = [];

  constructor() {
    this.objects = Object.fromEntries(KINDS.map((kind) => [kind, new Map()])) as ClusterApi['objects'];
  }

  get away(): boolean {
    return this.#away;
  }

  /** @throws {TypeError} for an object without a name. */
  put(kind: Kind, object: unknown): void {
    this.objects[kind].set(keyOf(object), object);
    for (const watch of this.#watches) watch.changed(kind, object);
  }

  remove(kind: Kind, namespace: string, name: string): void {
    if (!this.objects[kind].delete(`${namespace}/${name}`)) return;
    for (const watch of this.#watches) watch.removed(kind, namespace, name);
  }

  /** Nothing can be read or watched; what is changed meanwhile is there afterwards. */
  leave(): void {
    this.#away = true;
    for (const watch of this.#watches) watch.lose();
  }

  comeBack(): void {
    this.#away = false;
    for (const watch of this.#watches) watch.list();
    for (const run of this.#waiting.splice(0)) run();
  }

  /** Now, or once it is back. */
  whenThere(run: () => void): void {
    if (this.#away) this.#waiting.push(run);
    else run();
  }

  join(watch: ApiWatch): void {
    this.#watches.add(watch);
  }

  drop(watch: ApiWatch): void {
    this.#watches.delete(watch);
  }
}

interface ApiWatchOptions {
  readonly api: ClusterApi;
  readonly queue: EventQueue;
  readonly random: Random;
  /** Told of every object, and of nothing more where it is only a sign of life. */
  readonly onChange: () => void;
}

const LIST_TAKES = [50 * MILLISECOND, 300 * MILLISECOND] as const;
const RETRY_AFTER = [SECOND / 2, 3 * SECOND] as const;
const CHANGE_TAKES = [3 * MILLISECOND, 60 * MILLISECOND] as const;
/** HTTP/2 pings. */
const SIGN_OF_LIFE = 10 * SECOND;

/** One agent's reflectors, all of them together. */
export class ApiWatch {
  readonly state = new ClusterState();
  /** When this was last what the API holds; null: never yet. */
  confirmedAt: Micros | null = null;
  /** So much later than usual. */
  late: Micros = 0;
  readonly #options: ApiWatchOptions;
  #current = false;
  #lastAt: Micros = 0;
  /** Another number once what is on its way is to be dropped. */
  #connection = 0;

  constructor(options: ApiWatchOptions) {
    this.#options = options;
    options.api.join(this);
    this.list();
    this.#live();
  }

  get known(): boolean {
    return this.confirmedAt !== null;
  }

  list(): void {
    const { api, queue, random, onChange } = this.#options;
    this.lose();
    if (api.away) return;
    const takes = this.known ? random.between(...RETRY_AFTER) : random.between(...LIST_TAKES);
    this.#deliver(takes, () => {
      for (const kind of KINDS) this.state.replace(kind, api.objects[kind].values());
      this.#current = true;
      this.confirmedAt = queue.now;
      onChange();
    });
  }

  changed(kind: Kind, object: unknown): void {
    this.#told(() => this.state.update(kind, object));
  }

  removed(kind: Kind, namespace: string, name: string): void {
    this.#told(() => this.state.delete(kind, namespace, name));
  }

  lose(): void {
    this.#connection += 1;
    this.#current = false;
  }

  stop(): void {
    this.lose();
    this.#options.api.drop(this);
  }

  #told(take: () => boolean): void {
    // Before the list is there, it holds the change itself.
    if (!this.#current) return;
    this.#deliver(this.#options.random.between(...CHANGE_TAKES) + this.late, () => {
      this.confirmedAt = this.#options.queue.now;
      if (take()) this.#options.onChange();
    });
  }

  #deliver(takes: Micros, run: () => void): void {
    const { queue } = this.#options;
    const connection = this.#connection;
    this.#lastAt = Math.max(queue.now + takes, this.#lastAt);
    queue.at(this.#lastAt, () => {
      if (connection === this.#connection) run();
    });
  }

  #live(): void {
    this.#options.queue.after(SIGN_OF_LIFE, () => {
      if (this.#current) this.confirmedAt = this.#options.queue.now;
      this.#live();
    });
  }
}

function keyOf(object: unknown): string {
  const id = idOfObject(object);
  if (!id) throw new TypeError('The object has no name');
  return `${id.namespace}/${id.name}`;
}
