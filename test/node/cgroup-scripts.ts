// How the programs of a node come into its control groups, and see these as all that there are: shell scripts.
import type { Hierarchy } from './cgroup-layout.ts';

const GROUPS = '/run/lab/cgroups';
/** Of version 2: the namespace of the node's control groups, and the group that its programs are in. */
const NAMESPACE = '/run/lab/cgroup-namespace';
const PROGRAMS = 'programs';

/**
 * Runs its words as a program of the node's. The groups are mounted where nobody sees them: the kubelet would take these mounts for the node's.
 */
export function enterText(hierarchies: readonly Hierarchy[]): string {
  const groups = hierarchies.map(
    ({ controllers, path }) =>
      [controllers, controllers === undefined ? `${path}/${PROGRAMS}` : path] as const,
  );
  const joins = groups.flatMap(([controllers, path]) =>
    mounted(controllers, `echo "$1" >${GROUPS}${path}/cgroup.procs`),
  );
  const enter = isVersion2(hierarchies) ? `nsenter --cgroup=${NAMESPACE}` : 'unshare --cgroup';
  return ['set -e', unseen(joins), `exec ${enter} "$@"`, ''].join('\n');
}

/**
 * Of version 2 alone: makes the namespace that {@link enterText} enters. A namespace's root is where its maker was, and nobody may be there
 * any more when the groups below it have controllers: so the node's programs are in a group below.
 */
export function namespaceText(hierarchies: readonly Hierarchy[]): string {
  if (!isVersion2(hierarchies)) return '';
  const [{ path }] = hierarchies as readonly [Hierarchy];
  const joins = mounted(
    undefined,
    `mkdir -p ${GROUPS}${path}/${PROGRAMS}`,
    `echo "$1" >${GROUPS}${path}/cgroup.procs`,
  );
  return ['set -e', unseen(joins), `touch ${NAMESPACE}`, `unshare --cgroup=${NAMESPACE} true`, ''].join('\n');
}

/** In the control groups' namespace, a hierarchy's root is the node's own folder. */
export function mountText(hierarchies: readonly Hierarchy[]): string {
  if (isVersion2(hierarchies)) return 'mount -t cgroup2 cgroup2 /sys/fs/cgroup\n';
  const mounts = hierarchies.flatMap(({ controllers }) => {
    const folder = `/sys/fs/cgroup/${controllers!.replace('name=', '')}`;
    return [`mkdir ${folder}`, `mount -t cgroup -o ${controllers} cgroup ${folder}`];
  });
  return ['set -e', 'mount -t tmpfs -o mode=0755 tmpfs /sys/fs/cgroup', ...mounts, ''].join('\n');
}

function isVersion2(hierarchies: readonly Hierarchy[]): boolean {
  return hierarchies[0]?.controllers === undefined;
}

/** What is done with a hierarchy while it is mounted. */
function mounted(controllers: string | undefined, ...commands: readonly string[]): string[] {
  const type = controllers === undefined ? 'cgroup2' : `cgroup -o ${controllers}`;
  return [`mount -t ${type} cgroup ${GROUPS}`, ...commands, `umount ${GROUPS}`];
}

/** Done in mounts of its own; `$1` is the caller. */
function unseen(commands: readonly string[]): string {
  return `mkdir -p ${GROUPS}\nunshare --mount sh -c 'set -e\n${commands.join('\n')}' sh $$`;
}
