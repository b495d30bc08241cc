// By which names this agent may be asked for. A web page can lead its own name to an address of the LAN (DNS rebinding) and
// then read what is answered there: but the browser still asks for the page's name.
import { parseIp } from '../../net/address.ts';

/** Names that lead nowhere but into a cluster: no page of the Internet has one. */
const CLUSTER_NAME = /^[a-z0-9-]+\.[a-z0-9-]+\.svc(\.cluster\.local)?$/;

/**
 * @param names in lower case.
 * @param host as the request names it, with the port.
 */
export function isOwnHost(host: string, names: ReadonlySet<string>): boolean {
  const name = host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
  if (parseIp(name.replace(/^\[(.*)\]$/, '$1')) !== undefined) return true;
  return name === 'localhost' || names.has(name) || CLUSTER_NAME.test(name);
}

/** The names of a node, and under which the LAN's own name service (mDNS) knows them. */
export function namesOf(nodes: readonly string[], configured: readonly string[]): ReadonlySet<string> {
  const own = nodes.filter((name) => name !== '').map((name) => name.toLowerCase());
  const local = own.filter((name) => !name.includes('.')).map((name) => `${name}.local`);
  return new Set([...own, ...local, ...configured.map((name) => name.toLowerCase())]);
}
