// Builds the cluster's programs from Go modules, whose versions and checksums `tools/*/go.mod` and `go.sum` pin. Each
// module's programs are built once, into a folder outside the checkout that is named after all that goes into them.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What is built together, of one folder of `tools/`. */
export type Module =
  | 'actionlint'
  | 'chart'
  | 'etcd'
  | 'kubernetes'
  | 'metallb'
  | 'metallb-0.16.2'
  | 'node'
  | 'pause';
export type Say = (line: string) => void;
export type FindGo =
  | { readonly ok: true; readonly go: GoToolchain }
  | { readonly ok: false; readonly reason: string };

/** What is written into a dependency whose version with it is not to be had. */
interface Addition {
  readonly module: string;
  readonly file: string;
  /** The words, once in the file, that the text is put before. */
  readonly before: string;
  readonly text: string;
}

interface Recipe {
  /** Of `tools/`. @default the recipe's own name */
  readonly folder?: string;
  /** The Go module whose version is the programs'. */
  readonly source: string;
  /** Names of programs and the packages that they are built from. */
  readonly programs: Readonly<Record<string, string>>;
  /** The variables that a release's own build sets. */
  readonly variables: (version: string) => Readonly<Record<string, string>>;
  /** @default nothing: all is as its authors released it */
  readonly additions?: readonly Addition[];
}

const RECIPES: Record<Module, Recipe> = {
  actionlint: {
    source: 'github.com/rhysd/actionlint',
    programs: { actionlint: 'github.com/rhysd/actionlint/cmd/actionlint' },
    variables: (version) => ({ 'github.com/rhysd/actionlint.version': version }),
  },
  chart: {
    source: 'helm.sh/helm/v4',
    programs: { helm: 'helm.sh/helm/v4/cmd/helm', strict: './strict' },
    variables: (version) => ({ 'helm.sh/helm/v4/internal/version.version': version }),
  },
  etcd: {
    source: 'go.etcd.io/etcd/server/v3',
    programs: { etcd: 'go.etcd.io/etcd/server/v3' },
    variables: () => ({}),
  },
  kubernetes: {
    source: 'k8s.io/kubernetes',
    programs: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    variables: kubernetesVariables,
  },
  metallb: {
    source: 'go.universe.tf/metallb',
    programs: { controller: 'go.universe.tf/metallb/controller', speaker: 'go.universe.tf/metallb/speaker' },
    variables: () => ({}),
  },
  // Its FRR-K8s mode, which nothing here runs, names a field that frr-k8s has from 0.0.27 on, and that version is refused by
  // the module proxy: go.mod has 0.0.26 in its place, and the field is added.
  'metallb-0.16.2': {
    source: 'go.universe.tf/metallb',
    programs: { controller: 'go.universe.tf/metallb/controller', speaker: 'go.universe.tf/metallb/speaker' },
    variables: () => ({}),
    additions: [
      {
        module: 'github.com/metallb/frr-k8s',
        file: 'api/v1beta1/frrconfiguration_types.go',
        before: '	// PrefixesWithCommunity is',
        text: '	PrefixesWithAsPathPrepend []AsPathPrependPrefixes `json:"withAsPathPrepend,omitempty"`\n\n',
      },
      {
        module: 'github.com/metallb/frr-k8s',
        file: 'api/v1beta1/groupversion_info.go',
        before: 'var (\n',
        text: 'type AsPathPrependPrefixes struct {\n	Prefixes      []string `json:"prefixes,omitempty"`\n	AsPathPrepend uint8    `json:"asPathPrepend,omitempty"`\n}\n\n',
      },
    ],
  },
  // Apart from the rest of their module: only real nodes need them, and they take as long as all others together.
  node: {
    folder: 'kubernetes',
    source: 'k8s.io/kubernetes',
    programs: {
      kubelet: 'k8s.io/kubernetes/cmd/kubelet',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    },
    variables: kubernetesVariables,
  },
  pause: {
    source: 'vipwatch.test/cluster/pause',
    programs: { pause: '.' },
    variables: () => ({}),
  },
};

function kubernetesVariables(version: string): Readonly<Record<string, string>> {
  const [gitMajor = '', gitMinor = ''] = version.slice(1).split('.');
  const values = { gitVersion: version, gitMajor, gitMinor };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`k8s.io/component-base/version.${name}`, value]),
  );
}

const TOOLS = join(import.meta.dirname, 'tools');
const PROGRESS_EVERY_MS = 30_000;
/** Go's own installer puts it where no PATH leads. */
const GO_CANDIDATES = ['go', '/usr/local/go/bin/go'];
/** The programs, and nothing of this machine in them. */
const GO_ENVIRONMENT = { CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
const BUILD_FLAGS = ['-trimpath', '-buildvcs=false'];

/** The Go of this machine, or why there is none that can build the programs. */
export function findGo(): FindGo {
  for (const program of GO_CANDIDATES) {
    const { error, status, stdout, stderr } = spawnSync(program, ['env', 'GOVERSION', 'GOOS', 'GOARCH'], {
      // Here it is held against the version that the module asks for.
      cwd: join(TOOLS, 'kubernetes'),
      env: { ...process.env, ...GO_ENVIRONMENT },
      encoding: 'utf8',
    });
    if (status === 0) return { ok: true, go: new GoToolchain(program, stdout.trim().split('\n').join(' ')) };
    if (!error) return { ok: false, reason: `Go does not work: ${stderr.trim()}` };
  }
  return { ok: false, reason: 'Go is not installed' };
}

export class GoToolchain {
  readonly #go: string;
  readonly #version: string;

  constructor(program: string, version: string) {
    this.#go = program;
    this.#version = version;
  }

  /**
   * The folder with the module's programs, or with the only one that is wanted; at once where they were built before.
   *
   * @throws {Error} where a module cannot be fetched or built, with what Go said.
   */
  async build(module: Module, say: Say, only?: string): Promise<string> {
    const { source, programs: all, variables, additions = [] } = RECIPES[module];
    const tools = folderOf(module);
    const programs = Object.fromEntries(Object.entries(all).filter(([name]) => !only || name === only));
    const goMod = await readFile(join(tools, 'go.mod'), 'utf8');
    const goSum = await readFile(join(tools, 'go.sum'), 'utf8');
    const version = new RegExp(`${source} (v\\S+)`).exec(goMod)?.[1] ?? '';
    const settings = Object.entries(variables(version)).map(([name, value]) => `-X ${name}=${value}`);
    const flags = [...BUILD_FLAGS, '-ldflags', ['-s -w', ...settings].join(' ')];
    const ownSource = await sourceTexts(tools);
    const ingredients = [this.#version, goMod, goSum, programs, flags, ...additions, ...ownSource];
    const fingerprint = createHash('sha256').update(JSON.stringify(ingredients)).digest('hex').slice(0, 16);

    const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vipwatch', 'cluster');
    const folder = join(cache, `${module}-${fingerprint}`);
    if (existsSync(folder)) return folder;
    await mkdir(cache, { recursive: true });
    const unfinished = await mkdtemp(join(cache, '.unfinished-'));
    const changed = await mkdtemp(join(cache, '.changed-'));
    try {
      const modFlags = additions.length > 0 ? await this.#addTo(module, additions, changed) : [];
      for (const [name, path] of Object.entries(programs)) {
        const words = ['build', '-v', ...modFlags, ...flags, '-o', join(unfinished, name), path];
        await this.#run(module, words, { name: `${name} ${version}`, say });
      }
      await rename(unfinished, folder).catch((error) => {
        // Another build was quicker, with the same result.
        if (!existsSync(folder)) throw error;
      });
    } finally {
      await rm(unfinished, { recursive: true, force: true });
      await rm(changed, { recursive: true, force: true });
    }
    return folder;
  }

  /** Flags of `go build`, by which it takes copies of the dependencies that are added to, in this folder. */
  async #addTo(module: Module, additions: readonly Addition[], folder: string): Promise<string[]> {
    const dependencies = [...new Set(additions.map((one) => one.module))];
    const goMod = join(folder, 'go.mod');
    await cp(join(folderOf(module), 'go.mod'), goMod);
    await cp(join(folderOf(module), 'go.sum'), join(folder, 'go.sum'));
    for (const [i, dependency] of dependencies.entries()) {
      const copy = join(folder, String(i));
      const source = await this.#folderOfDependency(module, dependency);
      // Go keeps its own copy read-only.
      execFileSync('cp', ['-r', '--no-preserve=mode', source, copy]);
      await this.#run(module, ['mod', 'edit', '-dropreplace', dependency, goMod]);
      await this.#run(module, ['mod', 'edit', `-replace=${dependency}=${copy}`, goMod]);
      for (const { file, before, text } of additions.filter((one) => one.module === dependency)) {
        const path = join(copy, file);
        const old = await readFile(path, 'utf8');
        if (old.split(before).length !== 2)
          throw new Error(`Cannot add to ${file}: not once in it: ${before}`);
        await writeFile(
          path,
          old.replace(before, () => `${text}${before}`),
        );
      }
    }
    return [`-modfile=${goMod}`];
  }

  /**
   * Where Go keeps the source of the module's programs; fetched where it is missing.
   *
   * @throws {Error} where it cannot be fetched.
   */
  async sourceFolder(module: Module): Promise<string> {
    return await this.#folderOfDependency(module, RECIPES[module].source);
  }

  async #folderOfDependency(module: Module, dependency: string): Promise<string> {
    await this.#run(module, ['mod', 'download', dependency]);
    const lines = await this.#run(module, ['list', '-m', '-f', '{{.Dir}}', dependency]);
    return lines.at(-1)!;
  }

  /** Everything that Go said, by the line: when it builds, the packages that it has compiled. */
  async #run(
    module: Module,
    words: readonly string[],
    progress?: { readonly name: string; readonly say: Say },
  ): Promise<string[]> {
    const began = Date.now();
    const seconds = () => Math.round((Date.now() - began) / 1000);
    const { name, say } = progress ?? { name: '', say: () => {} };
    say(`building ${name}`);
    // Minutes of work for every core: others go first.
    const child = spawn('nice', ['-n', '19', this.#go, ...words], {
      cwd: folderOf(module),
      env: { ...process.env, ...GO_ENVIRONMENT },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    const timer = setInterval(
      () => say(`building ${name}: ${lines.length} packages in ${seconds()} s`),
      PROGRESS_EVERY_MS,
    );
    const code = await ended(child, lines);
    clearInterval(timer);
    if (code !== 0) throw new Error(`go ${words.join(' ')} failed:\n${lines.slice(-20).join('\n')}`);
    say(`built ${name} in ${seconds()} s`);
    return lines;
  }
}

function folderOf(module: Module): string {
  return join(TOOLS, RECIPES[module].folder ?? module);
}

/** Of the programs in the folder that are our own. */
async function sourceTexts(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.go')).sort();
  return await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}

/** Its exit code, once all that it said is in `lines`; null where it did not start. */
async function ended(child: ChildProcess, lines: string[]): Promise<number | null> {
  const read = [child.stdout!, child.stderr!].map(async (input) => {
    for await (const line of createInterface({ input })) lines.push(line);
  });
  const code = await new Promise<number | null>((done) => {
    child.once('exit', done);
    child.once('error', (error) => {
      lines.push(error.message);
      done(null);
    });
  });
  await Promise.all(read);
  return code;
}
