// Signals to the daemon, from its first moment on.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNamespace, type Namespace, namespacesUnavailable } from '../host/namespace.ts';
import { PROGRAM, ROOT } from './program.ts';
import { Running } from './running.ts';

/** Node's inspector, at its usual port, as /proc/net/tcp shows a listener: 127.0.0.1:9229 in hexadecimal. */
const INSPECTOR = '0100007F:240D';

describe.skipIf(namespacesUnavailable() !== undefined)(
  'vipwatch run, told by signals',
  { timeout: 60_000 },
  () => {
    let folder: string;
    let node: Namespace;

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'vipwatch-signals-'));
      node = await createNamespace();
      node.run('ip', 'link', 'set', 'lo', 'up');
      writeFileSync(
        join(folder, 'vipwatch.yaml'),
        '{ intent: { source: static }, journal: { path: ":memory:" } }',
      );
    });
    afterEach(async () => {
      await node.end();
      rmSync(folder, { recursive: true });
    });

    function start(environment: Record<string, string> = {}, program = [PROGRAM]): Running {
      const [command = '', ...words] = [...program, 'run', '--config', join(folder, 'vipwatch.yaml')];
      return new Running(
        node.spawn(command, words, {
          cwd: '/',
          stdio: ['ignore', 'pipe', 'pipe'],
          env: { ...process.env, ...environment },
        }),
      );
    }

    /** Started so that loading the daemon takes as long as on a busy machine, of which a line tells. */
    function startSlowly(): Running {
      const hooks = `
      import { registerHooks } from 'node:module';
      import { writeSync } from 'node:fs';
      registerHooks({
        load(url, context, next) {
          if (url.endsWith('/daemon/daemon.ts')) {
            writeSync(1, '{"msg":"loading"}\\n');
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
          }
          return next(url, context);
        },
      });`;
      const file = join(folder, 'slow.mjs');
      writeFileSync(file, hooks);
      return start({ NODE_OPTIONS: `--import ${file}` });
    }

    it.each(['SIGTERM', 'SIGINT'] as const)('%s while it is still loaded ends it with 0', async (signal) => {
      const running = startSlowly();
      await running.logged('loading');
      running.kill(signal);
      expect(await running.exited).toBe(0);
      expect(running.stderr).toBe('');
    });

    it('SIGTERM while it begins to capture and to listen ends it with 0', async () => {
      const running = start();
      await running.logged('Journal read');
      running.kill('SIGTERM');
      expect(await running.exited).toBe(0);
      expect(running.stderr).toBe('');
    });

    it('SIGHUP while it is still loaded ends nothing', async () => {
      const running = startSlowly();
      await running.logged('loading');
      running.kill('SIGHUP');
      await running.logged('Configuration read again');
      running.kill('SIGTERM');
      expect(await running.exited).toBe(0);
    });

    it.each([
      ['as it is installed', [PROGRAM]],
      ['by Node without more', [process.execPath, join(ROOT, 'src/main.ts')]],
    ])('SIGUSR1 does not open the inspector: %s', async (_, program) => {
      const running = start({}, program);
      await running.logged('Watching');
      running.kill('SIGUSR1');
      // Signals come in turn: once this one was heeded, that one was.
      running.kill('SIGHUP');
      await running.logged('Configuration read again');
      expect(node.run('cat', '/proc/net/tcp')).not.toContain(INSPECTOR);
      expect(running.stderr).toBe('');
      running.kill('SIGTERM');
      expect(await running.exited).toBe(0);
    });

    it('the image starts Node so that SIGUSR1 opens no inspector from its first moment on', () => {
      expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).toMatch(
        /^ENTRYPOINT \["node", "--disable-sigusr1", /m,
      );
    });
  },
);
