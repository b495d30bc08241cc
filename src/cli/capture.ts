// `vipwatch capture`: its options and examples.
import type { AddCommand } from './command.ts';

const EXAMPLES = `
Examples:
  $ sudo vipwatch capture -o lan.pcap --for 10m
  $ vipwatch replay --config vipwatch.yaml lan.pcap

It writes only the frames that an agent listens to: ARP, neighbor discovery, DHCP and DHCPv6. The file names machines
of your LAN, so only its owner may read it. Ctrl-C ends the capture sooner.

Exit code: 0; 2 if it could not capture or not write.`;

export const addCapture: AddCommand = (program, { terminal }) => {
  program
    .command('capture')
    .description('write the frames that a replay needs to a pcap file')
    .requiredOption('-o, --output <file>', 'the pcap file')
    .option('--for <duration>', 'how long: 90s, 10m, 12h', '10m')
    .option('-i, --interface <name>', 'the interface to listen on; default: those of the agent')
    .addHelpText('after', EXAMPLES)
    .action(async (options: { output: string; for: string; interface?: string }) => {
      const { capture } = await import('./capturer.ts');
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
      await capture(options, terminal, stop.signal);
    });
};
