// The images that the nodes run: vipwatch's by its own Dockerfile, over bases made here of this machine's Node, and MetalLB and the
// pause of programs that need no base. Each becomes an archive that a node's containerd loads. What was built stays in a cache
// outside the checkout.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { LAB_PATH, PROJECT_FOLDER } from '../../lab/tools.ts';
import { copyPrograms, writeBaseImage } from '../chart/container.ts';
import type { Program } from '../cluster/programs.ts';
import type { Say } from '../cluster/toolchain.ts';
import { DNS_IMAGE } from './dns.ts';
import { PAUSE_IMAGE } from './kubelet.ts';
import type { FindNodePrograms } from './programs.ts';

type Programs = Extract<FindNodePrograms, { readonly ok: true }>;

const PATH = 'ENV PATH=/usr/local/bin:/usr/bin:/bin';
/** As a builder of images names it. */
const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;
/** What a machine trusts beyond what Node does. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/**
 * The archives' paths. The first time it takes a minute or two, later some seconds.
 *
 * @throws {Error} where an image cannot be built, with what buildah said.
 */
export async function buildImages(
  { cluster, node }: Programs,
  version: string,
  metallbVersion: string,
  say: Say,
): Promise<string[]> {
  const archives = new Archives(node.buildah);
  say('building the images');
  const began = performance.now();
  const paths = [
    await archives.ofProgram(PAUSE_IMAGE, node.pause),
    await archives.ofProgram(DNS_IMAGE, node.coredns),
    await archives.ofProgram(`quay.io/metallb/controller:${metallbVersion}`, cluster.controller),
    await archives.ofProgram(`quay.io/metallb/speaker:${metallbVersion}`, cluster.speaker),
    await archives.ofCheckout(`localhost/vipwatch:${version}`),
  ];
  say(`built the images in ${Math.round((performance.now() - began) / 1000)} s`);
  return paths;
}

/** What is built with: a Dockerfile's folder, and what else `buildah build` is told. */
interface Build {
  readonly name: string;
  readonly folder: string;
  readonly flags?: readonly string[];
}

/** The archives, in the cache. */
class Archives {
  readonly #folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vipwatch', 'node');
  readonly #buildah: Program;

  constructor(buildah: Program) {
    this.#buildah = buildah;
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Of an image with nothing but this program. */
  async ofProgram(name: string, program: Program): Promise<string> {
    const archive = this.#path(basename(program), `${name} ${program}`);
    if (existsSync(archive)) return archive;
    using context = temporaryFolder();
    const file = basename(program);
    cpSync(program, join(context.path, file));
    writeDockerfile(context.path, `FROM scratch\nCOPY ${file} /${file}\nENTRYPOINT ["/${file}"]\n`);
    await this.#build([{ name, folder: context.path }], archive);
    return archive;
  }

  /** Of vipwatch's image, from the checkout as it is. */
  async ofCheckout(name: string): Promise<string> {
    // Another checkout may be tried at the same time.
    const archive = this.#path('vipwatch', PROJECT_FOLDER);
    using base = temporaryFolder();
    using build = temporaryFolder();
    writeRuntimeBase(base.path);
    writeBuildBase(build.path);
    const [baseName, buildName] = ['localhost/lab-base:1', 'localhost/lab-build:1'];
    const bases = [`BUILD_IMAGE=${buildName}`, `BASE_IMAGE=${baseName}`, `TARGETARCH=${ARCHITECTURE}`];
    await this.#build(
      [
        { name: baseName, folder: base.path },
        { name: buildName, folder: build.path },
        { name, folder: PROJECT_FOLDER, flags: bases.flatMap((argument) => ['--build-arg', argument]) },
      ],
      archive,
    );
    return archive;
  }

  #path(name: string, ingredients: string): string {
    const key = createHash('sha256').update(ingredients).digest('hex').slice(0, 12);
    return join(this.#folder, `${name}-${key}.tar`);
  }

  /** Builds one after the other, and archives the last. What it takes beside is in memory, and gone with its namespaces. */
  async #build(builds: readonly Build[], archive: string): Promise<void> {
    const unfinished = `${archive}.${process.pid}`;
    using work = temporaryFolder();
    const [storage, settings] = [join(work.path, 'storage'), join(work.path, 'storage.conf')];
    mkdirSync(storage);
    const roots = `graphroot = "${storage}/graph"\nrunroot = "${storage}/run"\n`;
    writeFileSync(settings, `[storage]\ndriver = "overlay"\n${roots}`);
    writeFileSync(join(work.path, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
    // buildah makes the folder of networks, though none is needed: by default the machine's.
    writeFileSync(
      join(work.path, 'containers.conf'),
      `[network]\nnetwork_config_dir = "${storage}/networks"\n`,
    );
    const policy = `--signature-policy=${work.path}/policy.json`;
    // By a changed root alone: what it builds with needs no control groups, and no network but the machine's.
    const commands = builds.map(({ name, folder, flags = [] }) => [
      ...['build', policy, '--isolation=chroot', ...flags, `--tag=${name}`, folder],
    ]);
    commands.push([
      'push',
      policy,
      builds.at(-1)!.name,
      `docker-archive:${unfinished}:${builds.at(-1)!.name}`,
    ]);
    // It remembers in /var/lib what it has copied.
    const lines = commands.map((words) => [this.#buildah, ...words].map((word) => `'${word}'`).join(' '));
    const script = [
      'set -e',
      `mount -t tmpfs tmpfs '${storage}'`,
      'mount -t tmpfs tmpfs /var/lib',
      `mkdir '${storage}/tmp'`,
      ...lines,
    ].join('\n');
    const child = spawn(
      'unshare',
      ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script],
      {
        env: {
          ...process.env,
          CONTAINERS_STORAGE_CONF: settings,
          CONTAINERS_CONF: join(work.path, 'containers.conf'),
          TMPDIR: `${storage}/tmp`,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const [stdout, stderr, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((done) => {
        child.once('exit', done);
        child.once('error', () => done(null));
      }),
    ]);
    if (code !== 0) {
      rmSync(unfinished, { force: true });
      throw new Error(`Cannot build ${builds.at(-1)!.name}: ${(stdout + stderr).slice(-3000)}`);
    }
    renameSync(unfinished, archive);
  }
}

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'vipwatch-image-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

function writeDockerfile(folder: string, lines: string): void {
  writeFileSync(join(folder, 'Dockerfile'), lines);
}

/** What vipwatch's image is built upon: Node, and what it loads. */
function writeRuntimeBase(folder: string): void {
  writeBaseImage(join(folder, 'root'));
  writeDockerfile(folder, `FROM scratch\nCOPY root /\n${PATH}\n`);
}

/** What it is built in: npm and a shell beside it. */
function writeBuildBase(folder: string): void {
  const root = join(folder, 'root');
  writeBaseImage(root);
  copyPrograms(root, [
    { from: '/bin/sh', to: '/bin/sh' },
    { from: '/usr/bin/env', to: '/usr/bin/env' },
  ]);
  const modules = join(root, 'usr/local/lib/node_modules');
  for (const path of [modules, join(root, 'usr/local/bin'), join(root, 'etc/ssl/certs'), join(root, 'tmp')])
    mkdirSync(path, { recursive: true });
  cpSync(npmFolder(), join(modules, 'npm'), { recursive: true, dereference: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
  const trusts = existsSync(AUTHORITIES);
  if (trusts) cpSync(AUTHORITIES, join(root, AUTHORITIES), { dereference: true });
  writeDockerfile(
    folder,
    `FROM scratch\nCOPY root /\n${PATH}\n${trusts ? `ENV NODE_EXTRA_CA_CERTS=${AUTHORITIES}\n` : ''}`,
  );
}

/** Of the npm that this machine installs packages with. */
function npmFolder(): string {
  const program = LAB_PATH.split(delimiter)
    .map((folder) => join(folder, 'npm'))
    .find((path) => existsSync(path));
  if (!program) throw new Error('Cannot find npm: it is not installed');
  // What is found is a link to FOLDER/bin/npm-cli.js.
  return dirname(dirname(realpathSync(program)));
}
