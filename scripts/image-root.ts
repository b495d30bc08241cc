// `node scripts/image-root.ts FOLDER [amd64|arm64]`: what vipwatch's image adds to its base image, as a file tree to be
// copied to `/`. It is the bundle, the part of koffi that one machine needs, their licences, and what is explained. The Dockerfile calls this,
// and so do the tests, which run the tree without a container engine.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
/** In the image. The Dockerfile's entry point names it too. */
const PROGRAM_FOLDER = '/opt/vipwatch';

/** What `vipwatch explain` reads. */
const EXPLAINED = ['docs/findings.md', 'docs/checks.md'];

/** By the names that container engines use, as npm and Node say it. */
const ARCHITECTURES = { amd64: 'x64', arm64: 'arm64' } as const;
export type Architecture = keyof typeof ARCHITECTURES;

/** Of koffi: what `import` reaches. The rest is its source, for those who compile it, and the CommonJS entrance. */
const KOFFI_FILES = [
  'LICENSE.txt',
  'index.js',
  'package.json',
  'src/koffi/index.js',
  'src/koffi/src/static.js',
];

/**
 * @param folder made where it is missing; what lies there stays.
 * @throws {Error} where the bundle fails, or koffi's part for the architecture can neither be found nor fetched.
 */
export function assembleImageRoot(folder: string, architecture: Architecture): void {
  const program = join(folder, PROGRAM_FOLDER);
  run(ROOT, process.execPath, 'scripts/bundle.ts', join(program, 'dist'));
  // Says to Node what kind of modules these are.
  writeFileSync(join(program, 'package.json'), '{ "name": "vipwatch", "type": "module", "private": true }\n');
  cpSync(join(ROOT, 'LICENSE'), join(program, 'LICENSE'));
  for (const page of EXPLAINED) cpSync(join(ROOT, page), join(program, page));

  const cpu = ARCHITECTURES[architecture];
  const native = `@koromix/koffi-linux-${cpu}`;
  const nativeFiles = ['index.js', 'package.json', `linux_${cpu}/koffi.node`];
  withModules(cpu, native, (modules) => {
    const copy = (name: string) => {
      const to = join(program, 'node_modules', name);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(modules, name), to);
    };
    for (const name of KOFFI_FILES) copy(`koffi/${name}`);
    for (const name of nativeFiles) copy(`${native}/${name}`);
  });
}

/** The checkout's own modules where they are for that kind of machine; else those of the lock file, fetched for it. */
function withModules(cpu: string, native: string, use: (modules: string) => void): void {
  const own = join(ROOT, 'node_modules');
  if (existsSync(join(own, native))) return use(own);
  const folder = mkdtempSync(join(tmpdir(), 'vipwatch-modules-'));
  try {
    for (const name of ['package.json', 'package-lock.json']) cpSync(join(ROOT, name), join(folder, name));
    const target = ['--os=linux', `--cpu=${cpu}`, '--libc=glibc'];
    run(folder, 'npm', 'ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', ...target);
    use(join(folder, 'node_modules'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(cwd: string, program: string, ...args: string[]): void {
  const { status, error, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${error ?? stdout + stderr}`);
}

function isArchitecture(word: string): word is Architecture {
  return Object.hasOwn(ARCHITECTURES, word);
}

/** By the name that container engines use; undefined where no image is made for such machines. */
export function ownArchitecture(): Architecture | undefined {
  return (Object.keys(ARCHITECTURES) as Architecture[]).find((name) => ARCHITECTURES[name] === process.arch);
}

if (import.meta.main) {
  const [folder, architecture = ownArchitecture() ?? process.arch, ...rest] = process.argv.slice(2);
  if (folder === undefined || !isArchitecture(architecture) || rest.length > 0) {
    console.error(
      `usage: image-root.ts FOLDER [${Object.keys(ARCHITECTURES).join('|')}] (found: ${architecture})`,
    );
    process.exit(2);
  }
  assembleImageRoot(folder, architecture);
}
