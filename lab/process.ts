// A program that runs in the lab: its lines as they come, its signals and its end.
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { LAB_PATH } from './tools.ts';

export interface OutputLine {
  /** Milliseconds since the Unix epoch at which the line was read. */
  readonly at: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export interface Exit {
  /** Null where a signal ended the program. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface WaitOptions {
  /** @default 60_000 */
  readonly timeoutMs?: number;
}

export const DEFAULT_TIMEOUT_MS = 60_000;
/** What a program is given to end by itself before it is killed. */
const STOP_GRACE_MS = 3_000;
/** What it is given, once it has ended, for its last lines to be read. */
const LAST_WORDS_MS = 500;
const MAX_LINES = 20_000;
const LINES_IN_ERRORS = 25;

// The shell stays outside the pid namespace (nsenter --no-fork) and its child is born inside: `$!` is then the child's
// pid as this machine knows it, so that signals reach the program itself. nsenter as the parent would also stop itself
// for good with a child that is stopped, and outlive the lab.
// The explicit standard input is needed since a shell gives its background jobs /dev/null.
const LAUNCH = 'exec 4<&0; "$@" <&4 3>&- 4<&- & echo $! >&3; exec 3>&- 4<&- </dev/null; wait $!';

export class LabProcess implements AsyncIterable<OutputLine> {
  readonly name: string;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #pid: Promise<number>;
  readonly #lines: OutputLine[] = [];
  readonly #changed = new EventEmitter();
  #exit: Exit | undefined;

  /** `enter` is the command, as words, that steps into the namespaces and runs the words after it. */
  constructor(
    name: string,
    enter: readonly string[],
    command: readonly string[],
    environment: Record<string, string>,
  ) {
    this.name = name;
    // Many iterators and waits may watch one program.
    this.#changed.setMaxListeners(0);
    const [file, ...words] = [...enter, 'sh', '-c', LAUNCH, 'sh', ...command] as [string, ...string[]];
    // A session of its own: Ctrl-C in the terminal is for the lab's owner, who takes the lab down in order.
    this.#child = spawn(file, words, {
      detached: true,
      env: { PATH: LAB_PATH, LC_ALL: 'C', ...environment },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    // What is written to a program that has ended is lost, as on any machine.
    this.#child.stdin!.on('error', () => {});
    const read = Promise.all([
      this.#read(this.#child.stdout!, 'stdout'),
      this.#read(this.#child.stderr!, 'stderr'),
    ]);
    this.exited = onceExited(this.#child).then(async (exit) => {
      // A program's own children may outlive it and hold its output open: what they say later is not waited for.
      await withinTime(read, LAST_WORDS_MS);
      this.#exit = exit;
      this.#changed.emit('change');
      return exit;
    });
    this.#pid = readNumber(this.#child.stdio[3] as Readable).then((pid) => {
      if (pid === undefined) throw new Error(`Cannot start ${this.name}\n${this.#tail()}`);
      return pid;
    });
    this.#pid.catch(() => {});
  }

  /** The program's process id on this machine. */
  get pid(): Promise<number> {
    return this.#pid;
  }

  /** Everything it has said so far, oldest first. */
  get output(): readonly OutputLine[] {
    return this.#lines;
  }

  /** How it ended; undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  get stdin(): Writable {
    return this.#child.stdin!;
  }

  /** Every line from the first on, then those to come, until the program ends. */
  async *[Symbol.asyncIterator](): AsyncGenerator<OutputLine, void, undefined> {
    for (let next = 0; ; ) {
      while (next < this.#lines.length) yield this.#lines[next++]!;
      if (this.#exit) return;
      await once(this.#changed, 'change');
    }
  }

  /**
   * The match of the first line that fits, among those already said as well as those to come.
   *
   * @throws {Error} where the program ends first or the time runs out; the message holds its latest lines.
   */
  async waitForLine(
    pattern: RegExp,
    options: WaitOptions & { readonly from?: number } = {},
  ): Promise<RegExpExecArray> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const deadline = AbortSignal.timeout(timeoutMs);
    for (let next = options.from ?? 0; ; ) {
      for (; next < this.#lines.length; next += 1) {
        const match = pattern.exec(this.#lines[next]!.text);
        if (match) return match;
      }
      if (this.#exit) throw new Error(`${this.name} ended before a line matched ${pattern}\n${this.#tail()}`);
      try {
        await once(this.#changed, 'change', { signal: deadline });
      } catch {
        throw new Error(`No line of ${this.name} matched ${pattern} within ${timeoutMs} ms\n${this.#tail()}`);
      }
    }
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    const pid = await this.#pid;
    if (this.#exit) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      // It ended in this very moment.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Kills the program and the processes that it started, all at once: none of them can clean up after another. */
  async killAll(): Promise<Exit> {
    await this.#pid;
    // The launching shell leads the process group of everything that it started.
    if (!this.#exit) process.kill(-this.#child.pid!, 'SIGKILL');
    return await this.exited;
  }

  /** Asks it to end and waits for that; kills it where it does not. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    await this.signal(signal);
    if (!(await withinTime(this.exited, STOP_GRACE_MS))) await this.signal('SIGKILL');
    return await this.exited;
  }

  /** The program's name, how it ended and its latest lines, for an error message. */
  describe(): string {
    const end = this.#exit
      ? `ended with ${this.#exit.signal ?? `exit code ${this.#exit.code}`}`
      : 'is running';
    return `${this.name} ${end}\n${this.#tail()}`;
  }

  #tail(): string {
    const lines = this.#lines.slice(-LINES_IN_ERRORS).map((line) => `  ${line.stream}: ${line.text}`);
    return lines.length > 0 ? lines.join('\n') : '  (it said nothing)';
  }

  async #read(stream: Readable, name: OutputLine['stream']): Promise<void> {
    for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (this.#lines.length < MAX_LINES) this.#lines.push({ at: Date.now(), stream: name, text });
      this.#changed.emit('change');
    }
  }
}

/** Whether it is done within the time. */
async function withinTime(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(milliseconds, false, { signal: timer.signal }).catch(() => false);
  const inTime = await Promise.race([work.then(() => true), late]);
  timer.abort();
  return inTime;
}

async function onceExited(child: ChildProcess): Promise<Exit> {
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done) => {
    child.once('error', () => done([127, null]));
    child.once('exit', (...end) => done(end));
  });
  // A shell says "ended by signal n" with exit code 128 + n.
  const number = code !== null && code > 128 ? code - 128 : 0;
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return name ? { code: null, signal: name as NodeJS.Signals } : { code, signal };
}

async function readNumber(stream: Readable): Promise<number | undefined> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return /^\d+\n$/.test(text) ? Number(text) : undefined;
}
