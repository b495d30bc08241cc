// Builds the cluster's programs from Go modules, whose versions and checksums `tools/*/go.mod` and `go.sum` pin. Each
// module's programs are built once, into a folder outside the checkout that is named after all that goes into them.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A folder of `tools/`. */
export type Module = 'actionlint' | 'chart' | 'etcd' | 'kubernetes' | 'metallb';
export type Say = (line: string) => void;
export type FindGo =
  | { readonly ok: true; readonly go: GoToolchain }
  | { readonly ok: false; readonly reason: string };

interface Recipe {
  /** The Go module whose version is the programs'. */
  readonly source: string;
  /** Names of programs and the packages that they are built from. */
  readonly programs: Readonly<Record<string, string>>;
  /** The variables that a release's own build sets. */
  readonly variables: (version: string) => Readonly<Record<string, string>>;
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
    variables: (version) => {
      const [gitMajor = '', gitMinor = ''] = version.slice(1).split('.');
      const values = { gitVersion: version, gitMajor, gitMinor };
      return Object.fromEntries(
        Object.entries(values).map(([name, value]) => [`k8s.io/component-base/version.${name}`, value]),
      );
    },
  },
  metallb: {
    source: 'go.universe.tf/metallb',
    programs: { controller: 'go.universe.tf/metallb/controller', speaker: 'go.universe.tf/metallb/speaker' },
    variables: () => ({}),
  },
};

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
    const { source, programs: all, variables } = RECIPES[module];
    const programs = Object.fromEntries(Object.entries(all).filter(([name]) => !only || name === only));
    const goMod = await readFile(join(TOOLS, module, 'go.mod'), 'utf8');
    const goSum = await readFile(join(TOOLS, module, 'go.sum'), 'utf8');
    const version = new RegExp(`${source} (v\\S+)`).exec(goMod)?.[1] ?? '';
    const settings = Object.entries(variables(version)).map(([name, value]) => `-X ${name}=${value}`);
    const flags = [...BUILD_FLAGS, '-ldflags', ['-s -w', ...settings].join(' ')];
    const ownSource = await sourceTexts(join(TOOLS, module));
    const ingredients = JSON.stringify([this.#version, goMod, goSum, programs, flags, ...ownSource]);
    const fingerprint = createHash('sha256').update(ingredients).digest('hex').slice(0, 16);

    const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vipwatch', 'cluster');
    const folder = join(cache, `${module}-${fingerprint}`);
    if (existsSync(folder)) return folder;
    await mkdir(cache, { recursive: true });
    const unfinished = await mkdtemp(join(cache, '.unfinished-'));
    try {
      for (const [name, path] of Object.entries(programs)) {
        const words = ['build', '-v', ...flags, '-o', join(unfinished, name), path];
        await this.#run(module, words, { name: `${name} ${version}`, say });
      }
      await rename(unfinished, folder).catch((error) => {
        // Another build was quicker, with the same result.
        if (!existsSync(folder)) throw error;
      });
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    return folder;
  }

  /**
   * Where Go keeps the source of the module's programs; fetched where it is missing.
   *
   * @throws {Error} where it cannot be fetched.
   */
  async sourceFolder(module: Module): Promise<string> {
    const { source } = RECIPES[module];
    await this.#run(module, ['mod', 'download', source]);
    const lines = await this.#run(module, ['list', '-m', '-f', '{{.Dir}}', source]);
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
      cwd: join(TOOLS, module),
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
