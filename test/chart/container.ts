// Runs vipwatch's image as its manifests say, without a container engine. The base image is stood in for by a folder with
// nothing but Node, setpriv and the libraries that these two load; what the image adds is mounted into it.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Host } from '../../lab/host.ts';
import type { LabProcess } from '../../lab/process.ts';
import type { PodTemplate } from './objects.ts';

/** Where Node's own image has it. */
export const NODE = '/usr/local/bin/node';
export const CONFIG_FOLDER = '/etc/vipwatch';
export const STATE_FOLDER = '/var/lib/vipwatch';
const SETPRIV = '/usr/bin/setpriv';

/** Puts the stand-in for the base image into the folder. There is neither a /tmp nor a /dev. */
export function writeBaseImage(folder: string): void {
  copyPrograms(folder, [
    { from: process.execPath, to: NODE },
    { from: execFileSync('which', ['setpriv'], { encoding: 'utf8' }).trim(), to: SETPRIV },
  ]);
  for (const path of ['/opt', '/proc', CONFIG_FOLDER, STATE_FOLDER])
    mkdirSync(join(folder, path), { recursive: true });
}

/** With the libraries that they load. */
export function copyPrograms(
  folder: string,
  programs: readonly { readonly from: string; readonly to: string }[],
): void {
  const libraries = new Set(programs.flatMap(({ from }) => librariesOf(from)));
  const files = [...programs, ...[...libraries].map((path) => ({ from: path, to: path }))];
  for (const { from, to } of files) {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    copyFileSync(from, join(folder, to));
  }
}

function librariesOf(program: string): string[] {
  const list = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...list.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(/gm)].map((match) => match[1]!);
}

export interface ContainerFiles {
  /** As made by `writeBaseImage`. */
  readonly base: string;
  /** What the image adds to it. */
  readonly image: string;
  /** Mounted at `CONFIG_FOLDER`, read-only. */
  readonly configuration: string;
  /** Mounted at `STATE_FOLDER`. */
  readonly state: string;
}

/** Starts a program of the container on a host of the lab, in the host's network. */
export function startInContainer(
  host: Host,
  { spec }: PodTemplate,
  { base, image, configuration, state }: ContainerFiles,
  program: readonly string[],
): LabProcess {
  const { readOnlyRootFilesystem, capabilities, allowPrivilegeEscalation } =
    spec.containers[0].securityContext;
  const granted = ['-all', ...capabilities.add.map((name) => `+${name.toLowerCase()}`)].join(',');
  // What a root process may hold is what its bounding set leaves.
  const privileges = [`--bounding-set=${granted}`, '--inh-caps=-all', '--clear-groups'];
  if (!allowPrivilegeEscalation) privileges.push('--no-new-privs');
  const script = [
    'set -e',
    'mount --bind "$1" "$1"',
    'mount --bind "$2/opt" "$1/opt"',
    `mount --bind "$3" "$1${CONFIG_FOLDER}"`,
    `mount --bind "$4" "$1${STATE_FOLDER}"`,
    'mount --rbind /proc "$1/proc"',
    `mount -o remount,bind,ro "$1${CONFIG_FOLDER}"`,
    ...(readOnlyRootFilesystem ? ['mount -o remount,bind,ro "$1/opt"', 'mount -o remount,bind,ro "$1"'] : []),
    'root=$1; shift 4',
    `exec chroot "$root" ${SETPRIV} ${privileges.join(' ')} "$@"`,
  ].join('\n');
  const words = ['--mount', 'sh', '-c', script, 'sh', base, image, configuration, state, ...program];
  return host.spawn(['unshare', ...words]);
}
