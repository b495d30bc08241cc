// Runs a Pod's container on a host of the lab as its spec says: arguments, environment, volumes, user, capabilities. It has
// its own mounts, but sees the machine's files otherwise: the program is not taken from an image. Probes and limits are
// not looked at. What else it cannot do, it refuses.
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Host } from '../../lab/host.ts';
import type { LabProcess } from '../../lab/process.ts';
import type { ControlPlane } from './control-plane.ts';
import { type Container, fieldOf, type Pod, type SecurityContext, type VolumeMount } from './pod.ts';
import type { Program } from './programs.ts';
import { volumeContent } from './volumes.ts';

/** What an image would hold: its repository, or one tag of it, and the program that it starts with its first arguments. */
export type Images = Readonly<Record<string, readonly [program: Program, ...words: string[]]>>;

export interface ContainerPlace {
  readonly controlPlane: ControlPlane;
  /** Whose network the Pod is in. */
  readonly host: Host;
  readonly podIp: string;
  /** The node's. */
  readonly hostIp: string;
}

/** What a container runtime grants where a Pod says nothing about it. */
const DEFAULT_CAPABILITIES = [
  'audit_write',
  'chown',
  'dac_override',
  'fowner',
  'fsetid',
  'kill',
  'mknod',
  'net_bind_service',
  'net_raw',
  'setfcap',
  'setgid',
  'setpcap',
  'setuid',
  'sys_chroot',
];

/**
 * Starts the Pod's container, which is its only one.
 *
 * @throws {VolumeMissing} where an object that it mounts is not there yet.
 */
export async function startContainer(pod: Pod, place: ContainerPlace, images: Images): Promise<LabProcess> {
  const { host, hostIp, podIp, controlPlane } = place;
  const { containers, initContainers = [] } = pod.spec;
  if (containers.length + initContainers.length > 1) {
    throw new Error(`Cannot run ${pod.metadata.name}: more than one container`);
  }
  const [container] = containers;
  const [program, ...words] = entrypoint(container, images);
  const folder = `/run/lab/pods/${pod.metadata.name}`;
  const placed: Pod = { ...pod, status: { ...pod.status, podIP: podIp } };
  // The program's own folder may be one that the container's user cannot enter.
  const seenAs = `${folder}/bin/${basename(program)}`;
  const script = [
    'set -e',
    `mount --bind "$1" ${seenAs}`,
    ...(await mountLines(placed, container, folder, place)),
  ];
  const security = container.securityContext ?? {};
  if (security.readOnlyRootFilesystem) script.push('mount -o remount,bind,ro /');
  script.push('shift', `exec setpriv ${privileges(pod, security).join(' ')} ${seenAs} "$@"`);
  await mkdir(host.path(`${folder}/bin`), { recursive: true });
  await writeFile(host.path(seenAs), '');
  await writeFile(host.path(`${folder}/start`), `${script.join('\n')}\n`);

  const environment: Record<string, string> = {
    KUBERNETES_SERVICE_HOST: controlPlane.address,
    KUBERNETES_SERVICE_PORT: String(controlPlane.port),
    ...environmentOf(placed, container, hostIp),
  };
  const args = (container.args ?? []).map((word) => expanded(word, environment));
  const shell = ['/bin/sh', `${folder}/start`, program, ...words, ...args];
  return host.spawn(['unshare', '--mount', '--propagation=private', ...shell], environment);
}

function entrypoint(container: Container, images: Images): readonly [string, ...string[]] {
  const found = images[container.image] ?? images[container.image.replace(/[:@][^/]*$/, '')];
  if (!found) throw new Error(`Cannot run ${container.image}: no program stands for this image`);
  if (container.command) throw new Error(`Cannot run ${container.name}: it names a program inside its image`);
  return found;
}

/** `$(NAME)` is the variable's value, or stays as it is where there is none; `$$` is a `$`. */
function expanded(word: string, environment: Readonly<Record<string, string>>): string {
  return word.replace(/\$(?:\$|\(([^)]+)\))/g, (text, name) =>
    name === undefined ? '$' : (environment[name] ?? text),
  );
}

function environmentOf(pod: Pod, container: Container, hostIp: string): Record<string, string> {
  return Object.fromEntries(
    (container.env ?? []).map(({ name, value = '', valueFrom }) => {
      if (!valueFrom) return [name, value];
      const field = valueFrom.fieldRef && fieldOf(pod, hostIp, valueFrom.fieldRef.fieldPath);
      if (field === undefined) throw new Error(`Cannot tell ${name}'s value: ${JSON.stringify(valueFrom)}`);
      return [name, field];
    }),
  );
}

/** Shell lines that mount the container's volumes; what they hold is written to the host. */
async function mountLines(
  pod: Pod,
  container: Container,
  folder: string,
  place: ContainerPlace,
): Promise<string[]> {
  const mounts = container.volumeMounts ?? [];
  const lines = overlayLines(mounts, folder);
  const readOnlyPaths: string[] = [];
  // A mount point may be within another volume: outer ones first, and all of them before any is read-only.
  for (const { name, mountPath, readOnly } of mounts.toSorted(
    (a, b) => a.mountPath.length - b.mountPath.length,
  )) {
    const volume = pod.spec.volumes?.find((one) => one.name === name);
    if (!volume) throw new Error(`Cannot mount ${name}: the Pod has no such volume`);
    const content = await volumeContent(volume, pod, place);
    // The node's disk is in memory as well: nothing is written to the machine's.
    const source =
      content.kind === 'host-folder' ? `/run/lab/disk${content.path}` : `${folder}/volumes/${name}`;
    await mkdir(place.host.path(source), { recursive: true });
    if (content.kind === 'files') {
      for (const [path, text] of content.files) {
        const file = place.host.path(`${source}/${path}`);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      }
    }
    lines.push(`mkdir -p ${mountPath}`, `mount --bind ${source} ${mountPath}`);
    if (readOnly) readOnlyPaths.push(mountPath);
  }
  return [...lines, ...readOnlyPaths.map((path) => `mount -o remount,bind,ro ${path}`)];
}

/** So that mount points can be made in the machine's folders without being seen there. `/run` is the host's own anyway. */
function overlayLines(mounts: readonly VolumeMount[], folder: string): string[] {
  const outside = mounts.map(({ mountPath }) => mountPath).filter((path) => !/^(\/var)?\/run\//.test(path));
  const tops = new Set(outside.map((path) => `/${path.split('/')[1]}`));
  return [...tops].flatMap((top) => {
    const [upper, work] = [`${folder}/overlay${top}/upper`, `${folder}/overlay${top}/work`];
    return [
      `mkdir -p ${upper} ${work}`,
      `mount -t overlay -o lowerdir=${top},upperdir=${upper},workdir=${work} overlay ${top}`,
    ];
  });
}

/** Options of setpriv(1). */
function privileges(pod: Pod, security: SecurityContext): string[] {
  const options: string[] = [];
  const user = security.runAsUser ?? pod.spec.securityContext?.runAsUser ?? 0;
  if (user !== 0) options.push(`--reuid=${user}`, `--regid=${user}`, '--clear-groups');
  if (security.allowPrivilegeEscalation === false) options.push('--no-new-privs');
  if (!security.privileged) {
    const { add = [], drop = [] } = security.capabilities ?? {};
    const dropped = new Set(drop.map((name) => name.toLowerCase()));
    const kept = DEFAULT_CAPABILITIES.filter((name) => !dropped.has('all') && !dropped.has(name));
    const granted = [...new Set([...kept, ...add.map((name) => name.toLowerCase())])];
    const set = ['-all', ...granted.map((name) => `+${name}`)].join(',');
    options.push(`--bounding-set=${set}`, `--inh-caps=${set}`);
  }
  return options;
}
