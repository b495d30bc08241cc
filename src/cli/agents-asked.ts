// The agents that are asked what they see: the one of a URL, or all those of a cluster, through the API server's proxy to Pods.
import { at, items, textAt } from '../base/json.ts';
import type { Asked, Listed } from '../host/kubernetes/user-client.ts';
import { type AgentAnswer, AgentError, parsedAnswer, reasonOf } from './agent-answer.ts';

/** In milliseconds. All are asked at once. */
export const ANSWER_WITHIN = 5_000;
const PODS = '/api/v1/pods?labelSelector=app.kubernetes.io%2Fname%3Dvipwatch';

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

export interface Agents {
  readonly agents: readonly Agent[];
  readonly unasked: readonly Unasked[];
}

/** @param server its path ends in a slash. */
export function agentAt(server: URL): Agents {
  const ask = async (path: string): Promise<AgentAnswer> => {
    try {
      const response = await fetch(new URL(path.slice(1), server), {
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_WITHIN),
      });
      return { status: response.status, body: parsedAnswer(await response.text()) };
    } catch (error) {
      throw new AgentError(reasonOf(error), true);
    }
  };
  return { agents: [{ name: server.host, ask }], unasked: [] };
}

interface ApiServer {
  list(path: string, onItem: (raw: unknown) => void): Promise<Listed>;
  ask(path: string): Promise<Asked>;
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
  const listed = await apiServer.list(path, (raw) => pods.push(raw));
  const where = namespace === null ? 'the cluster' : `the namespace ${namespace}`;
  if (listed.kind === 'failed') {
    const hint =
      namespace === null && listed.reason === 'forbidden' ? '; name the one that you may by --namespace' : '';
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
  const asked = await apiServer.ask(path);
  if (asked.kind === 'failed') throw new AgentError(asked.reason, true);
  const body = parsedAnswer(asked.body);
  // What the API server says itself, because it could not reach the Pod or must not.
  if (textAt(body, 'kind') === 'Status') {
    const said = textAt(body, 'message') ?? `the API server answers ${asked.status}`;
    throw new AgentError(asked.status === 403 ? 'forbidden: it takes the right to get pods/proxy' : said);
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
