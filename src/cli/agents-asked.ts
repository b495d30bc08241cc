// The agents that are asked what they see: the one of a URL, or all those of a cluster, through the API server's proxy to Pods.
import { at, items, textAt } from '../base/json.ts';
import type { Lists } from '../host/kubernetes/listed.ts';
import type { Asked } from '../host/kubernetes/user-client.ts';
import {
  type AgentAnswer,
  AgentError,
  answerIn,
  MAX_ANSWER,
  parsedAnswer,
  reasonOf,
} from './agent-answer.ts';
import { DEFAULT_SERVER, serverOf } from './server-url.ts';
import { UsageError } from './terminal.ts';

/** In milliseconds. All are asked at once. */
const ANSWER_WITHIN = 5_000;
const PODS = '/api/v1/pods?labelSelector=app.kubernetes.io%2Fname%3Dvipwatch';

const ELSEWHERE = '. Name another agent with --server, or a cluster with --kubeconfig';

export interface Agent {
  /** Of its node, or as it is asked for. */
  readonly name: string;
  /** @throws AgentError where nobody answers. */
  readonly ask: (path: string) => Promise<AgentAnswer>;
}

/** One that is there and cannot be asked. */
export interface Unasked {
  readonly name: string;
  readonly reason: string;
}

/** As the command line names them. */
export interface Whom {
  readonly server?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

export interface Agents {
  readonly agents: readonly Agent[];
  readonly unasked: readonly Unasked[];
}

/**
 * Which agents there are, whenever that is asked; it throws AgentError.
 * @param isPlugin of kubectl: a cluster is asked where nothing else is named.
 * @throws UsageError, KubeconfigError
 */
export async function finderOf(options: Whom, isPlugin: boolean): Promise<() => Promise<Agents>> {
  const { server, kubeconfig, context, namespace } = options;
  const isCluster = kubeconfig !== undefined || context !== undefined || namespace !== undefined || isPlugin;
  if (server !== undefined || !isCluster) {
    if (kubeconfig !== undefined || context !== undefined || namespace !== undefined)
      throw new UsageError(
        '--server names one agent, --kubeconfig, --context and --namespace those of a cluster',
      );
    const one = agentAt(serverOf(server ?? DEFAULT_SERVER), server === undefined ? ELSEWHERE : '');
    return async () => one;
  }
  const { UserClient } = await import('../host/kubernetes/user-client.ts');
  const client = new UserClient({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    answerWithinMs: ANSWER_WITHIN,
  });
  return async () => await agentsOf(client, namespace ?? null);
}

/**
 * @param server its path ends in a slash.
 * @param hint what else to do where it does not answer.
 */
export function agentAt(server: URL, hint = ''): Agents {
  const ask = async (path: string): Promise<AgentAnswer> => {
    try {
      const response = await fetch(new URL(path.slice(1), server), {
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_WITHIN),
      });
      return await answerIn(response);
    } catch (error) {
      throw new AgentError(`${reasonOf(error)}${hint}`, true);
    }
  };
  return { agents: [{ name: server.host, ask }], unasked: [] };
}

export interface ApiServer extends Lists {
  ask(path: string, mostBytes: number): Promise<Asked>;
}

/**
 * One for each Pod of vipwatch.
 * @param namespace where they run; null: wherever.
 * @throws AgentError where the Pods cannot be listed, or there are none.
 */
export async function agentsOf(apiServer: ApiServer, namespace: string | null): Promise<Agents> {
  const pods: unknown[] = [];
  const path =
    namespace === null ? PODS : PODS.replace('/pods', `/namespaces/${encodeURIComponent(namespace)}/pods`);
  const listed = await apiServer.list(path, (raw) => pods.push(raw) > 0);
  const where = namespace === null ? 'the cluster' : `the namespace ${namespace}`;
  if (listed.kind === 'failed') {
    const hint =
      namespace === null && listed.reason === 'forbidden'
        ? '; name one that you may read with --namespace'
        : '';
    throw new AgentError(`Cannot list the Pods of ${where}: ${listed.reason}${hint}`);
  }
  const agents: Agent[] = [];
  const unasked: Unasked[] = [];
  for (const pod of pods) {
    const port = httpPortOf(pod);
    if (port === undefined) continue;
    const name = textAt(pod, 'spec', 'nodeName') ?? textAt(pod, 'metadata', 'name') ?? 'a Pod';
    const phase = textAt(pod, 'status', 'phase') ?? 'Pending';
    const isEnding = textAt(pod, 'metadata', 'deletionTimestamp') !== undefined;
    if (phase !== 'Running' || isEnding)
      unasked.push({ name, reason: `its Pod is ${isEnding ? 'ending' : phase}` });
    else agents.push({ name, ask: (route) => throughProxy(apiServer, proxyOf(pod, port) + route) });
  }
  if (agents.length + unasked.length === 0) throw new AgentError(`There is no Pod of vipwatch in ${where}`);
  return { agents: agents.toSorted(byName), unasked: unasked.toSorted(byName) };
}

async function throughProxy(apiServer: ApiServer, path: string): Promise<AgentAnswer> {
  const asked = await apiServer.ask(path, MAX_ANSWER);
  if (asked.kind === 'failed') throw new AgentError(asked.reason, true);
  const body = parsedAnswer(asked.body);
  // What the API server says itself, because it could not reach the Pod or must not.
  if (textAt(body, 'kind') === 'Status') {
    const said = textAt(body, 'message') ?? `the API server answers ${asked.status}`;
    throw new AgentError(asked.status === 403 ? 'forbidden: you need the right to get pods/proxy' : said);
  }
  if (body === undefined && asked.status >= 500)
    throw new AgentError(`the API server cannot reach it (${asked.status})`);
  return { status: asked.status, body };
}

/** Undefined for a Pod that is no agent: others of a release may have the labels of the chart, too. */
function httpPortOf(pod: unknown): number | undefined {
  const ports = items(at(pod, 'spec', 'containers')).flatMap((container) => items(at(container, 'ports')));
  const port = at(
    ports.find((one) => textAt(one, 'name') === 'http'),
    'containerPort',
  );
  return typeof port === 'number' ? port : undefined;
}

function proxyOf(pod: unknown, port: number): string {
  const part = (...path: string[]) => encodeURIComponent(textAt(pod, 'metadata', ...path) ?? '');
  return `/api/v1/namespaces/${part('namespace')}/pods/${part('name')}:${port}/proxy`;
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}
