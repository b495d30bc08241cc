// Network namespaces for tests. A holder process keeps the namespace; it ends, and the kernel removes all of it, when its
// standard input closes: also when the test process is killed.
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Namespace {
  /** Runs a program inside and returns its output. Throws Error where it fails. */
  run(program: string, ...args: string[]): string;
  spawn(program: string, args: readonly string[], options?: SpawnOptions): ChildProcess;
  /** For `ip link set … netns PID`. */
  readonly pid: number;
  /** Kills what still runs inside. */
  end(): Promise<void>;
}

export async function createNamespace(): Promise<Namespace> {
  const holder = spawn('unshare', [...unshareFlags(), 'sh', '-c', 'echo ready; read _'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await Promise.race([
    once(createInterface({ input: holder.stdout }), 'line'),
    once(holder, 'exit').then(() => ['cannot make a network namespace']),
  ]);
  if (line !== 'ready') throw new Error(String(line));
  const pid = holder.pid!;
  const enter = ['-t', String(pid), ...(isRoot() ? ['-n'] : ['-U', '--preserve-credentials', '-n']), '--'];
  const children: ChildProcess[] = [];
  return {
    pid,
    run: (program, ...args) =>
      execFileSync('nsenter', [...enter, program, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    spawn: (program, args, options = {}) => {
      const child = spawn('nsenter', [...enter, program, ...args], options);
      children.push(child);
      return child;
    },
    end: async () => {
      for (const child of children) child.kill('SIGKILL');
      const gone = once(holder, 'exit');
      holder.stdin.end();
      await gone;
    },
  };
}

/** Why no namespace can be made here, or undefined. */
export function namespacesUnavailable(): string | undefined {
  try {
    execFileSync('unshare', [...unshareFlags(), 'ip', 'link'], { stdio: 'ignore' });
    return undefined;
  } catch {
    const reason = 'needs root or unprivileged user namespaces, unshare, nsenter and ip';
    console.warn(`skipped: network namespaces: ${reason}`);
    return reason;
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** As root the user namespace stays; a mount namespace keeps what is mounted inside to itself. */
function unshareFlags(): string[] {
  return isRoot() ? ['--net', '--mount'] : ['--user', '--map-root-user', '--net', '--mount'];
}
