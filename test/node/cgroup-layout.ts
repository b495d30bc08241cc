// Where a node's control groups are made: below those that the tests run in, so that the node has no more of the machine than they
// have. Either of version 1, a hierarchy for each controller, or of version 2 with one for all (cgroups(7)).

/** The folder of a node's groups in one hierarchy. */
export interface Hierarchy {
  /** Of version 1: its controllers, or its name, as `mount -o` takes it; undefined: it is the one of version 2. */
  readonly controllers: string | undefined;
  /** The folder's, in the hierarchy. */
  readonly path: string;
  /** Where this machine has it. */
  readonly folder: string;
}

/** What a kubelet must have of a hierarchy of version 2. */
const NEEDED = ['cpu', 'memory', 'pids'];
const ROOT = '/sys/fs/cgroup';

/**
 * Of version 1, also where version 2 is mounted beside it: that one has nothing then that a kubelet wants.
 *
 * @param own the text of /proc/self/cgroup: lines of `number:controllers:path`.
 */
export function hierarchiesOfVersion1(own: string, name: string): Hierarchy[] {
  return lines(own).flatMap(({ controllers, path }) => {
    if (!controllers) return [];
    const inside = below(path, name);
    return { controllers, path: inside, folder: `${ROOT}/${controllers.replace('name=', '')}${inside}` };
  });
}

/**
 * Of version 2. A group with processes in it lets none below it have controllers, which is why it may be one further up than the
 * tests' own: the nearest that does. Undefined: there is none.
 *
 * @param controlOf what `cgroup.subtree_control` of a group says.
 */
export function hierarchyOfVersion2(
  own: string,
  name: string,
  controlOf: (folder: string) => string,
): Hierarchy | undefined {
  const path = lines(own).find(({ controllers }) => !controllers)?.path;
  if (path === undefined) return undefined;
  for (let group = path === '/' ? '' : path; ; group = group.slice(0, group.lastIndexOf('/'))) {
    const passedOn = controlOf(`${ROOT}${group}`).trim().split(' ');
    if (NEEDED.every((controller) => passedOn.includes(controller)))
      return { controllers: undefined, path: below(group, name), folder: `${ROOT}${below(group, name)}` };
    if (group === '') return undefined;
  }
}

function lines(own: string): { readonly controllers: string; readonly path: string }[] {
  return own.split('\n').flatMap((line) => {
    const [, controllers = '', path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    return path === undefined ? [] : { controllers, path };
  });
}

function below(path: string, name: string): string {
  return path.endsWith('/') ? `${path}${name}` : `${path}/${name}`;
}
