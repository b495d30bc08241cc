// Reads the logs of Pods behind VIPs, for a check that is told to: of those that mount volumes alone, and of each log the lines that
// speak of rights to files. Nothing else of a log is kept.
import type { Cluster } from '../check/model/cluster.ts';
import type { ReadLogs } from '../check/model/facts.ts';
import { keyOf } from '../check/model/object.ts';
import type { Pod } from '../check/model/workload.ts';

export interface LogSource {
  readText(
    path: string,
    mostBytes: number,
  ): Promise<
    | { readonly kind: 'read'; readonly text: string }
    | { readonly kind: 'failed'; readonly reason: string; readonly isAway: boolean }
  >;
}

const MAX_PODS = 50;
/** Of each container; the newest. */
const MAX_LINES = 500;
const MAX_BYTES = 256 * 1024;
const MAX_KEPT = 5;
/** Characters of a line. */
const MAX_LENGTH = 200;
const TELLING = /permission denied|too open/i;
const CRASHING = 'CrashLoopBackOff';

interface Log {
  readonly pod: Pod;
  readonly path: string;
}

export async function readLogs(
  cluster: Cluster,
  source: LogSource,
  show: (text: string) => void,
): Promise<ReadLogs> {
  const lines = new Map<string, string[]>();
  const failed = new Map<string, string>();
  const logs = logsOf(cluster);
  for (const [i, { pod, path }] of logs.entries()) {
    show(`log ${i + 1} of ${logs.length}`);
    const key = keyOf(pod);
    const read = await source.readText(path, MAX_BYTES);
    if (read.kind === 'failed') {
      // The log of before a restart may be gone while the one of now is there.
      if (!lines.has(key)) failed.set(key, `the log of Pod ${key} cannot be read: ${read.reason}`);
      if (read.isAway) break;
      continue;
    }
    const telling = read.text.split('\n').filter((line) => TELLING.test(line));
    const kept = telling.slice(-MAX_KEPT).map((line) => line.trim().slice(0, MAX_LENGTH));
    lines.set(key, [...(lines.get(key) ?? []), ...kept]);
    failed.delete(key);
  }
  show('');
  return { lines, failed };
}

/** Those that crash first, and of these what they said before they did. */
function logsOf(cluster: Cluster): Log[] {
  const pods = cluster
    .backings()
    .filter(({ workload }) => cluster.mountsOf(workload).length > 0)
    .flatMap((backing) => backing.pods)
    .filter(({ node, phase }) => node !== null && phase !== 'Pending');
  const inTurn = [...new Set(pods)].toSorted((a, b) => Number(isCrashing(b)) - Number(isCrashing(a)));
  return inTurn.slice(0, MAX_PODS).flatMap((pod) => {
    const mounted = new Set(pod.spec.claims.map(({ volume }) => volume));
    const containers = pod.spec.containers.filter(({ mounts }) =>
      mounts.some(({ volume }) => mounted.has(volume)),
    );
    return containers.flatMap(({ name }) => {
      const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/log`;
      const query = `container=${encodeURIComponent(name)}&tailLines=${MAX_LINES}&limitBytes=${MAX_BYTES}`;
      const now = { pod, path: `${path}?${query}` };
      return isCrashing(pod) ? [{ pod, path: `${path}?${query}&previous=true` }, now] : [now];
    });
  });
}

function isCrashing({ waits }: Pod): boolean {
  return waits.includes(CRASHING);
}
