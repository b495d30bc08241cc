// A container's process as the node's kernel knows it: what its securityContext has become.
import type { Host } from '../../lab/host.ts';
import { asOfNode } from './node-host.ts';

export interface ContainerProcess {
  /** In the node's namespace. */
  readonly pid: number;
  /** The fields of /proc/PID/status. */
  readonly status: Readonly<Record<string, string>>;
  readonly rootIsReadOnly: boolean;
  /** Its namespaces that are the node's own, such as `net`. */
  readonly shared: readonly string[];
  /** Of its control group, in bytes. */
  readonly memoryLimit: number;
}

const NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid'];

/** @throws {Error} unless exactly one process of the node has these words in its command line. */
export async function containerProcess(host: Host, words: string): Promise<ContainerProcess> {
  const pid = await pidOf(host, words);
  const lines = (await host.readFile(`/proc/${pid}/status`)).split('\n');
  const status = Object.fromEntries(
    lines
      .map((line) => /^(\w+):\s*(.*)$/.exec(line))
      .flatMap((match) => (match ? [[match[1]!, match[2]!]] : [])),
  );
  // The fields of mountinfo: the fifth is the mount point, the sixth its options (proc(5)).
  const mounts = (await host.readFile(`/proc/${pid}/mountinfo`)).split('\n').map((line) => line.split(' '));
  const root = mounts.find((fields) => fields[4] === '/');
  const links = NAMESPACES.flatMap((name) => [`/proc/${pid}/ns/${name}`, `/proc/1/ns/${name}`]);
  const { stdout } = await host.run(['sh', '-c', `readlink ${links.join(' ')}`]);
  const targets = stdout.trim().split('\n');
  return {
    pid,
    status,
    rootIsReadOnly: root![5]!.split(',').includes('ro'),
    shared: NAMESPACES.filter((_, i) => targets[2 * i] === targets[2 * i + 1]),
    memoryLimit: await memoryLimit(host, pid),
  };
}

async function pidOf(host: Host, words: string): Promise<number> {
  // In brackets, so that the search does not find itself.
  const pattern = `[${words[0]}]${words.slice(1)}`;
  const script = `grep --files-with-matches --text "${pattern}" /proc/[0-9]*/cmdline 2>/dev/null || true`;
  const { stdout } = await host.run(['sh', '-c', script]);
  const pids = [...stdout.matchAll(/^\/proc\/(\d+)\//gm)].map((match) => Number(match[1]));
  if (pids.length !== 1)
    throw new Error(`Cannot find the process of ${words}: ${pids.length} have these words`);
  return pids[0]!;
}

/** As /proc/PID/cgroup names the group, of version 1 or else of version 2 (cgroups(7)). */
async function memoryLimit(host: Host, pid: number): Promise<number> {
  const script = `group() { sed -n "s/^[0-9]*:$1://p" /proc/${pid}/cgroup; }
if [ -d /sys/fs/cgroup/memory ]; then cat "/sys/fs/cgroup/memory$(group memory)/memory.limit_in_bytes"
else cat "/sys/fs/cgroup$(group '')/memory.max"; fi`;
  const { stdout } = await host.run(asOfNode(['sh', '-c', script]));
  return Number(stdout.trim());
}
