// What each agent answers to one command: its lists, whole, and whether it is ready.
import { at, items, textAt } from '../base/json.ts';
import { AgentError, problemIn } from './agent-answer.ts';
import type { Agent } from './agents-asked.ts';

/** Rows; beyond it nobody reads them, and an answer without end is none. */
const MAX_ROWS = 20_000;

/** Rows of one list as one agent has them. */
export interface Seen<Row> {
  readonly agent: string;
  readonly rows: readonly Row[];
}

/** How an agent is. */
export interface AgentHealth {
  readonly name: string;
  readonly version: string | null;
  readonly ready: boolean;
  /** What it cannot do or judge, in its own words. */
  readonly problems: readonly string[];
}

/**
 * The rows of a list, page by page.
 * @param isRow whether it has what is read of a row.
 * @throws AgentError
 */
export async function listOf<Row>(
  agent: Agent,
  path: string,
  isRow: (row: unknown) => row is Row,
): Promise<Row[]> {
  const rows: Row[] = [];
  const asked = new Set<string>();
  let cursor = '';
  do {
    const { status, body } = await agent.ask(`${path}${path.includes('?') ? '&' : '?'}limit=1000${cursor}`);
    const page = at(body, 'items');
    if (status !== 200 || !Array.isArray(page)) throw new AgentError(refusal(status, body));
    for (const row of page) {
      if (!isRow(row)) throw new AgentError(`its answer to ${path} has a malformed row`);
      rows.push(row);
    }
    if (page.length === 0) break;
    asked.add(cursor);
    const next = textAt(body, 'next');
    cursor = next === undefined ? '' : `&cursor=${encodeURIComponent(next)}`;
    if (cursor !== '' && asked.has(cursor)) throw new AgentError(`its answer to ${path} never ends`);
  } while (cursor !== '' && rows.length < MAX_ROWS);
  return rows;
}

/** @throws AgentError */
export async function healthOf(agent: Agent): Promise<AgentHealth> {
  const { status, body } = await agent.ask('/readyz');
  const ready = at(body, 'ready');
  if (typeof ready !== 'boolean') throw new AgentError(refusal(status, body));
  const index = await agent.ask('/api/v1');
  return {
    name: agent.name,
    version: textAt(index.body, 'version') ?? null,
    ready,
    problems: problemsIn(body, ready),
  };
}

function problemsIn(readiness: unknown, ready: boolean): string[] {
  const texts = (value: unknown) => items(value).filter((text) => typeof text === 'string');
  const configuration = textAt(readiness, 'configuration', 'problem');
  const journal = textAt(readiness, 'journal', 'problem');
  return [
    ...(ready ? [] : [`not ready: ${problemIn(readiness) ?? 'it does not say why'}`]),
    ...items(at(readiness, 'capture', 'interfaces'))
      .filter((one) => ready && at(one, 'up') === false)
      .map((one) => `its interface ${textAt(one, 'name') ?? ''} is down`),
    ...items(at(readiness, 'intent', 'problems')).map(
      (one) =>
        `cannot read ${textAt(one, 'kind') ?? ''} of the Kubernetes API: ${textAt(one, 'reason') ?? ''}`,
    ),
    ...texts(at(readiness, 'intent', 'doubts')),
    ...(configuration === undefined ? [] : [`its configuration file is ${configuration}`]),
    ...(journal === undefined ? [] : [`its journal cannot be written: ${journal}`]),
  ];
}

function refusal(status: number, body: unknown): string {
  const said = problemIn(body);
  return said === undefined
    ? `the server there is not a vipwatch agent (status ${status})`
    : `it answers ${status}: ${said}`;
}
