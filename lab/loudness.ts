// How loud the agents are together, as the table of docs/config.md says it: `node lab/loudness.ts` prints it, and `--write` puts it
// there.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Micros, SECOND } from '../src/base/time.ts';
import { Swarm } from './swarm.ts';

const PAGE = join(import.meta.dirname, '../docs/config.md');
const BEGIN = '<!-- by lab/loudness.ts -->\n';
const END = '<!-- end -->\n';
const ALL_VIPS = [3, 100, 1_000, 10_000];
const ALL_NODES = [3, 100, 1_000];
/** On the node that dies, as far as there are. */
const ON_NODE = 300;
/** All have swept once, as far as the budget allows. */
const WARM: Micros = 90 * SECOND;
const REST: Micros = 60 * SECOND;
/** MetalLB needs so long to notice that a node is gone. */
const AWAY: Micros = 8 * SECOND;
const AFTER: Micros = 70 * SECOND;

interface Loudness {
  /** Questions to everybody, and polls that nobody gets, a second. */
  readonly rest: number;
  readonly oneVip: Disturbance;
  readonly oneNode: Disturbance;
}

interface Disturbance {
  readonly most: number;
  /** Within 10 s, */
  readonly first: number;
  /** and a second, within the minute after them. */
  readonly later: number;
}

export function loudness(vips: number, nodes: number): Loudness {
  const calm = new Swarm({ vips, nodes, onFirst: 1 });
  calm.play(WARM + REST);
  const rest = calm.count(WARM, WARM + REST) / (REST / SECOND);
  const oneVip = disturbed(calm);
  const many = new Swarm({ vips, nodes, onFirst: Math.min(ON_NODE, vips) });
  many.play(WARM);
  return { rest, oneVip, oneNode: disturbed(many) };
}

/** The first node dies, and the others take its VIPs. Counted from the first poll on that is lost. */
function disturbed(swarm: Swarm): Disturbance {
  const died = swarm.now;
  const fallen = swarm.vips.filter(({ holder }) => holder === 0);
  swarm.die(0);
  swarm.play(died + AWAY);
  for (const [i, vip] of fallen.entries()) swarm.announce(vip, 1 + (i % 2));
  const from = swarm.lost.find((at) => at >= died) ?? died;
  swarm.play(from + AFTER);
  const later = swarm.count(from + 10 * SECOND, from + AFTER) / ((AFTER - 10 * SECOND) / SECOND);
  return { most: swarm.most(from, from + AFTER), first: swarm.count(from, from + 10 * SECOND), later };
}

/**
 * Of one frame on Wi-Fi: 64 bytes after the preamble, with the pause before it (802.11b at 1 Mb/s, else 802.11g). In milliseconds.
 */
function airtime(megabits: number): number {
  const [preamble, pause] = megabits === 1 ? [192, 50 + 310] : [20, 34 + 67];
  return (preamble + pause + (64 * 8) / megabits) / 1_000;
}

export function rowOf(vips: number, nodes: number, { rest, oneVip, oneNode }: Loudness): string {
  const told = ({ most, first, later }: Disturbance) => `${most}, ${first}, ${later.toFixed(1)}`;
  const air = [1, 6, 24].map((rate) => `${(rest * airtime(rate) * 0.1).toFixed(2)} %`).join(', ');
  const cells = [vips, nodes].map((count) => count.toLocaleString('en'));
  return `| ${[...cells, rest.toFixed(1), air, told(oneVip), told(oneNode)].join(' | ')} |`;
}

function table(): string {
  const head = [
    '| VIPs | nodes | at rest, a second | airtime at 1, 6 and 24 Mb/s | one VIP fails | a node with 300 dies |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  const rows = ALL_VIPS.flatMap((vips) =>
    ALL_NODES.map((nodes) => {
      const row = rowOf(vips, nodes, loudness(vips, nodes));
      console.error(row);
      return row;
    }),
  );
  return [...head, ...rows].map((line) => `${line}\n`).join('');
}

if (import.meta.main) {
  const text = table();
  if (!process.argv.includes('--write')) console.log(text);
  else {
    const page = readFileSync(PAGE, 'utf8');
    const [before, rest] = page.split(BEGIN);
    const after = rest!.slice(rest!.indexOf(END));
    writeFileSync(PAGE, `${before}${BEGIN}\n${text}\n${after}`);
  }
}
