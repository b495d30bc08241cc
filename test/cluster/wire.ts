// What the LAN says about an address: the only witness that is right by definition.
import type { Host } from '../../lab/host.ts';
import { type RecordedFrame, readFrames } from '../lab/frames.ts';

/** The MACs that answer when the host asks by its eth0 for the address, for two seconds, each once. */
export async function macsAnswering(host: Host, address: string): Promise<string[]> {
  const macs = await (address.includes(':') ? solicit(host, address) : arping(host, address));
  return [...new Set(macs)].sort();
}

async function arping(host: Host, address: string): Promise<string[]> {
  // To the broadcast address every time: a second owner would not hear what is sent to the first. By the clock, since a
  // count of answers would be reached by the first.
  const command = ['arping', '-b', '-w', '2', '-I', 'eth0', address] as const;
  const stdout = await host.run(command).then(
    (result) => result.stdout,
    // It fails where nobody answers.
    (error: Error) => error.message,
  );
  if (!stdout.includes('Received')) throw new Error(`arping did not work: ${stdout}`);
  return [...stdout.matchAll(/\[([0-9A-F:]+)\]/g)].map((match) => match[1]!.toLowerCase());
}

/** ndisc6 asks, but takes no answer that comes from another address than the one asked for, as MetalLB's do. */
async function solicit(host: Host, address: string): Promise<string[]> {
  const advertisements = 'icmp6 and ip6[40] == 136';
  const listener = host.spawn(['tcpdump', '-i', 'eth0', '-n', '-e', '-l', '-v', advertisements]);
  await listener.waitForLine(/listening on/);
  const ask = ['ndisc6', '--retry', '2', '--wait', '1000', address, 'eth0'] as const;
  await host.run(ask).catch((error: Error) => {
    if (!error.message.includes('No response')) throw error;
  });
  await listener.stop();
  const answer = new RegExp(`^\\S+ (\\S+) > .* tgt is ${address}, Flags \\[.*solicited`);
  return listener.output.flatMap(({ text }) => answer.exec(text)?.[1] ?? []);
}

/** The gratuitous ARP frames for the address, so far, in a capture's file. */
export function announcements(path: string, address: string): RecordedFrame[] {
  return readFrames(path).filter(
    ({ layers }) =>
      layers.protocol === 'arp' && layers.packet.senderIp === address && layers.packet.targetIp === address,
  );
}
