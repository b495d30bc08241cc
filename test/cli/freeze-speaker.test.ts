// `vipwatch freeze-speaker` on a stand-in for a speaker: a process with the environment that MetalLB's manifests give it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROGRAM } from './program.ts';

let speaker: ChildProcess;
let other: ChildProcess;
const children: ChildProcess[] = [];

/** The letter by which the kernel tells what a process does: T is stopped (proc(5)). */
const stateOf = ({ pid }: ChildProcess) =>
  /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];

function run(
  program: string,
  words: readonly string[],
  environment: Record<string, string> = {},
): ChildProcess {
  const child = spawn(program, words, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

function freeze(pod: string, seconds: string): ChildProcess {
  return run(PROGRAM, ['freeze-speaker', '--pod', pod, '--seconds', seconds]);
}

async function untilSaid(child: ChildProcess, pattern: RegExp): Promise<void> {
  for await (const line of createInterface({ input: child.stdout! })) if (pattern.test(line)) return;
  throw new Error(`It ended without saying ${pattern}`);
}

beforeEach(() => {
  // So that tests of other checkouts on this machine are not frozen.
  const pod = `speaker-${process.pid}`;
  speaker = run('sleep', ['300'], { METALLB_POD_NAME: pod });
  other = run('sleep', ['300'], { METALLB_POD_NAME: `${pod}-other` });
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('vipwatch freeze-speaker', { timeout: 60_000 }, () => {
  it('stops that speaker alone, until it is told to end', async () => {
    const freezer = freeze(`speaker-${process.pid}`, '300');
    await untilSaid(freezer, /^Stopped the speaker/);
    // A process that waits for its turn stops when it comes.
    await expect.poll(() => [stateOf(speaker), stateOf(other)]).toEqual(['T', 'S']);
    freezer.kill('SIGTERM');
    expect(await once(freezer, 'exit')).toEqual([0, null]);
    await expect.poll(() => stateOf(speaker)).toBe('S');
  });

  it('lets it go on by itself when its time is up', async () => {
    const freezer = freeze(`speaker-${process.pid}`, '0.2');
    const stopped = untilSaid(freezer, /^Stopped the speaker/);
    expect(await once(freezer, 'exit')).toEqual([0, null]);
    await stopped;
    await expect.poll(() => stateOf(speaker)).toBe('S');
  });

  it.each([
    { words: ['none', '1'], says: 'Cannot freeze the speaker of none: it has no process here' },
    { words: ['none', 'long'], says: '--seconds must be above 0 and at most 600' },
  ])('refuses $words', async ({ words: [pod, seconds], says }) => {
    const freezer = freeze(pod!, seconds!);
    const said = createInterface({ input: freezer.stderr! })[Symbol.asyncIterator]();
    expect((await said.next()).value).toBe(`vipwatch: ${says}`);
    expect(await once(freezer, 'exit')).toEqual([2, null]);
  });
});
