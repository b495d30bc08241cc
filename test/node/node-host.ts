// What makes a host of the lab a node: control groups that it sees as its own, a disk in memory, and the settings of the
// kernel that a kubelet insists on, as files over those of the machine, so that nothing of the machine is changed.
import type { Host } from '../../lab/host.ts';
import type { Cgroups, Hierarchy } from './cgroups.ts';

/** Runs a program of the node's: in its control groups, and with these as all that there are. */
const ENTER = '/run/lab/enter';
const GROUPS = '/run/lab/cgroups';

/** The kubelet refuses to start without them (`protectKernelDefaults`), where it may not set them itself. */
const KERNEL_DEFAULTS: Readonly<Record<string, string>> = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
};

/** Folders that a node's programs write to. What they hold is gone with the node's power. */
const DISKS = ['/var/lib', '/var/log'];

/** To be called again where the host was without power. */
export async function makeNode(host: Host, { hierarchies }: Cgroups): Promise<void> {
  await host.writeFile(ENTER, enterText(hierarchies));
  await host.writeFile('/run/lab/make-node', makeText());
  await host.run(['sh', '/run/lab/make-node']);
  await host.run(['sh', ENTER, 'sh', '-c', mountText(hierarchies)]);
}

/** The words that start a program as one of the node's. */
export function asOfNode(command: readonly string[]): readonly [`/${string}`, ...string[]] {
  return ['/bin/sh', ENTER, ...command];
}

function makeText(): string {
  const disks = DISKS.flatMap((path) => [
    `mount -t tmpfs -o mode=0755 tmpfs ${path}`,
    // Mounts of containers' volumes must reach the containers that are told so.
    `mount --make-rshared ${path}`,
  ]);
  const settings = Object.entries(KERNEL_DEFAULTS).flatMap(([name, value]) => {
    const file = `/run/lab/settings/${name}`;
    return [
      `if [ -e /proc/sys/${name} ]; then`,
      `mkdir -p $(dirname ${file}); echo ${value} >${file}; mount --bind ${file} /proc/sys/${name}`,
      'fi',
    ];
  });
  return ['set -e', ...disks, ...settings, 'echo 1 >/proc/sys/net/ipv4/ip_forward', ''].join('\n');
}

/** The groups are mounted where nobody sees them: the kubelet would take these mounts for the node's. */
function enterText(hierarchies: readonly Hierarchy[]): string {
  const joins = hierarchies.flatMap(({ controllers, path }) => [
    `mount -t cgroup -o ${controllers} cgroup ${GROUPS}`,
    `echo "$1" >${GROUPS}${path}/cgroup.procs`,
    `umount ${GROUPS}`,
  ]);
  return [
    'set -e',
    `mkdir -p ${GROUPS}`,
    `unshare --mount sh -c 'set -e\n${joins.join('\n')}' sh $$`,
    'exec unshare --cgroup "$@"',
    '',
  ].join('\n');
}

/** In the control groups' namespace, a hierarchy's root is the node's own folder. */
function mountText(hierarchies: readonly Hierarchy[]): string {
  const mounts = hierarchies.flatMap(({ controllers }) => {
    const folder = `/sys/fs/cgroup/${controllers.replace('name=', '')}`;
    return [`mkdir ${folder}`, `mount -t cgroup -o ${controllers} cgroup ${folder}`];
  });
  return ['set -e', 'mount -t tmpfs -o mode=0755 tmpfs /sys/fs/cgroup', ...mounts].join('\n');
}
