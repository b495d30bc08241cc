// What the Dockerfile adds to its base image, run as the manifests say: the same file tree, made by the same script, is all
// that the process can see beside Node.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import type { LabProcess } from '../../lab/process.ts';
import { apiOf } from '../../lab/roles/tunnel.ts';
import { assembleImageRoot, ownArchitecture } from '../../scripts/image-root.ts';
import { labUnavailable } from '../lab/available.ts';
import { CONFIG_FOLDER, NODE, STATE_FOLDER, startInContainer, writeBaseImage } from './container.ts';
import { configText, manifestObjects, podTemplate, ROOT } from './objects.ts';

const VIP = '192.168.1.50';
const PHONE_MAC = '02:00:00:00:00:aa';
/** A set of capabilities as /proc shows it. */
const ONLY_NET_RAW = '0000000000002000';

const architecture = ownArchitecture();
if (architecture === undefined) console.warn(`skipped: no image is made for ${process.arch}`);

const OLD_NODE = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .filter((path) => existsSync(path))
  .map((path) => ({ path, version: spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout.trim() }))
  .find(({ version }) => Number.parseInt(version.slice('v'.length), 10) < 26);
if (OLD_NODE === undefined) console.warn('skipped: no Node on this machine is older than the program wants');

const folders: string[] = [];
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vipwatch-image-'));
  folders.push(folder);
  return folder;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .sort();
}

/** Folders below the project's own that a bundler takes parts of the program from; asked beside scripts/bundle.ts, of a source map. */
async function packagesInBundle(): Promise<string[]> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/main.ts', 'web/app.tsx'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    outdir: 'dist',
    write: false,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    external: ['koffi'],
    sourcemap: 'external',
  });
  return outputFiles
    .filter(({ path }) => path.endsWith('.map'))
    .flatMap(({ text }) => (JSON.parse(text) as { sources: string[] }).sources)
    .flatMap((source) => /node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+(?=\/)/.exec(source) ?? []);
}

/** The words of the image's ENTRYPOINT. */
function entrypoint(): [program: string, ...words: string[]] {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  return JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)![1]!);
}

describe.skipIf(architecture === undefined)('the image', () => {
  const [program, ...words] = entrypoint();
  const script = words.at(-1)!;
  let image: string;
  beforeAll(() => {
    image = temporaryFolder();
    assembleImageRoot(image, architecture!);
  });
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  it('adds the bundle, what it needs of koffi, licences, and what is explained; nothing else', () => {
    const native = `/opt/vipwatch/node_modules/@koromix/koffi-linux-${process.arch}`;
    const chunks = '/opt/vipwatch/dist/chunks/';
    const files = filesOf(image);
    expect(files.filter((name) => !name.startsWith(chunks))).toEqual([
      '/opt/vipwatch/LICENSE',
      '/opt/vipwatch/dist/THIRD-PARTY-NOTICES.txt',
      '/opt/vipwatch/dist/main.js',
      '/opt/vipwatch/dist/vipwatch.js',
      '/opt/vipwatch/dist/web/page.json',
      '/opt/vipwatch/docs/checks.md',
      '/opt/vipwatch/docs/findings.md',
      `${native}/index.js`,
      `${native}/linux_${process.arch}/koffi.node`,
      `${native}/package.json`,
      '/opt/vipwatch/node_modules/koffi/LICENSE.txt',
      '/opt/vipwatch/node_modules/koffi/index.js',
      '/opt/vipwatch/node_modules/koffi/package.json',
      '/opt/vipwatch/node_modules/koffi/src/koffi/index.js',
      '/opt/vipwatch/node_modules/koffi/src/koffi/src/static.js',
      '/opt/vipwatch/package.json',
    ]);
    const inChunks = files.filter((name) => name.startsWith(chunks));
    expect(inChunks.filter((name) => !/\.js(\.LEGAL\.txt)?$/.test(name))).toEqual([]);
  });

  it('says on a Node that is too old what is needed, and which one runs', () => {
    const program = join(image, '/opt/vipwatch/dist/vipwatch.js');
    // A stand-in for the machine's own Node, which may be new enough.
    const hook = join(image, 'old-node.mjs');
    writeFileSync(
      hook,
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '25.9.0' } });",
    );
    const { status, stderr } = spawnSync(process.execPath, ['--import', hook, program, 'version'], {
      encoding: 'utf8',
    });
    rmSync(hook);
    expect(stderr).toBe(
      `vipwatch: Node 25.9.0 is too old: version 26 or newer is needed; ${process.execPath} is the one that runs\n`,
    );
    expect(status).toBe(2);
  });

  it.skipIf(OLD_NODE === undefined)(`says so on the Node of this machine, ${OLD_NODE?.version}`, () => {
    const program = join(image, '/opt/vipwatch/dist/vipwatch.js');
    const { status, stderr } = spawnSync(OLD_NODE!.path, [program, 'version'], { encoding: 'utf8' });
    expect(stderr).toMatch(/^vipwatch: Node [\d.]+ is too old: version 26 or newer is needed; .*\n$/);
    expect(status).toBe(2);
  });

  it('hands on the licence of every package in it', async () => {
    const program = join(image, '/opt/vipwatch');
    const notices = readFileSync(join(program, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
    const bundled = (await packagesInBundle()).map((folder) => join(ROOT, folder));
    const beside = filesOf(program)
      .filter((name) => /node_modules.*\/package\.json$/.test(name))
      .map((name) => join(program, name, '..'));
    expect(beside).toHaveLength(2);
    const folders = [...new Set([...bundled, ...beside])];
    expect(folders.length).toBeGreaterThan(40);
    const unnamed = folders
      .map((folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
      .map(
        ({ name, version, license }) => `${name.replace(/(koffi-linux-).*/, '$1*')} ${version} (${license})`,
      )
      .filter((title) => !notices.includes(`\n${title}\n`));
    expect(unnamed).toEqual([]);
    const licences = folders
      .filter((folder) => folder.startsWith(ROOT))
      .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
      .filter((path) => /\/licen[cs]e[^/]*$/i.test(path));
    expect(licences.length).toBeGreaterThan(40);
    expect(licences.filter((path) => !notices.includes(readFileSync(path, 'utf8').trim()))).toEqual([]);
  });

  it('starts with a program that is there', () => {
    expect(program).toBe('node');
    expect(existsSync(join(image, script))).toBe(true);
  });

  describe.skipIf(labUnavailable('arping'))('run as the manifests say', () => {
    const objects = manifestObjects();
    const pod = podTemplate(objects);
    const [container] = pod.spec.containers;
    let base: string;
    let configuration: string;
    let state: string;
    let lab: Lab;
    let node: Host;
    let phone: Host;

    beforeAll(() => {
      base = temporaryFolder();
      writeBaseImage(base);
    });
    beforeEach(async () => {
      configuration = temporaryFolder();
      state = temporaryFolder();
      lab = await Lab.create();
      node = await lab.host('node', { mac: '02:00:00:00:00:12', address: '192.168.1.12/24' });
      phone = await lab.host('phone', { mac: PHONE_MAC });
    });
    afterEach(async () => await lab[Symbol.asyncDispose]());

    function startContainer(words: readonly string[], template = pod): LabProcess {
      return startInContainer(node, template, { base, image, configuration, state }, [NODE, ...words]);
    }

    function writeConfig(): void {
      const vips = [{ address: VIP, service: 'traefik/traefik' }];
      const nodes = [{ name: 'w1', addresses: ['192.168.1.11'], macs: ['02:00:00:00:00:11'] }];
      const config = { ...parse(configText(objects)), intent: { source: 'static', static: { vips, nodes } } };
      writeFileSync(join(configuration, 'vipwatch.yaml'), stringify(config));
    }

    async function startDaemon(): Promise<LabProcess> {
      writeConfig();
      const daemon = startContainer([...words, ...container.args]);
      await daemon.waitForLine(/"msg":"Watching"/);
      return daemon;
    }

    it('captures, answers the kubelet, keeps its journal, stops cleanly, and holds NET_RAW alone', async () => {
      const first = await startDaemon();
      const status = readFileSync(`/proc/${await first.pid}/status`, 'utf8');
      for (const set of ['Prm', 'Eff', 'Bnd']) expect(status).toContain(`Cap${set}:\t${ONLY_NET_RAW}\n`);
      for (const set of ['Inh', 'Amb']) expect(status).toMatch(new RegExp(`^Cap${set}:\t0+$`, 'm'));
      expect(status).toContain('NoNewPrivs:\t1\n');

      const { livenessProbe, readinessProbe, ports } = container;
      const api = await apiOf(
        node,
        ports.find(({ name }) => name === readinessProbe.httpGet.port)!.containerPort,
      );
      for (const { httpGet } of [livenessProbe, readinessProbe])
        expect(await api.get(httpGet.path)).toMatchObject({ status: 200 });

      await phone.run(['ip', 'address', 'add', `${VIP}/24`, 'dev', 'eth0']);
      await phone.run(['arping', '-U', '-c', '1', '-I', 'eth0', VIP]);
      await first.waitForLine(new RegExp(`VIP ${VIP} of traefik/traefik is claimed by ${PHONE_MAC}`));
      expect(await api.findings()).toMatchObject([{ kind: 'foreign-claim', ip: VIP, macs: [PHONE_MAC] }]);
      await expect
        // An intruder's answers are not the announcer's.
        .poll(() => api.metrics('vipwatch_probes_total{how="broadcast",result="unanswered"}'), {
          timeout: 60_000,
        })
        .toEqual([expect.stringMatching(/ [1-9]/)]);
      expect(await first.stop()).toEqual({ code: 0, signal: null });

      expect(readdirSync(state)).toContain('journal.db');
      const second = await startDaemon();
      await second.waitForLine(/"findings":1,.*"msg":"Journal read"/);
      expect(await api.json('/readyz')).toMatchObject({ journal: { durable: true } });
      expect(await api.get('/docs/findings')).toMatchObject({
        status: 200,
        body: expect.stringContaining('id="foreign-claim"'),
      });
      expect(await second.stop()).toEqual({ code: 0, signal: null });
      const said = [...first.output, ...second.output];
      expect(said.filter(({ stream }) => stream === 'stderr')).toEqual([]);
    });

    it('needs the one capability that it has, and says so where that is missing', async () => {
      writeConfig();
      const { securityContext } = container;
      const none = { ...securityContext, capabilities: { drop: ['ALL'], add: [] } };
      const template = {
        ...pod,
        spec: { ...pod.spec, containers: [{ ...container, securityContext: none }] as const },
      };
      const refused = startContainer([...words, ...container.args], template);
      expect(await refused.exited).toEqual({ code: 2, signal: null });
      expect(refused.output.map(({ text }) => text)).toContainEqual(
        expect.stringMatching(/^vipwatch: Cannot capture: no permission/),
      );
    });

    it("can write nowhere but to its journal's folder", async () => {
      const tryAll = `
        for (const folder of ['/', '/opt/vipwatch', '${CONFIG_FOLDER}', '${STATE_FOLDER}']) {
          try { fs.writeFileSync(folder + '/x', ''); console.log('written', folder); }
          catch (error) { console.log(error.code, folder); }
        }`;
      const trial = startContainer(['--eval', tryAll]);
      expect(await trial.exited).toEqual({ code: 0, signal: null });
      expect(trial.output.map(({ text }) => text)).toEqual([
        'EROFS /',
        'EROFS /opt/vipwatch',
        `EROFS ${CONFIG_FOLDER}`,
        `written ${STATE_FOLDER}`,
      ]);
    });
  });
});
