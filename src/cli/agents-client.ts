// What `vipwatch status`, `findings`, `vips`, `takeovers` and `leases` do: ask all agents, make one view of it, write it.
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { parseDuration } from '../base/duration.ts';
import { MILLISECOND, parseIso } from '../base/time.ts';
import { AgentError } from './agent-answer.ts';
import { type Agent, type Agents, ANSWER_WITHIN, agentAt, agentsOf, type Unasked } from './agents-asked.ts';
import {
  type FindingRow,
  type LeaseRow,
  mergedFindings,
  mergedLeases,
  mergedTakeovers,
  mergedVips,
  type TakeoverRow,
  type VipRow,
} from './agents-merged.ts';
import { type AgentHealth, healthOf, listOf, type Seen } from './agents-seen.ts';
import { findingsText, type Look, leasesText, takeoversText, vipsText } from './agents-text.ts';
import { DEFAULT_SERVER, serverOf } from './server-url.ts';
import { type Status, statusOf } from './status.ts';
import { statusText } from './status-text.ts';
import { type Terminal, UsageError } from './terminal.ts';

export type View = 'status' | 'findings' | 'vips' | 'takeovers' | 'leases';

export interface AgentsArguments {
  readonly server?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly output: 'text' | 'json' | 'yaml';
  readonly watch?: boolean;
  readonly since?: string;
}

/** What one look comes to. */
interface Shown {
  /** One for each line of JSON. */
  readonly rows: readonly object[];
  readonly text: (look: Look, now: number) => string;
  readonly isCritical: boolean;
}

const CRITICAL = 1;
const LOOK_EVERY = 2_000;
const CLEAR = '\u001b[H\u001b[J';

/**
 * Resolves to the exit code: 0; 1 while a critical finding is active, of `status` and `findings`; 2 where nobody could be asked.
 * @param isPlugin of kubectl: a cluster is asked where nothing else is named.
 * @param stopped ends a watch.
 * @throws UsageError, KubeconfigError, AgentError
 */
export async function askAgents(
  view: View,
  options: AgentsArguments,
  terminal: Terminal,
  isPlugin: boolean,
  stopped: AbortSignal,
): Promise<number> {
  const since = options.since === undefined ? null : sinceOf(options.since);
  let last = '';
  for (;;) {
    const { exitCode, text } = await look(view, options, since, terminal, isPlugin);
    if (options.watch !== true) {
      terminal.write(text);
      return exitCode;
    }
    if (terminal.isTerminal && options.output === 'text') terminal.write(`${CLEAR}${text}`);
    else if (text !== last) terminal.write(text);
    last = text;
    await delay(LOOK_EVERY, undefined, { signal: stopped }).catch(() => {});
    if (stopped.aborted || terminal.isUnread) return exitCode;
  }
}

async function look(
  view: View,
  options: AgentsArguments,
  since: string | null,
  terminal: Terminal,
  isPlugin: boolean,
): Promise<{ exitCode: number; text: string }> {
  const { agents, unasked } = await agentsFor(options, isPlugin);
  const notAsked = [...unasked];
  const seen = await shown(view, agents, since, notAsked);
  const whole = notAsked.length < agents.length + unasked.length;
  if (!whole) {
    const reasons = notAsked.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
    throw new AgentError(`Nobody could be asked. ${reasons}${hintOf(options, isPlugin)}`);
  }
  if (view !== 'status')
    for (const { name, reason } of notAsked)
      terminal.complain(`warning: ${name} could not be asked: ${reason}`);
  return { exitCode: seen.isCritical ? CRITICAL : 0, text: written(seen, options.output, terminal) };
}

function written({ rows, text }: Shown, output: AgentsArguments['output'], terminal: Terminal): string {
  if (output === 'json') return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  if (output === 'yaml')
    return rows.map((row) => `---\n${stringify(row, { aliasDuplicateObjects: false })}`).join('');
  return text(terminal, Date.now());
}

async function shown(
  view: View,
  agents: readonly Agent[],
  since: string | null,
  notAsked: Unasked[],
): Promise<Shown> {
  const later = since === null ? '' : `&since=${encodeURIComponent(since)}`;
  const findingsPath = `/api/v1/findings?state=${since === null ? 'active' : 'active,resolved'}${later}`;
  const takeoversPath = `/api/v1/takeovers?${later.slice(1)}`;
  const list =
    <Row>(path: string, key: string) =>
    (agent: Agent) =>
      listOf<Row>(agent, path, key);
  const each = <Row>(ask: (agent: Agent) => Promise<Row[]>) => ofEach(agents, ask, notAsked);
  const isCritical = (rows: readonly FindingRow[]) =>
    rows.some(({ severity, state }) => severity === 'critical' && state === 'active');
  switch (view) {
    case 'findings': {
      const rows = mergedFindings(await each(list<FindingRow>(findingsPath, 'id')));
      return { rows, text: (look, now) => findingsText(rows, look, now), isCritical: isCritical(rows) };
    }
    case 'vips': {
      const rows = mergedVips(await each(list<VipRow>('/api/v1/vips', 'ip')));
      return { rows, text: (look) => vipsText(rows, look), isCritical: false };
    }
    case 'takeovers': {
      const rows = mergedTakeovers(await each(list<TakeoverRow>(takeoversPath, 'ip')));
      return { rows, text: (look) => takeoversText(rows, look), isCritical: false };
    }
    case 'leases': {
      const all = mergedLeases(await each(list<LeaseRow>('/api/v1/leases', 'ip')));
      const rows = since === null ? all : all.filter(({ lastSeen }) => lastSeen >= since);
      return { rows, text: (look) => leasesText(rows, look), isCritical: false };
    }
    case 'status': {
      const status = await statusFrom(agents, takeoversPath, notAsked);
      return {
        rows: [status],
        text: (look, now) => statusText(status, look, now),
        isCritical: isCritical(status.findings),
      };
    }
    default:
      return view satisfies never;
  }
}

async function statusFrom(
  agents: readonly Agent[],
  takeoversPath: string,
  notAsked: Unasked[],
): Promise<Status> {
  interface Answers {
    readonly health: AgentHealth;
    readonly findings: FindingRow[];
    readonly vips: VipRow[];
    readonly takeovers: TakeoverRow[];
  }
  const seen = await ofEach<Answers>(
    agents,
    async (agent) => [
      {
        health: await healthOf(agent),
        findings: await listOf<FindingRow>(agent, '/api/v1/findings', 'id'),
        vips: await listOf<VipRow>(agent, '/api/v1/vips', 'ip'),
        takeovers: await listOf<TakeoverRow>(agent, takeoversPath, 'ip'),
      },
    ],
    notAsked,
  );
  const part = <Row>(of: (answers: Answers) => readonly Row[]): Seen<Row>[] =>
    seen.map(({ agent, rows }) => ({ agent, rows: of(rows[0]!) }));
  return statusOf(
    mergedFindings(part(({ findings }) => findings)),
    mergedVips(part(({ vips }) => vips)),
    mergedTakeovers(part(({ takeovers }) => takeovers)),
    seen.map(({ rows }) => rows[0]!.health),
    notAsked,
  );
}

/** Those that do not answer are added to `notAsked`. */
async function ofEach<Row>(
  agents: readonly Agent[],
  ask: (agent: Agent) => Promise<Row[]>,
  notAsked: Unasked[],
): Promise<Seen<Row>[]> {
  const answers = await Promise.all(
    agents.map(async (agent) => {
      try {
        return [{ agent: agent.name, rows: await ask(agent) }];
      } catch (error) {
        if (!(error instanceof AgentError)) throw error;
        notAsked.push({ name: agent.name, reason: error.message });
        return [];
      }
    }),
  );
  return answers.flat();
}

async function agentsFor(options: AgentsArguments, isPlugin: boolean): Promise<Agents> {
  const { server, kubeconfig, context, namespace } = options;
  const isCluster = kubeconfig !== undefined || context !== undefined || namespace !== undefined || isPlugin;
  if (server !== undefined || !isCluster) {
    if (kubeconfig !== undefined || context !== undefined || namespace !== undefined)
      throw new UsageError(
        '--server names one agent, --kubeconfig, --context and --namespace those of a cluster',
      );
    return agentAt(serverOf(server ?? DEFAULT_SERVER));
  }
  const { UserClient } = await import('../host/kubernetes/user-client.ts');
  const client = new UserClient({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    answerWithinMs: ANSWER_WITHIN,
  });
  return await agentsOf(client, namespace ?? null);
}

function hintOf({ server }: AgentsArguments, isPlugin: boolean): string {
  if (server !== undefined || isPlugin) return '';
  return '. Name another agent by --server, or a cluster by --kubeconfig';
}

/** ISO 8601, UTC. @throws UsageError */
function sinceOf(text: string): string {
  const length = parseDuration(text);
  const at = length === undefined ? parseIso(text) : Date.now() * MILLISECOND - length;
  if (at === undefined)
    throw new UsageError(
      `--since: "${text}" is neither how long ago, such as 90m, 12h or 7d, nor a time with its zone`,
    );
  return new Date(at / MILLISECOND).toISOString();
}
