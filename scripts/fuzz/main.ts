// `make fuzz`: every target in turns, for MINUTES, guided by what runs. Exit code 1 where a law is broken, or an input does not
// end, or takes all the memory; each such input is written below dist/fuzz.
import { fork } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cpuSecondsOf } from '../bench/agent.ts';
import { printTable } from '../bench/table.ts';
import { lineOf, writeCorpus } from './corpus.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets.ts';
import { readCurrent, type TurnFailure, type TurnResult, type TurnTask } from './turn.ts';

const OUT = join(import.meta.dirname, '../../dist/fuzz');
/** A round of all targets, so that a short run reaches each. Milliseconds for one. */
const TURN_MS = 20_000;
/** An input that takes so much of the processor's time will not end: on a busy machine it may wait for that alone. Seconds. */
const HANGS_AFTER = 15;
const LOOK_MS = 500;
const HEAP_MB = 256;
/** Characters of what an end says. */
const MOST_SAID = 4096;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now()) },
    target: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

interface Standing {
  inputs: number;
  milliseconds: number;
  known: readonly Uint8Array[];
  /** Their kinds. */
  readonly failures: Set<string>;
}

const names = Object.keys(TARGETS).filter((name) => values.target === undefined || values.target === name);
if (names.length === 0)
  throw new Error(`There is no target ${values.target}: ${Object.keys(TARGETS).join(', ')}`);
const standings = new Map<string, Standing>(
  names.map((name) => [name, { inputs: 0, milliseconds: 0, known: [], failures: new Set() }]),
);
const kinds = new Map<string, Target['kind']>();
for (const name of names) kinds.set(name, (await TARGETS[name]!()).kind);

mkdirSync(OUT, { recursive: true });
const milliseconds = Number(values.minutes) * 60_000;
if (!(milliseconds > 0)) throw new Error(`MINUTES is ${values.minutes}: expected a number above 0`);
const turn = Math.min(TURN_MS, milliseconds / names.length);
console.log(`fuzz: ${names.length} targets, ${values.minutes} minutes, seed ${values.seed}`);
const end = performance.now() + milliseconds;
for (let round = 0; performance.now() < end; round += 1)
  for (const name of names) if (round === 0 || performance.now() < end) await take(name, round);

report();
process.exit();

/** One turn of a target. */
async function take(name: string, round: number): Promise<void> {
  const standing = standings.get(name)!;
  const current = join(OUT, `${name}.current`);
  writeFileSync(current, '');
  const begun = performance.now();
  const program = fork(join(import.meta.dirname, 'turn.ts'), {
    execArgv: [`--max-old-space-size=${HEAP_MB}`],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let said = '';
  program.stderr!.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-MOST_SAID);
  });
  const over = Promise.withResolvers<TurnResult | string>();
  program.once('message', (result) => over.resolve(result as TurnResult));
  program.once('close', (code, signal) => over.resolve(`it ended with ${signal ?? code}\n${said}`));
  const task: TurnTask = {
    target: name,
    seed: `${values.seed}/${name}/${round}`,
    milliseconds: turn,
    known: standing.known,
    current,
  };
  program.send(task);
  let last = { begun: 0, cpu: 0 };
  const watch = setInterval(() => {
    if (program.exitCode !== null || program.signalCode !== null) return;
    const now = { begun: readCurrent(current).begun, cpu: cpuSecondsOf(program.pid!) };
    if (now.begun === 0 || now.begun !== last.begun) last = now;
    else if (now.cpu - last.cpu > HANGS_AFTER) over.resolve(`an input runs for more than ${HANGS_AFTER} s`);
  }, LOOK_MS);
  const result = await over.promise;
  clearInterval(watch);
  program.kill('SIGKILL');
  const running = readCurrent(current);
  rmSync(current);
  standing.milliseconds += performance.now() - begun;
  if (typeof result === 'string') {
    failed(name, { kind: result.split('\n')[0]!, input: running.input, stack: result });
    standing.inputs += running.begun;
    return;
  }
  standing.inputs += result.inputs;
  standing.known = result.known;
  for (const failure of result.failures) failed(name, failure);
}

function failed(name: string, { kind, input, stack }: TurnFailure): void {
  const { failures } = standings.get(name)!;
  if (failures.has(kind)) return;
  failures.add(kind);
  const file = join(OUT, `${name}-${failures.size}.txt`);
  writeFileSync(file, `${lineOf(input, kinds.get(name)!)}\n\n${stack}\n`);
  console.log(`fuzz: ${name}: ${stack.split('\n')[0]}\n  ${file}`);
}

function report(): void {
  printTable(
    `Fuzzed, seed ${values.seed}`,
    [...standings].map(([name, { inputs, milliseconds: took, known, failures }]) => ({
      what: name,
      measured: `${inputs} inputs, ${Math.round(inputs / (took / 1000))}/s, ${known.length} known`,
      limit: { text: `${failures.size} broken`, holds: failures.size === 0 },
    })),
  );
  if (values.keep)
    for (const [name, { known }] of standings)
      if (known.length > 0) writeCorpus(name, kinds.get(name)!, known);
}
