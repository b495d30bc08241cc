// How soon an agent with 500 VIPs says what it sees, and what it costs while all is well. The lab's clocks are one clock.
// What is told is told by one metric, asked for without a pause: the times include the answer that brought the news.
import { setTimeout as pause } from 'node:timers/promises';
import { Lab } from '../../lab/lab.ts';
import type { LabProcess } from '../../lab/process.ts';
import { type BenchAgent, cpuSecondsOf, startAgent } from './agent.ts';
import { vipOf } from './cluster-objects.ts';
import { megabytes, peakOf, residentOf } from './cost.ts';
import { printTable, type Row } from './table.ts';

const NODES = 3;
const VIPS = 500;
const STEADY_MS = 10_000;
/** Of which the best counts: what others do on a shared machine only ever adds. */
const STEADY_WINDOWS = 4;
const INTRUSIONS = 100;
const ADDED = 20;
const SCRAPES = 50;
const GIVE_UP_MS = 10_000;
const START_MS = 60_000;

await using lab = await Lab.create();
const agent = await startAgent(lab, { nodes: NODES, services: VIPS, readyAgents: 1 });
const pid = await agent.process.pid;
await allUp();

const { load, probes } = await steadyLoad();
const resident = residentOf(pid);

const raised: number[] = [];
for (let service = 1; service <= INTRUSIONS; service += 1) {
  const at = await told(agent.responder, 'intrude', 'intruded', service);
  raised.push((await seen('vipwatch_finding_active', service)) - at);
}
const scrapes: number[] = [];
for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
  const askedAt = performance.now();
  await agent.api.get('/metrics');
  scrapes.push(performance.now() - askedAt);
}
const watched: number[] = [];
const up: number[] = [];
for (let service = VIPS + 1; service <= VIPS + ADDED; service += 1) {
  const at = await told(agent.apiServer, 'add', 'added', service);
  watched.push((await seen('vipwatch_vip_up', service)) - at);
  up.push((await seen('vipwatch_vip_up', service, 1)) - at);
}
const peak = peakOf(pid);
await agent.process.stop();

const ms = (value: number) => `${value.toFixed(0)} ms`;
const within = (what: string, times: readonly number[], most: number): Row => ({
  what,
  measured: `p50 ${ms(quantile(times, 0.5))}, p99 ${ms(quantile(times, 0.99))}, at most ${ms(Math.max(...times))}`,
  limit: { text: `p99 below ${most} ms`, holds: quantile(times, 0.99) < most },
});
printTable(`An agent with ${VIPS} VIPs that others answer for`, [
  {
    what: `CPU while all is well, the best ${STEADY_MS / 1000} of ${(STEADY_WINDOWS * STEADY_MS) / 1000} s`,
    measured: `${(load * 100).toFixed(1)} % of a core, ${probes.toFixed(0)} answers a second`,
    limit: { text: 'below 5 %', holds: load < 0.05 },
  },
  {
    what: 'resident memory',
    measured: `${megabytes(resident).toFixed(0)} MB`,
    limit: { text: 'below 100 MB', holds: megabytes(resident) < 100 },
  },
  { what: 'peak resident memory', measured: `${megabytes(peak).toFixed(0)} MB`, limit: null },
  within(`foreign claim to vipwatch_finding_active, ${INTRUSIONS} times`, raised, 100),
  {
    what: `a scrape of all metrics, ${SCRAPES} times`,
    measured: `p50 ${ms(quantile(scrapes, 0.5))}, p99 ${ms(quantile(scrapes, 0.99))}`,
    limit: null,
  },
  within(`a Service's address to its VIP being watched, ${ADDED} times`, watched, 1000),
  { what: "  to its announcer's first answer", measured: `at most ${ms(Math.max(...up))}`, limit: null },
]);

/** What share of a core it takes, and the answers a second meanwhile. */
async function steadyLoad(): Promise<{ load: number; probes: number }> {
  let best = { load: Number.POSITIVE_INFINITY, probes: 0 };
  for (let window = 0; window < STEADY_WINDOWS; window += 1) {
    const answeredBefore = await answered(agent);
    const before = cpuSecondsOf(pid);
    await pause(STEADY_MS);
    const load = (cpuSecondsOf(pid) - before) / (STEADY_MS / 1000);
    const probes = ((await answered(agent)) - answeredBefore) / (STEADY_MS / 1000);
    if (load < best.load) best = { load, probes };
  }
  return best;
}

/** Gives a command and returns when it was carried out, in milliseconds since the Unix epoch. */
async function told(process: LabProcess, command: string, done: string, service: number): Promise<number> {
  const from = process.output.length;
  process.stdin.write(`${command} ${service}\n`);
  const [, at] = await process.waitForLine(new RegExp(`^${done} ${service} ([\\d.]+)`), { from });
  return Number(at);
}

async function allUp(): Promise<void> {
  for (const until = Date.now() + START_MS; Date.now() < until; await pause(500)) {
    const up = (await agent.api.metrics('vipwatch_vip_up{')).filter((line) => line.endsWith(' 1'));
    if (up.length === VIPS) return;
  }
  throw new Error(`not all VIPs are up within ${START_MS} ms: ${agent.process.describe()}`);
}

/** When a metric first had a series for the VIP of a Service, or one with this value; in milliseconds since the Unix epoch. */
async function seen(metric: string, service: number, value: number | '' = ''): Promise<number> {
  const series = new RegExp(`^${metric}\\{[^}]*\\bip="${vipOf(service)}"[^}]*\\} ${value}`, 'm');
  const now = () => performance.timeOrigin + performance.now();
  for (const until = now() + GIVE_UP_MS; now() < until; ) {
    const { body } = await agent.api.get(`/metrics?name[]=${metric}`);
    if (series.test(body)) return now();
  }
  throw new Error(`no ${series} within ${GIVE_UP_MS} ms: ${agent.process.describe()}`);
}

async function answered({ api }: BenchAgent): Promise<number> {
  const [line = ''] = await api.metrics('vipwatch_probes_total{how="unicast",result="answered"}');
  return Number(line.split(' ')[1]);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
