// What an agent holds in memory in a large cluster: at its start, when all objects are listed at once, while objects change,
// and when it is scraped. `node agent-memory.ts [NODES] [SERVICES]`.
import { setTimeout as pause } from 'node:timers/promises';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from './agent.ts';
import { megabytes, peakOf, residentOf } from './cost.ts';
import { printTable, type Row } from './table.ts';

const MOST_MB = 120;
const SETTLE_MS = 10_000;
const CHANGES_A_SECOND = 100;
const CHURN_MS = 20_000;
/** What a collection that is about to come may still leave. */
const MOST_GROWTH = 1.15;

const [nodes = 1000, services = 10_000] = process.argv.slice(2).map(Number);
await using lab = await Lab.create();
const agent = await startAgent(lab, { nodes, services, readyAgents: nodes });
const pid = await agent.process.pid;
const row = (what: string, mib: number): Row => ({
  what,
  measured: `${megabytes(mib).toFixed(0)} MB`,
  limit: { text: `below ${MOST_MB} MB`, holds: megabytes(mib) < MOST_MB },
});

await pause(SETTLE_MS);
const started = row('peak until settled', peakOf(pid));
const settled = row('settled', residentOf(pid));
agent.apiServer.stdin.write(`churn ${CHANGES_A_SECOND}\n`);
await pause(CHURN_MS);
const early = residentOf(pid);
await pause(CHURN_MS);
const growth = residentOf(pid) / early;
const churned = row(`peak with ${CHANGES_A_SECOND} changes a second`, peakOf(pid));
const { body } = await agent.api.get('/metrics');
const scraped = row(`peak after a scrape of ${(body.length / 1e6).toFixed(1)} MB`, peakOf(pid));
await agent.process.stop();
printTable(`An agent among ${nodes} nodes with ${services} Services`, [
  started,
  settled,
  churned,
  {
    what: 'growth in the second half of the changes',
    measured: `${growth.toFixed(2)}x`,
    limit: { text: `at most ${MOST_GROWTH}x`, holds: growth <= MOST_GROWTH },
  },
  scraped,
]);
