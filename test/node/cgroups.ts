// The control groups of a real node: a folder of its own in each hierarchy, below the groups that the tests run in, so that
// the node has no more of the machine than they have. A shell outside the lab keeps it and takes it away when its owner
// closes its standard input, which is when that ends, however it ends: a group outlives the processes that were in it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface Hierarchy {
  /** Or its name, as `mount -o` takes it. */
  readonly controllers: string;
  /** The folder's, in the hierarchy. */
  readonly path: string;
}

// The lines of /proc/self/cgroup are `number:controllers:path` (cgroups(7)). Whatever is beneath goes with the folder, as soon as it is
// empty: after the owner, whose processes may take their time to end.
const KEEP = `
set -e
name=$1
folders=
remember() { folders="$folders $1"; }
while IFS=: read -r _ controllers path; do
  # That of version 2 beside the others has nothing that a kubelet wants.
  [ -n "$controllers" ] || continue
  folder=/sys/fs/cgroup/\${controllers#name=}$path/$name
  mkdir -p "$folder"
  remember "$folder"
  if [ -e "$folder/cpuset.cpus" ]; then
    cat "\${folder%/*}/cpuset.cpus" >"$folder/cpuset.cpus"
    cat "\${folder%/*}/cpuset.mems" >"$folder/cpuset.mems"
  fi
  echo "hierarchy $controllers $(echo "$path/$name" | sed 's,//*,/,')"
done </proc/self/cgroup
echo ready
read -r _ || true
tries=0
while [ $tries -lt 300 ]; do
  left=
  for folder in $folders; do
    [ ! -d "$folder" ] || find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || left=yes
  done
  [ -n "$left" ] || exit 0
  tries=$((tries + 1))
  sleep 0.1
done
exit 1
`;

/** Why a node cannot be made here; undefined: it can. */
export function cgroupsUnavailable(): string | undefined {
  if (existsSync('/sys/fs/cgroup/memory')) return undefined;
  return 'this machine has control groups of version 2 alone, with which it was not tried yet';
}

export class Cgroups implements AsyncDisposable {
  readonly hierarchies: readonly Hierarchy[];
  readonly #keeper: ChildProcess;
  readonly #gone: Promise<number | null>;

  private constructor(hierarchies: readonly Hierarchy[], keeper: ChildProcess, gone: Promise<number | null>) {
    this.hierarchies = hierarchies;
    this.#keeper = keeper;
    this.#gone = gone;
  }

  /**
   * Makes the folders.
   *
   * @throws {Error} where this machine does not allow it.
   */
  static async create(name: string): Promise<Cgroups> {
    const keeper = spawn('sh', ['-c', KEEP, 'sh', `vipwatch-${process.pid}-${name}`], {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let complaints = '';
    keeper.stderr.on('data', (chunk) => {
      complaints += chunk;
    });
    const gone = new Promise<number | null>((done) => {
      keeper.once('exit', done);
    });
    const hierarchies: Hierarchy[] = [];
    for await (const line of createInterface({ input: keeper.stdout })) {
      if (line === 'ready') return new Cgroups(hierarchies, keeper, gone);
      const [, controllers = '', path = ''] = /^hierarchy (\S*) (\S+)$/.exec(line) ?? [];
      hierarchies.push({ controllers, path });
    }
    throw new Error(`Cannot make the control groups of ${name}: ${complaints.trim()}`);
  }

  /** Dispose of it after all that runs in it. @throws {Error} where something still did, half a minute later. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#keeper.stdin?.end();
    if ((await this.#gone) !== 0) throw new Error('Cannot remove the control groups: they are in use');
  }
}
