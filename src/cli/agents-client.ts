// What `vipwatch status`, `findings`, `vips`, `takeovers` and `leases` do: ask all agents, make one view of it, write it.
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { parseDuration } from '../base/duration.ts';
import { MILLISECOND, parseIso } from '../base/time.ts';
import { AgentError } from './agent-answer.ts';
import { isFinding, isLease, isTakeover, isVip } from './agent-rows.ts';
import { type Agent, type Agents, finderOf, type Unasked, type Whom } from './agents-asked.ts';
import {
  type FindingRow,
  mergedFindings,
  mergedLeases,
  mergedTakeovers,
  mergedVips,
  type TakeoverRow,
  type VipRow,
} from './agents-merged.ts';
import { type AgentHealth, healthOf, listOf, type Seen } from './agents-seen.ts';
import { findingsText, type Look, leasesText, takeoversText, vipsText } from './agents-text.ts';
import { type Status, statusOf } from './status.ts';
import { statusText } from './status-text.ts';
import { type Terminal, UsageError } from './terminal.ts';

export type View = 'status' | 'findings' | 'vips' | 'takeovers' | 'leases';

export interface AgentsArguments extends Whom {
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
const NOBODY = 2;
const LOOK_EVERY = 2_000;
/** Nothing more is asked of an agent after it, in milliseconds: each answer alone may take its time. */
const ALL_WITHIN = 20_000;
const CLEAR = '\u001b[H\u001b[J';

/**
 * Resolves to the exit code: 0; 1 while a critical finding is active, of `status` and `findings`; 2 where nobody could be asked.
 * @param isPlugin of kubectl: a cluster is asked where nothing else is named.
 * @param stopped ends a watch.
 * @throws UsageError, KubeconfigError, AgentError where there is no watch
 */
export async function askAgents(
  view: View,
  options: AgentsArguments,
  terminal: Terminal,
  isPlugin: boolean,
  stopped: AbortSignal,
): Promise<number> {
  const since = options.since === undefined ? null : sinceOf(options.since);
  const find = await finderOf(options, isPlugin);
  const look = async () => await lookAt(view, await find(), { output: options.output, since }, terminal);
  if (options.watch !== true) {
    const { exitCode, text } = await look();
    terminal.write(text);
    return exitCode;
  }
  const isScreen = terminal.isTerminal && options.output === 'text';
  let last = '';
  for (;;) {
    // An agent that restarts is there again soon.
    const { exitCode, text, failure } = await look().then((seen) => ({ ...seen, failure: null }), failed);
    const shown = failure ?? text;
    if (isScreen) terminal.write(`${CLEAR}${text}${failure === null ? '' : `${failure}\n`}`);
    else if (shown !== last) {
      if (failure === null) terminal.write(text);
      else terminal.complain(failure);
    }
    last = shown;
    await delay(LOOK_EVERY, undefined, { signal: stopped }).catch(() => {});
    if (stopped.aborted || terminal.isUnread) return exitCode;
  }
}

/** What a look comes to that nobody answers. */
function failed(error: unknown): { exitCode: number; text: string; failure: string } {
  if (!(error instanceof AgentError)) throw error;
  return { exitCode: NOBODY, text: '', failure: error.message };
}

/** Once. @throws AgentError where nobody could be asked. */
export async function lookAt(
  view: View,
  { agents, unasked }: Agents,
  { output, since }: { readonly output: AgentsArguments['output']; readonly since: string | null },
  terminal: Terminal,
): Promise<{ exitCode: number; text: string }> {
  const notAsked = [...unasked];
  const seen = await shown(view, agents, since, notAsked);
  if (notAsked.length === agents.length + unasked.length) {
    const reasons = notAsked.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
    throw new AgentError(`No agent could be asked. ${reasons}`);
  }
  if (view !== 'status')
    for (const { name, reason } of notAsked)
      terminal.complain(`warning: ${name} could not be asked: ${reason}`);
  return { exitCode: seen.isCritical ? CRITICAL : 0, text: written(seen, output, terminal) };
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
    <Row>(path: string, isRow: (row: unknown) => row is Row) =>
    (agent: Agent) =>
      listOf(agent, path, isRow);
  const each = <Row>(ask: (agent: Agent) => Promise<Row[]>) => ofEach(agents, ask, notAsked);
  const isCritical = (rows: readonly FindingRow[]) =>
    rows.some(({ severity, state }) => severity === 'critical' && state === 'active');
  switch (view) {
    case 'findings': {
      const rows = mergedFindings(await each(list(findingsPath, isFinding)));
      return { rows, text: (look, now) => findingsText(rows, look, now), isCritical: isCritical(rows) };
    }
    case 'vips': {
      const rows = mergedVips(await each(list('/api/v1/vips', isVip)));
      return { rows, text: (look) => vipsText(rows, look), isCritical: false };
    }
    case 'takeovers': {
      const rows = mergedTakeovers(await each(list(takeoversPath, isTakeover)));
      return { rows, text: (look) => takeoversText(rows, look), isCritical: false };
    }
    case 'leases': {
      const all = mergedLeases(await each(list('/api/v1/leases', isLease)));
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
        findings: await listOf(agent, '/api/v1/findings', isFinding),
        vips: await listOf(agent, '/api/v1/vips', isVip),
        takeovers: await listOf(agent, takeoversPath, isTakeover),
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
  const until = performance.now() + ALL_WITHIN;
  const answers = await Promise.all(
    agents.map(async (agent) => {
      const inTime = async (path: string) => {
        if (performance.now() > until)
          throw new AgentError(`it did not answer completely within ${ALL_WITHIN / 1000} s`, true);
        return await agent.ask(path);
      };
      try {
        return [{ agent: agent.name, rows: await ask({ ...agent, ask: inTime }) }];
      } catch (error) {
        if (!(error instanceof AgentError)) throw error;
        notAsked.push({ name: agent.name, reason: error.message });
        return [];
      }
    }),
  );
  return answers.flat();
}

/** ISO 8601, UTC. @throws UsageError */
function sinceOf(text: string): string {
  const length = parseDuration(text);
  const at = length === undefined ? parseIso(text) : Date.now() * MILLISECOND - length;
  if (at === undefined)
    throw new UsageError(
      `--since: "${text}" is neither a duration such as 90m, 12h or 7d, nor a time with its zone`,
    );
  return new Date(at / MILLISECOND).toISOString();
}
