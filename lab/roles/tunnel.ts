// What listens on a machine of the lab, for the programs outside.
import { Api } from '../api.ts';
import type { Host } from '../host.ts';

/** Leads to the host's 127.0.0.1:`port`, for as long as the host is on. Whether anything listens there is not asked. */
export async function apiOf(host: Host, port: number): Promise<Api> {
  const socket = `/run/lab/port-${port}.sock`;
  const tunnel = host.spawnScript('lab/tunnel.ts', [socket, String(port)]);
  await tunnel.waitForLine(/^listening/);
  return new Api(host.path(socket));
}
