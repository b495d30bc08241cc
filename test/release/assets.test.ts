// What a release ships: made here, checked, and the npm package installed and run as whoever fetches it does.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { makeAssets, SUMS } from '../../scripts/release/assets.ts';
import { sayLoudly } from '../cluster/say.ts';
import { findGo } from '../cluster/toolchain.ts';

const ROOT = join(import.meta.dirname, '../..');
const CASES = join(ROOT, 'test/data');
/** A cold build of Helm; milliseconds. */
const BUILD_TIMEOUT = 30 * 60_000;
const INSTALL_TIMEOUT = 240_000;
const { version } = packageJson;
/** With the Node that runs this first. */
const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);

const search = findGo();
if (!search.ok) sayLoudly(`what a release ships is not tried: ${search.reason}`);

describe.skipIf(!search.ok)('what a release ships', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vipwatch-release-'));
  const assets = join(folder, 'assets');
  const empty = join(folder, 'empty');
  beforeAll(async () => {
    await makeAssets(assets);
  }, BUILD_TIMEOUT);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const run = (program: string, words: readonly string[], cwd: string) => {
    const { status, stdout, stderr } = spawnSync(program, words, {
      cwd,
      encoding: 'utf8',
      timeout: INSTALL_TIMEOUT,
      env: { ...process.env, PATH },
    });
    return { status, stdout, stderr };
  };

  it('is the package, the chart, the manifests, what the program is made of, and checksums of all', () => {
    expect(readdirSync(assets).sort()).toEqual(
      [
        SUMS,
        'kustomization.yaml',
        `vipwatch-${version}.tgz`,
        'vipwatch.cdx.json',
        'vipwatch.yaml',
        `vipwatch-npm-${version}.tgz`,
      ].sort(),
    );
    expect(run('sha256sum', ['--check', '--strict', SUMS], assets)).toMatchObject({ status: 0 });
    const { components } = JSON.parse(readFileSync(join(assets, 'vipwatch.cdx.json'), 'utf8'));
    const names = components.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['koffi', 'fastify', 'pino']));
    expect(names).not.toContain('vitest');
  });

  it('does not write over another release', async () => {
    await expect(makeAssets(assets)).rejects.toThrow(/it is not empty/);
  });

  describe('the npm package', () => {
    const vipwatch = join(empty, 'node_modules/.bin/vipwatch');
    beforeAll(() => {
      mkdirSync(empty);
      install();
    }, INSTALL_TIMEOUT);

    function install(...more: readonly string[]): void {
      const words = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', ...more];
      const installed = run('npm', [...words, join(assets, `vipwatch-npm-${version}.tgz`)], empty);
      expect(installed, installed.stderr).toMatchObject({ status: 0 });
    }

    it('runs in an empty folder', () => {
      expect(run(vipwatch, ['version'], empty)).toMatchObject({
        status: 0,
        stdout: expect.stringContaining(version),
      });
      const words = [
        'replay',
        '--config',
        join(CASES, 'home-lan.yaml'),
        join(CASES, 'home-lan-phone-gets-vip.pcap'),
      ];
      const replayed = run(vipwatch, words, empty);
      expect(replayed, replayed.stderr).toMatchObject({ status: 0 });
      expect(replayed.stdout).toContain('lease-on-vip');
    });

    it('loads its native part, and says which right it lacks', () => {
      const isRoot = process.getuid!() === 0;
      const { status, stderr } = isRoot
        ? run('setpriv', ['--bounding-set=-net_raw', '--inh-caps=-net_raw', vipwatch, 'run'], empty)
        : run(vipwatch, ['run'], empty);
      expect(stderr).toContain('Cannot capture: no permission for packet sockets');
      expect(status).toBe(2);
    });

    it('brings its manual page along, where it is installed for everybody', {
      timeout: INSTALL_TIMEOUT,
    }, () => {
      const prefix = join(folder, 'global');
      install('--global', '--prefix', prefix);
      const page = readFileSync(join(prefix, 'share/man/man1/vipwatch.1'), 'utf8');
      expect(page).toMatch(/^\.TH VIPWATCH 1 /);
    });

    it('has its documents and licences, and none of its sources', () => {
      const installed = join(empty, 'node_modules/vipwatch');
      expect(readdirSync(installed).sort()).toEqual(
        ['LICENSE', 'README.md', 'bin', 'dist', 'docs', 'package.json'].sort(),
      );
      expect(existsSync(join(installed, 'dist/THIRD-PARTY-NOTICES.txt'))).toBe(true);
    });
  });
});
