// What makes a host of the lab a node: control groups that it sees as its own, a disk in memory, and the settings of the
// kernel that a kubelet insists on, as files over those of the machine, so that nothing of the machine is changed.
import type { Host } from '../../lab/host.ts';
import { enterText, mountText, namespaceText } from './cgroup-scripts.ts';
import type { Cgroups } from './cgroups.ts';

/** Runs a program of the node's: in its control groups, and with these as all that there are. */
const ENTER = '/run/lab/enter';

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

export async function makeNode(host: Host, { hierarchies }: Cgroups): Promise<void> {
  await host.writeFile(ENTER, enterText(hierarchies));
  await host.writeFile('/run/lab/make-node', makeText());
  await host.run(['sh', '/run/lab/make-node']);
  await host.run(['sh', '-c', namespaceText(hierarchies)]);
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
