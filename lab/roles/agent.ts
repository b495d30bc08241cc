// A vipwatch agent on a machine of the lab, as a user would run it, and its API.
import { setTimeout as delay } from 'node:timers/promises';
import type { ConfigFile } from '../../src/config/schema.ts';
import type { Api } from '../api.ts';
import type { Host } from '../host.ts';
import type { LabProcess } from '../process.ts';
import { PROJECT_FOLDER } from '../tools.ts';
import { apiOf } from './tunnel.ts';

export interface Agent {
  readonly host: Host;
  readonly process: LabProcess;
  readonly api: Api;
}

const PORT = 9797;
const CONFIG = '/run/lab/vipwatch.yaml';
const START_TIMEOUT_MS = 60_000;

/**
 * Resolves when the agent is ready. `config` is what its file holds; the interface, the journal and the log's format are
 * the lab's unless it says otherwise.
 *
 * @throws {Error} where it ends or is not ready within 15 s, with what it said.
 */
export async function startAgent(host: Host, config: ConfigFile): Promise<Agent> {
  const file: ConfigFile = {
    interfaces: ['eth0'],
    journal: { path: '/run/lab/journal.db' },
    log: { format: 'json' },
    ...config,
  };
  // JSON is YAML as well.
  await host.writeFile(CONFIG, JSON.stringify(file, null, 2));
  const process = host.spawn([`${PROJECT_FOLDER}/bin/vipwatch`, 'run', '--config', CONFIG]);
  const agent = { host, process, api: await apiOf(host, config.http?.port ?? PORT) };
  await untilReady(agent);
  return agent;
}

async function untilReady({ process, api }: Agent): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!process.exit && Date.now() < deadline) {
    // Until it listens, the tunnel finds no one at the other end.
    const answer = await api.get('/readyz').catch(() => undefined);
    if (answer?.status === 200) return;
    await delay(50);
  }
  throw new Error(`The agent is not ready within ${START_TIMEOUT_MS} ms: ${process.describe()}`);
}
