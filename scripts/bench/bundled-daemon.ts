// The bundled daemon on a machine of the lab, and its API.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Api } from '../../lab/api.ts';
import type { Host } from '../../lab/host.ts';
import type { LabProcess } from '../../lab/process.ts';
import { PROJECT_FOLDER } from '../../lab/tools.ts';

export const FOLDER = '/run/lab';
/** Of the image. */
export const ENVIRONMENT = { MALLOC_ARENA_MAX: '1' };
/** Objects of a cluster are made, and listed, before anything is ready. */
export const START_TIMEOUT_MS = 90_000;

export interface BundledDaemon {
  readonly process: LabProcess;
  readonly api: Api;
}

/**
 * Resolves when it is ready.
 * @throws {Error} where it ends or is not ready within 90 s, with what it said.
 */
export async function startDaemon(
  host: Host,
  config: object,
  environment: Record<string, string> = {},
): Promise<BundledDaemon> {
  await host.writeFile(`${FOLDER}/vipwatch.yaml`, JSON.stringify(config));
  const tunnel = host.spawnScript('lab/tunnel.ts', [`${FOLDER}/api.sock`, '9797']);
  await tunnel.waitForLine(/^listening/);
  const command = [join(PROJECT_FOLDER, 'dist/vipwatch.js'), 'run', '--config', `${FOLDER}/vipwatch.yaml`];
  const daemon = host.spawn([process.execPath as `/${string}`, ...command], {
    ...ENVIRONMENT,
    ...environment,
  });
  const api = new Api(host.path(`${FOLDER}/api.sock`));
  for (const until = Date.now() + START_TIMEOUT_MS; !daemon.exit && Date.now() < until; await pause(100)) {
    const answer = await api.get('/readyz').catch(() => undefined);
    if (answer?.status === 200) return { process: daemon, api };
  }
  throw new Error(`The agent is not ready within ${START_TIMEOUT_MS} ms: ${daemon.describe()}`);
}
