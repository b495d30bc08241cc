// What the LAN says about an address: the only witness that is right by definition.
import type { Host } from '../../lab/host.ts';
import { type RecordedFrame, readFrames } from '../lab/frames.ts';

/** The MACs that answer when the host asks for the address for two seconds, each once. */
export async function macsAnswering(host: Host, address: string): Promise<string[]> {
  // To the broadcast address every time: a second owner would not hear what is sent to the first. By the clock, since a
  // count of answers would be reached by the first.
  const command = ['arping', '-b', '-w', '2', '-I', 'eth0', address] as const;
  const stdout = await host.run(command).then(
    (result) => result.stdout,
    // It fails where nobody answers.
    (error: Error) => error.message,
  );
  if (!stdout.includes('Received')) throw new Error(`arping did not work: ${stdout}`);
  return [
    ...new Set([...stdout.matchAll(/\[([0-9A-F:]+)\]/g)].map((match) => match[1]!.toLowerCase())),
  ].sort();
}

/** The gratuitous ARP frames for the address, so far, in a capture's file. */
export function announcements(path: string, address: string): RecordedFrame[] {
  return readFrames(path).filter(
    ({ layers }) =>
      layers.protocol === 'arp' && layers.packet.senderIp === address && layers.packet.targetIp === address,
  );
}
