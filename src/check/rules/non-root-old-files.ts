// A container that became non-root cannot write the files that root left on its volume. The API does not tell whose files
// they are, so that this is what may be.
import type { Backing } from '../model/backing.ts';
import type { Cluster, Mounted } from '../model/cluster.ts';
import { type Container, type PodSpec, userOfContainer } from '../model/pod-spec.ts';
import type { Workload } from '../model/workload.ts';
import { acrossBackings } from './backings.ts';
import { isFsGroupInForce } from './fs-group.ts';
import { loggedLine, whyNoLog } from './logs.ts';
import type { Turns } from './verdict.ts';
import { backingText, soleIp } from './words.ts';

/** Claims are made moments before their first Pods: only one that is older than this was there before, in milliseconds. */
const BEFORE_MS = 10 * 60_000;
const CRASHING = 'CrashLoopBackOff';
/** Not of a port below 1024, which a user other than root may not take either: the line names the file. */
const DENIED = /permission denied/i;
/** What stands between a path and the words around it. */
const NO_PATH = /[\s"'`‘’“”:;,=()[\]{}<>|\\]+/;

export function nonRootOldFiles(cluster: Cluster): Turns {
  return acrossBackings(cluster, (backing) => {
    const { workload } = backing;
    if (workload.kind !== 'Deployment') return undefined;
    const found = nonRootMount(cluster, workload);
    if (found === undefined) return undefined;
    const { container, mounted } = found;
    const { volumeName } = mounted;
    const path = container.mounts.find(({ volume }) => volume === volumeName)?.path ?? '/data';
    const said = loggedLine(
      cluster,
      backing,
      (line) => DENIED.test(line) && isAbout(line, container, volumeName),
    );
    if (said === null && !isOlder(cluster, workload, mounted)) return whyNoLog(cluster, backing) ?? undefined;
    const crashes = isCrashing(backing) || (said !== null && hasJustEnded(backing));
    const user = userOfContainer(workload.spec, container);
    const who = typeof user === 'number' ? `UID ${user}` : 'a user other than root';
    const what =
      said === null
        ? `${mounted.name} is older than that: files on it may belong to root, ${crashes ? 'which may be why it crashes now' : 'so that it cannot write them'}.`
        : `may not use files on ${mounted.name}${crashes ? ', which may be why it crashes now' : ''}. Its log says: "${said}"`;
    const message = `${backingText(backing)}, runs ${container.name} as ${who}, and ${what}`;
    return {
      level: crashes ? 'critical' : 'warning',
      subjects: [workload, ...(mounted.claim === null ? [] : [mounted.claim])],
      ip: soleIp(backing),
      message,
      remedy: `Look: kubectl -n ${workload.namespace} exec deploy/${workload.name} -- ls -ln ${path}. Then change the owner once, by an init container that runs as root (chown -R ${typeof user === 'number' ? user : 'USER'} ${path}).`,
    };
  });
}

function nonRootMount(
  cluster: Cluster,
  { spec, ...rest }: Workload,
): { container: Container; mounted: Mounted } | undefined {
  const mounts = cluster.mountsOf({ spec, ...rest });
  for (const container of spec.containers) {
    const user = userOfContainer(spec, container);
    if (user === null || user === 0) continue;
    const mounted = mounts.find(
      (one) =>
        container.mounts.some(({ volume }) => volume === one.volumeName) &&
        !isFsGroupInForce(cluster, spec, one) &&
        !hasRootInit(spec, one.volumeName),
    );
    if (mounted !== undefined) return { container, mounted };
  }
  return undefined;
}

/** One that may have changed the owner already. */
export function hasRootInit(spec: PodSpec, volumeName: string): boolean {
  return spec.initContainers.some((container) => {
    const user = userOfContainer(spec, container);
    return (user === null || user === 0) && container.mounts.some(({ volume }) => volume === volumeName);
  });
}

/** It was there before the workload turned non-root: an earlier revision ran as root, or there was a time before all of them. */
function isOlder(cluster: Cluster, workload: Workload, { claim }: Mounted): boolean {
  const created = claim?.createdMs ?? null;
  if (created === null) return false;
  const revisions = cluster
    .list('replicasets')
    .filter(
      ({ owner, namespace }) =>
        owner?.kind === 'Deployment' && owner.name === workload.name && namespace === workload.namespace,
    )
    .toSorted((a, b) => b.revision - a.revision);
  const lastRoot = revisions.findIndex(({ spec }) => mayBeRoot(spec));
  const turned = lastRoot < 0 ? revisions.at(-1) : revisions[lastRoot - 1];
  if (turned?.createdMs == null) return false;
  if (lastRoot >= 0) return created < turned.createdMs;
  // Earlier revisions may have been forgotten: then the first one that is known says nothing.
  return turned.revision <= 1 && created < turned.createdMs - BEFORE_MS;
}

function mayBeRoot(spec: PodSpec): boolean {
  return spec.containers.some((container) => {
    const user = userOfContainer(spec, container);
    return user === null || user === 0;
  });
}

function isCrashing({ pods }: Backing): boolean {
  return pods.some(({ waits }) => waits.includes(CRASHING));
}

/** A container that crashes does not wait all the while: it ends, or starts anew. By itself that may be anything. */
function hasJustEnded({ pods }: Backing): boolean {
  return pods.some(({ ready, restarts }) => !ready && restarts > 0);
}

/** It names a file of the volume, by the innermost mount. */
function isAbout(line: string, { mounts }: Container, volumeName: string): boolean {
  return line.split(NO_PATH).some((word) => {
    const path = word.replace(/\.+$/, '');
    const around = mounts.filter((mount) => isIn(path, mount.path));
    const inner = around.toSorted((a, b) => b.path.length - a.path.length)[0];
    return inner?.volume === volumeName && !isIn(path, `${withoutSlash(inner.path)}/lost+found`);
  });
}

function isIn(path: string, folder: string): boolean {
  const own = withoutSlash(folder);
  return path === own || path.startsWith(`${own}/`);
}

function withoutSlash(path: string): string {
  return path.replace(/\/$/, '');
}
