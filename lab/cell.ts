// A cell: a shell that is process 1 of namespaces of its own (network, mounts, processes). Whatever runs in a cell ends
// with this shell, by the kernel's hand; and the shell ends when its standard input does, which is when its owner dies,
// however that dies. So a lab leaves no process, no interface and no file behind, and needs no cleaning up.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { DEFAULT_TIMEOUT_MS, LabProcess } from './process.ts';
import { LAB_PATH, toolPath } from './tools.ts';

// The programs of the lab write below these; each cell gets its own, in memory. Not /tmp: a checkout may be there.
const PRIVATE_FOLDERS = ['/run', '/var/lib/dhcp', '/var/lib/dhcpcd', '/var/lib/kea', '/var/lib/vipwatch'];

// Before the cell's own /proc is mounted, /proc/self still shows the pid as the machine knows it. /sys shows the
// network namespace that it was mounted in.
const INIT = `
set -e
read -r pid rest </proc/self/stat
for folder in ${PRIVATE_FOLDERS.join(' ')}; do
  if [ -d "$folder" ]; then mount -t tmpfs -o mode=0755 tmpfs "$folder"; fi
done
mkdir -p /run/lock /run/lab
mount -t proc proc /proc
mount -t sysfs sysfs /sys
ip link set lo up
echo "ready $pid"
read -r _ || true
`;

export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
}

export class Cell implements AsyncDisposable {
  readonly name: string;
  /** Of the cell's first process, as this machine knows it. */
  readonly pid: number;
  readonly #holder: ChildProcess;
  readonly #gone: Promise<void>;

  private constructor(name: string, pid: number, holder: ChildProcess, gone: Promise<void>) {
    this.name = name;
    this.pid = pid;
    this.#holder = holder;
    this.#gone = gone;
  }

  /**
   * Makes a cell; within `parent`, it also ends when the parent ends. Needs root, or a kernel that lets everyone make
   * user namespaces.
   *
   * @throws {Error} where the machine does not allow it, with what the tools said.
   */
  static async create(name: string, parent?: Cell): Promise<Cell> {
    const userNamespace = parent || isRoot() ? [] : ['--user', '--map-root-user'];
    const words = [
      ...(parent ? parent.#enter('--pid') : []),
      toolPath('unshare'),
      ...userNamespace,
      ...['--net', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', INIT],
    ];
    const holder = spawn(words[0]!, words.slice(1), {
      detached: true,
      env: { PATH: LAB_PATH, LC_ALL: 'C' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    holder.stdin.on('error', () => {});
    let complaints = '';
    holder.stderr.on('data', (chunk) => {
      complaints += chunk;
    });
    const gone = new Promise<void>((done) => {
      holder.once('close', () => done());
      holder.once('error', (error) => {
        complaints += error.message;
        done();
      });
    });
    for await (const line of createInterface({ input: holder.stdout })) {
      const pid = /^ready (\d+)$/.exec(line)?.[1];
      if (pid) return new Cell(name, Number(pid), holder, gone);
    }
    await gone;
    throw new Error(`Cannot make the namespaces of ${name}: ${complaints.trim()}`);
  }

  /** Of the cell's first process, as its parent's processes know it. */
  async pidInParent(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    // One number for each nested namespace, outermost first (proc(5)).
    const pids = /^NSpid:(.*)$/m.exec(status)?.[1]?.trim().split(/\s+/) ?? [];
    return Number(pids.at(-2));
  }

  /** Where this cell's file is for the rest of the machine, while the cell lives: to read, write or connect to. */
  path(inside: string): string {
    return `/proc/${this.pid}/root${inside}`;
  }

  /** Starts a program inside; it ends with the cell at the latest. */
  spawn(command: readonly string[], environment: Record<string, string> = {}): LabProcess {
    const name = `${this.name}: ${command.map((word) => word.split('/').at(-1)).join(' ')}`;
    const enter = this.#enter('--net', '--mount', '--pid', '--no-fork', '--wdns=/');
    return new LabProcess(name.slice(0, 100), enter, command, environment);
  }

  /**
   * Runs a program inside to its end.
   *
   * @throws {Error} where its exit code is not 0 or it takes longer than `timeoutMs`, with everything it said.
   */
  async run(command: readonly string[], options: { readonly timeoutMs?: number } = {}): Promise<RunResult> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const program = this.spawn(command);
    program.stdin.end();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      void program.signal('SIGKILL').catch(() => {});
    }, timeoutMs);
    const exit = await program.exited;
    clearTimeout(timer);
    if (late) throw new Error(`Not done within ${timeoutMs} ms: ${program.describe()}`);
    if (exit.code !== 0) throw new Error(`Command failed: ${program.describe()}`);
    const said = (stream: 'stdout' | 'stderr') =>
      program.output.filter((line) => line.stream === stream).map((line) => `${line.text}\n`);
    return { stdout: said('stdout').join(''), stderr: said('stderr').join('') };
  }

  /** Ends the cell and everything in it at once, as SIGKILL does. Resolves when all of it is gone. */
  async kill(): Promise<void> {
    try {
      process.kill(this.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    this.#holder.stdin?.end();
    await this.#gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #enter(...namespaces: string[]): string[] {
    const user = isRoot() ? [] : ['--user', '--preserve-credentials'];
    return [toolPath('nsenter'), `--target=${this.pid}`, ...user, ...namespaces];
  }
}
