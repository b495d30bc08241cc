// Kea's Control Agent: commands for the DHCPv4 server of the same machine by HTTP, for whoever knows the password.
import type { Host } from '../host.ts';
import type { LabProcess } from '../process.ts';
import { KEA_SOCKET } from './kea.ts';

export interface KeaControlOptions {
  /** The machine's own, to listen on. */
  readonly address: string;
  readonly user: string;
  readonly password: string;
}

const CONFIG = '/run/lab/kea-ctrl-agent.json';
const PORT = 8000;

/** Resolves with its URL once it serves. */
export async function startKeaControl(
  host: Host,
  { address, user, password }: KeaControlOptions,
): Promise<{ readonly process: LabProcess; readonly url: string }> {
  const config = {
    'Control-agent': {
      'http-host': address,
      'http-port': PORT,
      authentication: { type: 'basic', realm: 'kea', clients: [{ user, password }] },
      'control-sockets': { dhcp4: { 'socket-type': 'unix', 'socket-name': KEA_SOCKET } },
      loggers: [{ name: 'kea-ctrl-agent', severity: 'INFO', output_options: [{ output: 'stdout' }] }],
    },
  };
  await host.writeFile(CONFIG, JSON.stringify(config));
  const process = host.spawn(['kea-ctrl-agent', '-c', CONFIG], {
    KEA_PIDFILE_DIR: '/run/lab',
    KEA_LOCKFILE_DIR: '/run/lab',
    KEA_LOGGER_DESTINATION: 'stdout',
  });
  await process.waitForLine(/CTRL_AGENT_HTTP_SERVICE_STARTED|HTTP service bound/);
  return { process, url: `http://${address}:${PORT}` };
}
