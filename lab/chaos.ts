// `make chaos`: everything that may go wrong at the same time, while real conflicts are played that must be found. A table at the
// end; exit code 1 where one was missed, something false was said, or a bound was crossed. lab/chaos/README.md tells more.
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { printTable } from '../scripts/bench/table.ts';
import type { ChaosAgent } from './chaos/agent.ts';
import { Oracle, type Played, textOf } from './chaos/oracle.ts';
import { type AgentName, makePlan, type NodeTrouble, type Step } from './chaos/plan.ts';
import { buildSite } from './chaos/site.ts';
import { flood, troubleNode, troubleOutside } from './chaos/troubles.ts';
import { Watch } from './chaos/watch.ts';
import { Lab } from './lab.ts';
import { Random } from './world/random.ts';

const MIB = 1024 * 1024;
const MOST_RESIDENT = 150 * MIB;
const MOST_DROPPED = 0.01;
/** Until an agent that was stopped, or lost its interface, hears as before. Milliseconds. */
const RECOVERED_AFTER_MS = 6000;
/** What was found so long before a kill is in the journal. */
const WRITTEN_AFTER_MS = 20_000;
/** Longer than the plan by so much, it hangs. */
const GRACE_MS = 180_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now()) },
    calm: { type: 'boolean', default: false },
  },
});
const length = Number(values.minutes) * 60;
// Conflicts alone try the oracle: all of them are to be found.
const plan = makePlan(new Random(values.seed), length).filter(
  ({ kind }) => !values.calm || kind === 'conflict',
);
// Whatever hangs: the lab ends with this process.
setTimeout(
  () => {
    console.error('chaos: it does not end');
    process.exit(1);
  },
  length * 1000 + GRACE_MS,
).unref();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

console.log(`chaos: ${values.minutes} minutes, seed ${values.seed}, ${plan.length} steps`);
await using lab = await Lab.create();
const site = await buildSite(lab);
const agents: readonly ChaosAgent[] = [site.cluster, site.list];
const troubled = new Map<AgentName, Promise<void>>();
const silences: [from: number, to: number][] = [];
let diskFullUntil = 0;
const lost: string[] = [];
let forgotten = 0;
let kills = 0;
let neverReady = 0;

const oracle = new Oracle(site, (agent) => troubled.get(agent) ?? null);
const watches = agents.map(
  (agent) =>
    new Watch(
      agent,
      () => troubled.has(agent.name),
      (at) => silences.some(([from, to]) => at > from && at < to),
    ),
);
const watching = watches.map((watch) => watch.run());
const running = new Set<Promise<void>>();

const begun = Date.now();
for (const step of plan) {
  await pause(Math.max(0, begun + step.at * 1000 - Date.now()));
  act(step);
}
await pause(Math.max(0, begun + length * 1000 - Date.now()));
await Promise.all(running);
await oracle.settled();
for (const watch of watches) watch.end();
await Promise.all(watching);
for (const watch of watches) await watch.judgeMachines();
for (const agent of agents) {
  const found = oracle.played.filter(({ ids }) => ids.has(agent.name)).length;
  forgotten += found - (await stillKnown(agent, Number.POSITIVE_INFINITY)).length;
}
report(await oracle.unresolved());
process.exit();

function act(step: Step): void {
  console.log(`${String(step.at).padStart(5)} s  ${described(step)}`);
  switch (step.kind) {
    case 'flood':
      return flood(site, step, `${values.seed}/${step.at}`);
    case 'conflict':
      if (step.conflict === 'silent-vip')
        silences.push([Date.now(), Date.now() + (step.seconds + 10) * 1000]);
      return oracle.play(step);
    case 'stall':
    case 'flap':
    case 'rename':
    case 'move':
    case 'kill':
      return follow(upset(step));
    default:
      if (step.kind === 'disk-full') diskFullUntil = Date.now() + (step.seconds + 30) * 1000;
      return follow(troubleOutside(site, step));
  }
}

function follow(work: Promise<void>): void {
  running.add(work);
  void work.finally(() => running.delete(work));
}

/** The agent is excused until it is over and it hears again; of a stall, until it goes on. */
async function upset(step: NodeTrouble): Promise<void> {
  const agent = step.agent === 'cluster' ? site.cluster : site.list;
  const killedAt = Date.now();
  const known = step.kind === 'kill' ? await stillKnown(agent, killedAt - WRITTEN_AFTER_MS) : [];
  const over = troubleNode(agent, step).then(async () => {
    if (step.kind === 'kill') {
      kills += 1;
      if (!(await agent.untilReady())) neverReady += 1;
      if (killedAt > diskFullUntil) await checkKept(agent, known);
    }
    await pause(step.kind === 'stall' ? 0 : RECOVERED_AFTER_MS);
  });
  troubled.set(agent.name, over);
  await over;
  if (step.kind === 'stall') await pause(RECOVERED_AFTER_MS);
  if (troubled.get(agent.name) === over) troubled.delete(agent.name);
}

/** Of the conflicts that it found, those played before then that it knows still. */
async function stillKnown(agent: ChaosAgent, before: number): Promise<Played[]> {
  const known: Played[] = [];
  for (const played of oracle.played) {
    const id = played.ids.get(agent.name);
    if (id === undefined || played.at > before) continue;
    const { status } = await agent.api
      .get(`/api/v1/findings/${encodeURIComponent(id)}`)
      .catch(() => ({ status: 0 }));
    if (status === 200) known.push(played);
  }
  return known;
}

/** What it knew when it was killed it knows again. */
async function checkKept(agent: ChaosAgent, known: readonly Played[]): Promise<void> {
  const kept = await stillKnown(agent, Number.POSITIVE_INFINITY);
  for (const played of known)
    if (!kept.includes(played)) lost.push(`${agent.name}: ${textOf(played.conflict)}`);
}

function described(step: Step): string {
  if (step.kind === 'conflict') return `CONFLICT ${textOf(step)}`;
  if (step.kind === 'flood') return `flood ${step.flood}, ${step.rate}/s for ${step.seconds} s`;
  return `${step.kind}${'agent' in step ? ` of ${step.agent}` : ''} for ${step.seconds} s`;
}

function report(unresolved: readonly string[]): void {
  for (const line of watches.flatMap(({ falseOnes }) => falseOnes).slice(0, 40))
    console.log(`  FALSE ${line}`);
  for (const line of unresolved) console.log(`  NOT RESOLVED ${line}`);
  for (const line of new Set(lost)) console.log(`  LOST ${line}`);
  const found = (agent: ChaosAgent) =>
    oracle.played.filter(({ foundAfter }) => typeof foundAfter.get(agent.name) === 'number').length;
  const played = oracle.played.length;
  const rows = agents.flatMap((agent, i) => {
    const watch = watches[i]!;
    const share = watch.dropped / Math.max(1, watch.frames + watch.dropped);
    const slowest = Math.max(0, ...oracle.played.map(({ foundAfter }) => foundAfter.get(agent.name) ?? 0));
    const { p99, unanswered } = watch.slowest;
    const row = (what: string, measured: string, text: string, holds: boolean) => ({
      what: `${agent.name}: ${what}`,
      measured,
      limit: { text, holds },
    });
    return [
      row(
        'found in time',
        `${found(agent)} of ${played}, the slowest after ${slowest} ms`,
        'all',
        found(agent) === played,
      ),
      row('false', `${watch.falseOnes.length}`, 'none', watch.falseOnes.length === 0),
      row(
        'dropped, nothing deliberate',
        `${watch.dropped} of ${watch.frames + watch.dropped} (${(share * 100).toFixed(2)} %)`,
        'below 1 %',
        share < MOST_DROPPED,
      ),
      row(
        'resident, at most',
        `${Math.round(watch.peak.all / MIB)} MiB, ${Math.round(watch.peak.anonymous / MIB)} of no file, after ${Math.round((watch.peak.at - begun) / 1000)} s`,
        'below 150 MiB',
        watch.peak.all < MOST_RESIDENT,
      ),
      row('ended by itself', `${agent.restarts}`, 'never', agent.restarts === 0),
      {
        what: `${agent.name}: /healthz`,
        measured: `p99 ${Math.round(p99)} ms, ${unanswered} unanswered`,
        limit: null,
      },
    ];
  });
  printTable(`Chaos, seed ${values.seed}, ${values.minutes} minutes`, [
    { what: 'conflicts played', measured: `${played}`, limit: null },
    {
      what: 'killed on purpose',
      measured: `${kills}, not ready again within a minute: ${neverReady}`,
      limit: { text: 'none', holds: neverReady === 0 },
    },
    ...rows,
    {
      what: 'resolved',
      measured: `all but ${unresolved.length}`,
      limit: { text: 'all', holds: unresolved.length === 0 },
    },
    {
      what: 'lost rows of the journal',
      measured: `${new Set(lost).size}`,
      limit: { text: 'none', holds: lost.length === 0 },
    },
    { what: 'forgotten for what came later', measured: `${forgotten}`, limit: null },
  ]);
}
