// What the LAN says about an address: the only witness that is right by definition.
import type { Host } from '../../lab/host.ts';
import { type RecordedFrame, readFrames } from '../lab/frames.ts';

const MAC = /[0-9A-F]{2}(?::[0-9A-F]{2}){5}/gi;

/** The MACs that answer when the host asks by its eth0 for the address, for two seconds, each once. */
export async function macsAnswering(host: Host, address: string): Promise<string[]> {
  const answers = await (address.includes(':') ? solicit(host, address) : arping(host, address));
  return [...new Set([...answers.matchAll(MAC)].map(([mac]) => mac.toLowerCase()))].sort();
}

async function arping(host: Host, address: string): Promise<string> {
  // To the broadcast address every time: a second owner would not hear what is sent to the first. By the clock, since a
  // count of answers would be reached by the first.
  const command = ['arping', '-b', '-w', '2', '-I', 'eth0', address] as const;
  const stdout = await host.run(command).then(
    (result) => result.stdout,
    // It fails where nobody answers.
    (error: Error) => error.message,
  );
  if (!stdout.includes('Received')) throw new Error(`arping did not work: ${stdout}`);
  return stdout;
}

async function solicit(host: Host, address: string): Promise<string> {
  const command = [
    'ndisc6',
    '--multiple',
    '--quiet',
    '--retry',
    '1',
    '--wait',
    '2000',
    address,
    'eth0',
  ] as const;
  return await host.run(command).then(
    (result) => result.stdout,
    (error: Error) => {
      // It fails where nobody answers.
      if (!error.message.includes('exit code 2')) throw error;
      return '';
    },
  );
}

/** The gratuitous ARP frames for the address, so far, in a capture's file. */
export function announcements(path: string, address: string): RecordedFrame[] {
  return readFrames(path).filter(
    ({ layers }) =>
      layers.protocol === 'arp' && layers.packet.senderIp === address && layers.packet.targetIp === address,
  );
}
