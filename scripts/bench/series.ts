// How many series a cluster's agents make, by a scrape of each: three agents, of which two ask for each VIP and the third is
// its announcer's, and a thousand VIPs. docs/metrics.md states the result, and is held against it.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Lab } from '../../lab/lab.ts';
import { startAgents } from './agent.ts';
import { printTable } from './table.ts';

const AGENTS = 3;
const VIPS = 1000;
const MOST_SERIES = 30_000;
const GIVE_UP_MS = 120_000;
/** What an agent meets, the first DHCP message for instance, comes and goes. */
const MOST_DIFFERENCE = 0.1;

const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ');
const [, ofAgent, ofVip] = /(\d+) × agents \+ (\d+) × VIPs/.exec(page)!.map(Number);

await using lab = await Lab.create();
const agents = await startAgents(lab, { nodes: AGENTS, services: VIPS, readyAgents: AGENTS });

/** The series of each agent. */
async function scraped(): Promise<string[][]> {
  const lines = await Promise.all(agents.map(({ api }) => api.metrics('')));
  return lines.map((of) => of.filter((line) => /^\w/.test(line)));
}

const countOf = (name: string) => all.flat().filter((line) => line.startsWith(`${name}{`)).length;
const isOfVip = (line: string) => /[{,]ip="/.test(line);
let all = await scraped();
// Until it is known who announces a VIP, all three ask for it.
const isSettled = () =>
  countOf('vipwatch_vip_up') === AGENTS * VIPS && countOf('vipwatch_vip_info') === (AGENTS - 1) * VIPS;
for (const until = Date.now() + GIVE_UP_MS; !isSettled(); await pause(1000)) {
  if (Date.now() > until) throw new Error(`not settled: ${agents[0]!.process.describe()}`);
  all = await scraped();
}

const ofVips = all.flat().filter(isOfVip);
const others = all.map((lines) => lines.filter((line) => !isOfVip(line)).length);
const byName = Map.groupBy(ofVips, (line) => line.slice(0, line.indexOf('{')));
for (const { process } of agents) await process.stop();
printTable(`Series of ${AGENTS} agents with ${VIPS} VIPs`, [
  {
    what: 'all',
    measured: `${all.flat().length}`,
    limit: { text: `below ${MOST_SERIES}`, holds: all.flat().length < MOST_SERIES },
  },
  {
    what: 'of an agent, whatever the VIPs',
    measured: others.join(', '),
    limit: {
      text: `about ${ofAgent}, as documented`,
      holds: others.every((count) => Math.abs(count / ofAgent! - 1) < MOST_DIFFERENCE),
    },
  },
  {
    what: 'of a VIP',
    measured: (ofVips.length / VIPS).toFixed(2),
    limit: { text: `${ofVip}, as documented`, holds: ofVips.length === ofVip! * VIPS },
  },
  ...[...byName].map(([name, lines]) => ({
    what: `  ${name}`,
    measured: (lines.length / VIPS).toFixed(2),
    limit: null,
  })),
]);
