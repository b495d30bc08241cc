// `node scripts/release/assets.ts FOLDER`: all that a release ships beside the image: the npm package, the chart, the
// manifests, the list of what the program is made of (CycloneDX), and the checksums of these. Needs npm, and Go, which builds
// Helm the first time.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { findGo } from '../../test/cluster/toolchain.ts';

const ROOT = join(import.meta.dirname, '../..');
export const SUMS = 'SHA256SUMS';
const SBOM = 'vipwatch.cdx.json';

/** @throws {Error} where a program fails, with what it said, or the folder has something in it. */
export async function makeAssets(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) throw new Error(`Cannot write to ${folder}: it is not empty`);
  run('npm', 'pack', `--pack-destination=${folder}`);
  // The chart's own name, by Helm.
  const packed = `vipwatch-${packageJson.version}.tgz`;
  renameSync(join(folder, packed), join(folder, packed.replace('vipwatch-', 'vipwatch-npm-')));
  writeFileSync(join(folder, SBOM), run('npm', 'sbom', '--omit=dev', '--sbom-format=cyclonedx'));
  const search = findGo();
  if (!search.ok) throw new Error(`Cannot package the chart: ${search.reason}`);
  const programs = await search.go.build('chart', (line) => console.error(line));
  run(join(programs, 'helm'), 'package', 'deploy/chart/vipwatch', `--destination=${folder}`);
  for (const name of ['vipwatch.yaml', 'kustomization.yaml'])
    cpSync(join(ROOT, 'deploy/manifests', name), join(folder, name));
  // As `sha256sum --check` reads them.
  const sums = readdirSync(folder)
    .toSorted()
    .map((name) => `${sha256(readFileSync(join(folder, name)))}  ${name}\n`);
  writeFileSync(join(folder, SUMS), sums.join(''));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function run(program: string, ...words: string[]): string {
  const { status, error, stdout, stderr } = spawnSync(program, words, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')} failed: ${error ?? stdout + stderr}`);
  return stdout;
}

if (import.meta.main) {
  const [folder, ...rest] = process.argv.slice(2);
  if (folder === undefined || rest.length > 0) {
    console.error('usage: assets.ts FOLDER');
    process.exit(2);
  }
  await makeAssets(resolve(folder));
}
