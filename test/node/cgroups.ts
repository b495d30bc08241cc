// The control groups of a real node. A shell outside the lab keeps them and takes them away when its owner closes its standard input,
// which is when that ends, however it ends: a group outlives the processes that were in it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Hierarchy, hierarchiesOfVersion1, hierarchyOfVersion2 } from './cgroup-layout.ts';

// Its words are folders. Whatever is beneath goes with the folder, as soon as it is empty: after the owner, whose processes may take
// their time to end.
const KEEP = `
set -e
for folder; do
  mkdir -p "$folder"
  # A file of version 1 alone, where nobody may be in the group without these settings.
  if [ -e "$folder/cpuset.memory_migrate" ]; then
    cat "\${folder%/*}/cpuset.cpus" >"$folder/cpuset.cpus"
    cat "\${folder%/*}/cpuset.mems" >"$folder/cpuset.mems"
  fi
done
echo ready
read -r _ || true
tries=0
while [ $tries -lt 300 ]; do
  left=
  for folder; do
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
  if (hierarchiesOf('node').length > 0) return undefined;
  return 'no control group of version 2 that the tests run in lets groups below it have cpu, memory and pids';
}

function hierarchiesOf(name: string): Hierarchy[] {
  const own = readFileSync('/proc/self/cgroup', 'utf8');
  if (existsSync('/sys/fs/cgroup/memory')) return hierarchiesOfVersion1(own, name);
  const controlOf = (folder: string) => {
    const file = `${folder}/cgroup.subtree_control`;
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const hierarchy = hierarchyOfVersion2(own, name, controlOf);
  return hierarchy ? [hierarchy] : [];
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
    const hierarchies = hierarchiesOf(`vipwatch-${process.pid}-${name}`);
    const keeper = spawn('sh', ['-c', KEEP, 'sh', ...hierarchies.map(({ folder }) => folder)], {
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
    for await (const line of createInterface({ input: keeper.stdout }))
      if (line === 'ready') return new Cgroups(hierarchies, keeper, gone);
    throw new Error(`Cannot make the control groups of ${name}: ${complaints.trim()}`);
  }

  /** Dispose of it after all that runs in it. @throws {Error} where something still did, half a minute later. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#keeper.stdin?.end();
    if ((await this.#gone) !== 0) throw new Error('Cannot remove the control groups: they are in use');
  }
}
