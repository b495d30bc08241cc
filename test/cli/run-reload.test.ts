// The daemon's configuration, read again while it runs: by SIGHUP, by a change of the file, and with mistakes.
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNamespace, type Namespace, namespacesUnavailable } from '../host/namespace.ts';
import { PROGRAM } from './program.ts';
import { Running } from './running.ts';

const VIP = '192.168.1.50';
const OTHER_VIP = '192.168.1.51';

describe.skipIf(namespacesUnavailable() !== undefined)(
  'vipwatch run, configured anew',
  { timeout: 60_000 },
  () => {
    let folder: string;
    let path: string;
    let node: Namespace;

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'vipwatch-reload-'));
      path = join(folder, 'vipwatch.yaml');
      node = await createNamespace();
      node.run('ip', 'link', 'set', 'lo', 'up');
      node.run('ip', 'link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'lan1');
      for (const name of ['lan0', 'lan1']) node.run('ip', 'link', 'set', name, 'up');
      node.run('ip', 'addr', 'add', '192.168.1.12/24', 'dev', 'lan0');
    });
    afterEach(async () => {
      await node.end();
      rmSync(folder, { recursive: true });
    });

    const text = ({ vip = VIP, port = 9797, more = '' } = {}) => `interfaces: [lan0]
intent:
  source: static
  static:
    vips: [{ address: ${vip}, service: traefik/traefik }]
    nodes: [{ name: w1, addresses: [192.168.1.11], macs: ["02:00:00:00:00:11"] }]
http: { port: ${port} }
journal: { path: ${join(folder, 'journal.db')} }
${more}`;

    function spawn(environment: Record<string, string> = {}): Running {
      return new Running(
        node.spawn(PROGRAM, ['run', '--config', path], {
          cwd: '/',
          stdio: ['ignore', 'pipe', 'pipe'],
          env: { ...process.env, ...environment },
        }),
      );
    }

    async function start(environment: Record<string, string> = {}): Promise<Running> {
      const running = spawn(environment);
      await running.logged('Watching');
      return running;
    }

    async function stop(running: Running): Promise<void> {
      running.kill('SIGTERM');
      expect(await running.exited).toBe(0);
    }

    const get = (route: string) => node.run('curl', '-s', `http://127.0.0.1:9797${route}`);
    const watched = () => JSON.parse(get('/api/v1/vips')).items.map(({ ip }: { ip: string }) => ip);
    const configuration = () => JSON.parse(get('/readyz')).configuration;
    const metric = (name: string) =>
      Number(new RegExp(`^vipwatch_config_last_reload_${name} (\\S+)$`, 'm').exec(get('/metrics'))?.[1]);

    it('takes a file in on SIGHUP, says what needs a restart, and keeps the old one where it is wrong', async () => {
      writeFileSync(path, text());
      const running = await start();
      expect(watched()).toEqual([VIP]);
      expect(configuration()).toEqual({ problem: null, needsRestart: [] });
      const startedAt = metric('success_timestamp_seconds');
      expect(startedAt).toBeGreaterThan(Date.now() / 1000 - 60);

      writeFileSync(path, text({ vip: OTHER_VIP, port: 9798, more: 'dhcp: { servers: [192.168.1.1] }' }));
      running.kill('SIGHUP');
      expect(await running.logged(/^Configuration read again/)).toMatchObject({
        level: 'warn',
        msg: 'Configuration read again; a restart is needed for http',
        changed: ['intent.static', 'dhcp'],
        needsRestart: ['http'],
      });
      expect(watched()).toEqual([OTHER_VIP]);
      expect(configuration()).toEqual({ problem: null, needsRestart: ['http'] });
      expect(metric('successful')).toBe(1);
      const takenInAt = metric('success_timestamp_seconds');
      expect(takenInAt).toBeGreaterThan(startedAt);

      writeFileSync(path, text().replace('interfaces', 'intrefaces'));
      running.kill('SIGHUP');
      expect(await running.logged(/^The configuration file is broken/)).toMatchObject({
        level: 'error',
        msg: 'The configuration file is broken: the current configuration stays in force',
        mistakes: [
          expect.stringMatching(/vipwatch\.yaml:1:1: intrefaces: unknown key \(did you mean interfaces\?\)$/),
        ],
      });
      expect(watched()).toEqual([OTHER_VIP]);
      expect(configuration()).toEqual({ problem: 'invalid', needsRestart: ['http'] });
      expect(metric('successful')).toBe(0);
      expect(metric('success_timestamp_seconds')).toBe(takenInAt);
      await stop(running);
    });

    it('takes a ConfigMap in when Kubernetes swaps the folder that it is mounted from', async () => {
      const version = (name: string, content: string) => {
        mkdirSync(join(folder, name));
        writeFileSync(join(folder, name, 'vipwatch.yaml'), content);
        symlinkSync(name, join(folder, '..data_tmp'));
        renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
      };
      version('..1', text());
      symlinkSync('..data/vipwatch.yaml', path);
      const running = await start();
      version('..2', text({ vip: OTHER_VIP }));
      expect(await running.logged('Configuration read again')).toMatchObject({
        level: 'info',
        changed: ['intent.static'],
        needsRestart: [],
      });
      expect(watched()).toEqual([OTHER_VIP]);
      const lines = running.lines.length;
      version('..3', text());
      await running.logged('Configuration read again', lines);
      expect(watched()).toEqual([VIP]);
      await stop(running);
    });

    it('starts with the last good file where the one it is given is broken, and says so until it is mended', async () => {
      writeFileSync(path, text());
      await stop(await start());
      const kept = join(folder, 'last-good-config.yaml');
      expect(readFileSync(kept, 'utf8')).toContain(text());
      expect(statSync(kept).mode & 0o777).toBe(0o600);

      writeFileSync(path, text({ more: 'probe: { interval: soon' }));
      const running = await start();
      expect(running.lines.find(({ event }) => event === 'configuration')).toMatchObject({
        level: 'error',
        msg: 'The configuration file is broken: the agent started with the last good one',
        mistakes: [expect.stringMatching(/vipwatch\.yaml:\d+:\d+: /)],
        lastGood: kept,
      });
      expect(watched()).toEqual([VIP]);
      expect(configuration()).toEqual({ problem: 'invalid', needsRestart: [] });
      expect(metric('successful')).toBe(0);
      expect(metric('success_timestamp_seconds')).toBeCloseTo(statSync(kept).mtimeMs / 1000, 0);

      writeFileSync(path, text({ vip: OTHER_VIP }));
      await running.logged('Configuration read again');
      expect(watched()).toEqual([OTHER_VIP]);
      expect(configuration()).toEqual({ problem: null, needsRestart: [] });
      expect(readFileSync(kept, 'utf8')).toContain(text({ vip: OTHER_VIP }));
      await stop(running);
    });

    it('finds what was kept though the file says nothing any more, in the folder of the service manager', async () => {
      const service = { STATE_DIRECTORY: folder };
      writeFileSync(path, text().replace(/^journal: .*$/m, ''));
      await stop(await start(service));
      writeFileSync(path, 'interfaces: [lan0');
      const running = await start(service);
      expect(watched()).toEqual([VIP]);
      expect(configuration()).toEqual({ problem: 'invalid', needsRestart: [] });
      await stop(running);
    });

    it('does not start where the file no longer says in what other folder the journal is', async () => {
      writeFileSync(path, text());
      await stop(await start());
      writeFileSync(path, 'interfaces: [lan0');
      const running = spawn();
      expect(await running.exited).toBe(2);
      expect(running.stderr).toMatch(/^\S+vipwatch\.yaml:\d+:\d+: /);
    });

    it('does not start with what was kept of another file', async () => {
      writeFileSync(path, text());
      await stop(await start());
      path = join(folder, 'other.yaml');
      writeFileSync(path, text().replace('interfaces', 'intrefaces'));
      const running = spawn();
      expect(await running.exited).toBe(2);
      expect(running.stderr).toBe(`${path}:1:1: intrefaces: unknown key (did you mean interfaces?)\n`);
    });
  },
);
