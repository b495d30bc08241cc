// Who answers for addresses of the LAN, as the kernel finds out by itself: no right is needed beyond that to send a datagram.
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

export interface Neighbour {
  readonly ip: string;
  readonly mac: string;
  readonly interface: string;
}

/** RFC 863: what arrives there is thrown away. */
const DISCARD = 9;
/** The kernel asks three times, a second apart; who is there answers the first time. */
const ANSWER_WITHIN_MS = 1_200;
/** An old entry is used for 5 s (`delay_first_probe_time`), then asked for three times, a second apart. */
const DOUBTED_FOR_MS = 9_000;
/** Everybody on the LAN hears the kernel's questions: so few are 40 a second, where nobody answers any. */
const AT_ONCE = 16;
/** `ATF_COM` of if_arp.h: the entry is complete, for somebody answered. */
const COMPLETE = 0x2;
const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;

/** Makes the kernel ask for each of these IPv4 addresses, which are on link, and says who answered. */
export async function askNeighbours(addresses: readonly string[]): Promise<Neighbour[]> {
  const found = new Map<string, Neighbour>();
  const socket = createSocket('udp4');
  // Whoever is there may refuse the datagram; that it is there is all that is asked.
  socket.on('error', () => {});
  try {
    for (let from = 0; from < addresses.length; from += AT_ONCE) {
      const batch = addresses.slice(from, from + AT_ONCE);
      await Promise.all(batch.map((ip) => send(socket, ip)));
      await delay(ANSWER_WITHIN_MS);
      for (const neighbour of parseArpTable(readFileSync('/proc/net/arp', 'utf8')))
        if (batch.includes(neighbour.ip)) found.set(neighbour.ip, neighbour);
    }
  } finally {
    socket.close();
  }
  return [...found.values()];
}

/** Of those that answered, or did once: who still does. An entry may be days old until the kernel needs it again. */
export async function confirmNeighbours(known: readonly Neighbour[]): Promise<Neighbour[]> {
  if (known.length === 0) return [];
  await delay(DOUBTED_FOR_MS);
  const now = parseArpTable(readFileSync('/proc/net/arp', 'utf8'));
  return known.filter((one) =>
    now.some(({ ip, mac, interface: on }) => ip === one.ip && mac === one.mac && on === one.interface),
  );
}

/** Resolves also where the kernel does not know the way. */
function send(socket: ReturnType<typeof createSocket>, ip: string): Promise<void> {
  return new Promise((done) => socket.send('', DISCARD, ip, () => done()));
}

/** Those that answered, of `/proc/net/arp`. */
export function parseArpTable(text: string): Neighbour[] {
  return text.split('\n').flatMap((line) => {
    const [ip, , flags, mac, , name] = line.split(/\s+/);
    if (ip === undefined || mac === undefined || name === undefined || !MAC.test(mac)) return [];
    return (Number(flags) & COMPLETE) === 0 ? [] : [{ ip, mac, interface: name }];
  });
}

/** The default gateways of an interface, of `/proc/net/route`, whose addresses are written as the machine keeps them: little-endian. */
export function parseGateways(text: string, name: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [own, destination, gateway = ''] = line.split('\t');
    if (own !== name || destination !== '00000000' || !/^[0-9A-F]{8}$/.test(gateway)) return [];
    const bytes = gateway.match(/../g)!.map((byte) => Number.parseInt(byte, 16));
    return bytes.every((byte) => byte === 0) ? [] : [bytes.toReversed().join('.')];
  });
}

export function gatewaysOf(name: string): string[] {
  return parseGateways(readFileSync('/proc/net/route', 'utf8'), name);
}

/** The IPv4 addresses of an interface with their prefix length, as `192.168.1.10/24`; undefined where there is no such interface. */
export function networksOf(name: string): string[] | undefined {
  return networkInterfaces()[name]?.flatMap(({ family, cidr }) =>
    family === 'IPv4' && cidr !== null ? [cidr] : [],
  );
}
