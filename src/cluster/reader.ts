// Joins the cluster's state with the API that tells of it: what is intended, how far that can be trusted, and this node's own
// interfaces for the others to see. Loaded only where intent comes from Kubernetes.

import { type Micros, SECOND } from '../base/time.ts';
import { type ApiAccess, kubeconfigAccess, serviceAccountAccess } from '../host/kubernetes/access.ts';
import { AccessReview } from '../host/kubernetes/access-review.ts';
import { Annotator } from '../host/kubernetes/annotator.ts';
import { ApiConnection } from '../host/kubernetes/connection.ts';
import { Reflector } from '../host/kubernetes/reflector.ts';
import type { Intent, NodeInterface } from '../intent/intent.ts';
import type { IpRange } from '../net/range.ts';
import type { AgentPods, IntentHealth, IntentProblem, RequestCount } from './health.ts';
import { INTERFACES_ANNOTATION, writeInterfaces } from './objects/agent.ts';
import { type Kind, watchedKinds } from './objects/resources.ts';
import type { SpeakerObject, SpeakerSettings } from './objects/speaker.ts';
import { ClusterState } from './state.ts';

/** Who this agent is; by the downward API. */
export interface OwnPod {
  readonly name: string;
  readonly namespace: string;
}

export interface KubernetesIntentOptions {
  /** Null: this Pod's service account. */
  readonly kubeconfig: string | null;
  readonly apiServer: { readonly host: string; readonly port: string };
  /** Where MetalLB runs. */
  readonly metallbNamespace: string;
  /** Null outside a Pod: nothing is published then. */
  readonly pod: OwnPod | null;
  readonly now: () => Micros;
  /** Something may be different; called for every object, so that the caller gathers changes. */
  readonly onChange: () => void;
}

/** Where the agents are looked for by an agent that is in no Pod itself. */
const AGENTS_NAMESPACE = 'vipwatch';
/** What RBAC calls the failover tests. */
const FAILOVER_TESTS = { group: 'vipwatch.dev', resource: 'failovertests' };
/** Without these there is nothing to judge by. */
const FOUNDATION: readonly Kind[] = ['services', 'pools', 'nodes'];
/** At the start the other kinds are waited for so long: one that the API fails to serve must not hold up the rest. */
const PATIENCE = 10 * SECOND;

export class KubernetesIntent {
  /** Who may ask for failover tests. */
  readonly review: AccessReview;
  readonly #now: () => Micros;
  readonly #state = new ClusterState();
  readonly connection: ApiConnection;
  /** Counts a request. */
  readonly onResult: (verb: string, result: string) => void;
  readonly #pod: OwnPod | null;
  readonly #reflectors: ReadonlyMap<Kind, Reflector>;
  readonly #annotator: Annotator | undefined;
  readonly #end = new AbortController();
  readonly #requests = new Map<string, number>();
  readonly #startedAt: Micros;
  #heardAt: Micros | null = null;
  #confirmedAt: Micros | null = null;
  #complete = false;

  /** Asks the API at once. @throws KubeconfigError */
  constructor({ kubeconfig, apiServer, metallbNamespace, pod, now, onChange }: KubernetesIntentOptions) {
    this.#now = now;
    this.#startedAt = now();
    const access: ApiAccess =
      kubeconfig === null ? serviceAccountAccess(apiServer) : kubeconfigAccess(kubeconfig);
    this.connection = new ApiConnection(access, () => {
      this.#heardAt = now();
      this.confirmedAt();
    });
    this.#pod = pod;
    const onResult = (verb: string, result: string) => {
      const key = `${verb} ${result}`;
      this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    };
    this.onResult = onResult;
    const namespace = pod?.namespace ?? AGENTS_NAMESPACE;
    this.review = new AccessReview({
      connection: this.connection,
      resource: { ...FAILOVER_TESTS, namespace },
      now,
      onResult,
    });
    const kinds = watchedKinds({ metallb: metallbNamespace, agents: namespace });
    this.#reflectors = new Map(
      (Object.keys(kinds) as Kind[]).map((kind) => {
        const { path, ...selectors } = kinds[kind];
        const copy = this.#copyOf(kind, onChange);
        const connection = this.connection;
        return [kind, new Reflector({ connection, path, selectors, copy, onChange, onResult })];
      }),
    );
    if (pod)
      this.#annotator = new Annotator(
        {
          connection: this.connection,
          namespace: pod.namespace,
          pod: pod.name,
          annotation: INTERFACES_ANNOTATION,
          onResult,
        },
        this.#end.signal,
      );
    for (const reflector of this.#reflectors.values()) void reflector.run(this.#end.signal);
  }

  /** What was last known; null until the picture is whole for the first time. The same object while nothing changed. */
  intent(): Intent | null {
    return this.isWhole() ? this.#state.intent() : null;
  }

  /** Whether there is an intent. */
  isWhole(): boolean {
    this.#complete ||= this.#isComplete();
    return this.#complete;
  }

  /** When the picture may become whole by patience alone; Infinity once it is. */
  nextAt(): Micros {
    return this.#complete ? Number.POSITIVE_INFINITY : this.#startedAt + PATIENCE;
  }

  publish(interfaces: readonly NodeInterface[]): void {
    this.#annotator?.set(writeInterfaces(interfaces));
  }

  /** Null while this agent's Pod is not known, or there is none. */
  ownNode(): string | null {
    return (this.#pod && this.#state.nodeOfAgent(this.#pod.namespace, this.#pod.name)) ?? null;
  }

  /** Of an agent's Pod, by its name. */
  livenessOf(pod: string): ReturnType<ClusterState['livenessOfAgent']> {
    return this.#state.livenessOfAgent(this.#pod?.namespace ?? AGENTS_NAMESPACE, pod);
  }

  /** The nodes on which an agent is ready; undefined while they are not known. */
  readyAgentNodes(): string[] | undefined {
    return this.#state.readyAgentNodes();
  }

  /** Null while they are not known. */
  agentPods(): AgentPods | null {
    const unreadySinceMs = this.#state.longestUnreadyAgentSince();
    return unreadySinceMs === undefined ? null : { unreadySinceMs };
  }

  speakerOn(node: string): SpeakerObject | undefined {
    return this.#state.speakerOn(node);
  }

  testMarks(): ReturnType<ClusterState['testMarks']> {
    return this.#state.testMarks();
  }

  /** The networks that Pods have their addresses from, as far as the nodes tell. */
  podNetworks(): IpRange[] {
    return this.#state.podNetworks();
  }

  speakerSettings(): SpeakerSettings | null {
    return this.#state.speakerSettings();
  }

  /** @param ofTests what keeps failover tests from being read. */
  health(ofTests: Omit<IntentProblem, 'kind'> | null = null): IntentHealth {
    const problems = this.#problems();
    if (ofTests) problems.push({ kind: 'failoverTests', ...ofTests });
    return {
      confirmedAt: this.confirmedAt(),
      problems,
      doubts: this.#complete ? this.#state.doubts() : [],
      unjudged: this.#complete ? this.#state.unjudged() : [],
      skipped: this.#complete ? this.#state.skipped() : [],
    };
  }

  /**
   * When what is known was last what the API holds: with open watches on a connection that lives, at its last sign of life.
   * Null before it was known.
   */
  confirmedAt(): Micros | null {
    if (!this.#complete) return null;
    const unlisted = new Set(this.#state.unlisted());
    const current = [...this.#reflectors].every(
      ([kind, { state }]) => state.watching || (unlisted.has(kind) && state.settled),
    );
    if (current && this.#heardAt !== null) this.#confirmedAt = this.#heardAt;
    return this.#confirmedAt;
  }

  requests(): RequestCount[] {
    return [...this.#requests].map(([key, count]) => {
      const [verb = '', result = ''] = key.split(' ');
      return { verb, result, count };
    });
  }

  stop(): void {
    this.#end.abort();
    this.connection.close();
  }

  #copyOf(kind: Kind, onChange: () => void) {
    const tell = (changed: boolean) => {
      if (changed) onChange();
    };
    return {
      update: (object: unknown) => tell(this.#state.update(kind, object)),
      delete: (namespace: string, name: string) => tell(this.#state.delete(kind, namespace, name)),
      startReplace: () => {
        const replacement = this.#state.startReplace(kind);
        return {
          add: (objects: readonly unknown[]) => tell(replacement.add(objects)),
          finish: () => tell(replacement.finish()),
        };
      },
      clear: () => tell(this.#state.clear(kind)),
    };
  }

  #isComplete(): boolean {
    const settled = (kind: Kind) => this.#reflectors.get(kind)!.state.settled;
    if (!FOUNDATION.every(settled)) return false;
    return [...this.#reflectors.keys()].every(settled) || this.#now() >= this.#startedAt + PATIENCE;
  }

  #problems(): IntentProblem[] {
    const unlisted = new Set(this.#state.unlisted());
    const problems = [...this.#reflectors].flatMap(([kind, { state }]): IntentProblem[] => {
      const listed = !unlisted.has(kind);
      if (state.problem === null && listed) return [];
      return [{ kind, listed, reason: state.problem ?? 'waiting', detail: state.detail }];
    });
    const unpublished = this.#annotator?.problem ?? null;
    if (unpublished !== null)
      problems.push({ kind: 'own-annotation', listed: false, reason: unpublished, detail: null });
    return problems;
  }
}
