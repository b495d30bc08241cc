// `make simulate`: plays worlds out of seeds and judges vipwatch in them. Exit code 1 where a seed shows what nobody knew of, or a
// class that is known to be wrong shows no more.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ACTION_NAMES, type ActionName } from './world/catalogue.ts';
import { generate, type Wishes } from './world/generate.ts';
import { KNOWN_RED } from './world/known-red.ts';
import { playAll, type Task } from './world/oracle/batch.ts';
import { judged } from './world/oracle/seed.ts';
import { storyOf } from './world/oracle/story.ts';
import { Tally } from './world/oracle/tally.ts';
import { complaintText } from './world/oracle/timeline.ts';
import type { Scenario } from './world/scenario.ts';

const USAGE = `usage: simulate.ts [--seeds N] [--from SEED] [--about KIND] [--until-red]
       simulate.ts --story SEED [--about KIND] [--keep NAME]`;
const OUT = join(import.meta.dirname, '../dist/world');
const CASES = join(import.meta.dirname, '../test/data/world');
/** How `known-red.ts` names what is kept there. */
const KEPT = 'world/';
/** So many seeds about its kinds must show a class that is known to be wrong, where the others did not. */
const TRIES = 24;
const STORIES_TOLD = 3;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    from: { type: 'string', default: '0' },
    about: { type: 'string' },
    'until-red': { type: 'boolean', default: false },
    story: { type: 'string' },
    keep: { type: 'string' },
  },
});
const about = values.about as ActionName | undefined;
if (about !== undefined && !ACTION_NAMES.includes(about)) {
  console.error(`No kind is called ${about}: ${ACTION_NAMES.join(', ')}\n${USAGE}`);
  process.exit(2);
}
const wishes: Wishes = about === undefined ? {} : { about };
process.exitCode = values.story === undefined ? await simulate() : tell(values.story, values.keep);

async function simulate(): Promise<number> {
  const tally = new Tally();
  const first = Number(values.from);
  const tasks = Array.from(
    { length: Number(values.seeds) },
    (_, i): Task => ({ seed: String(first + i), wishes }),
  );
  const progress = progressOf(tasks.length);
  await playAll(tasks, (result) => {
    tally.add(result);
    progress(tally);
    return !(values['until-red'] && tally.red.length > 0);
  });
  const green = about === undefined && !values['until-red'] ? await turnedGreen(tally.unseenRed) : [];
  console.log(`${tally.table()}\n\n${tally.knownRed()}\n\n${tally.summary()}`);
  for (const name of green)
    console.log(`\nNo seed shows any more that ${name}: take it off lab/world/known-red.ts.`);
  for (const { seed, kinds, complaints } of tally.red.slice(0, STORIES_TOLD))
    console.log(
      `\nseed ${seed} (${kinds.join(', ')}), its story by \`make story SEED=${seed}\`:\n  ${complaintText(complaints[0]!)}`,
    );
  return tally.red.length + green.length > 0 ? 1 : 0;
}

/** The classes that neither a kept world shows nor any seed that is about one of their kinds. */
async function turnedGreen(classes: readonly string[]): Promise<string[]> {
  const open = new Set(classes);
  for (const name of classes) {
    const { kinds, cases } = KNOWN_RED[name]!;
    const kept = cases.filter((path) => path.startsWith(KEPT)).map((path) => path.slice(KEPT.length));
    if (kept.some((path) => judged(readCase(path)).knownRed.includes(name))) {
      open.delete(name);
      continue;
    }
    const tasks = Array.from(
      { length: TRIES },
      (_, i): Task => ({ seed: `again ${i}`, wishes: { about: kinds[i % kinds.length]! } }),
    );
    await playAll(tasks, ({ knownRed }) => {
      for (const shown of knownRed) open.delete(shown);
      return open.has(name);
    });
  }
  return [...open];
}

function readCase(name: string): Scenario {
  return JSON.parse(readFileSync(join(CASES, `${name}.json`), 'utf8'));
}

function progressOf(all: number): (tally: Tally) => void {
  const started = performance.now();
  let toldAt = started;
  return ({ seeds, red }) => {
    const now = performance.now();
    if (!process.stderr.isTTY || (now - toldAt < 500 && seeds < all)) return;
    toldAt = now;
    const left = Math.round((((now - started) / seeds) * (all - seeds)) / 1_000);
    process.stderr.write(
      `\r${seeds} of ${all} seeds, ${red.length} red, ${left} s left   ${seeds === all ? '\n' : ''}`,
    );
  };
}

function tell(seed: string, name: string | undefined): number {
  const story = storyOf(generate(seed, wishes));
  if (!story) {
    console.log(`Nothing is wrong with seed ${seed}.`);
    return 0;
  }
  const { scenario, text, capture } = story;
  console.log(text);
  mkdirSync(OUT, { recursive: true });
  const path = join(OUT, `seed-${seed.replaceAll(' ', '-')}`);
  writeFileSync(`${path}.txt`, text);
  writeFileSync(`${path}.pcap`, capture.pcap);
  writeFileSync(`${path}.yaml`, capture.config);
  console.log(`bin/vipwatch replay --config ${path}.yaml ${path}.pcap`);
  if (name !== undefined) {
    mkdirSync(CASES, { recursive: true });
    writeFileSync(join(CASES, `${name}.json`), `${JSON.stringify(scenario, null, 1)}\n`);
    console.log(`kept as test/data/world/${name}.json`);
  }
  return 1;
}
