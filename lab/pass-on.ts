import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** Joins a connection to a new one. When one side breaks, so does the other. */
export function passOn(client: Socket, to: NetConnectOpts): void {
  const server = connect(to);
  client.pipe(server).pipe(client);
  for (const [side, other] of [
    [client, server],
    [server, client],
  ] as const) {
    side.on('error', () => other.destroy());
    side.on('close', () => other.destroy());
  }
}
