// `vipwatch replay`: its options and examples.
import { Option } from 'commander';
import type { ReplayArguments } from './capture-replay.ts';
import type { AddCommand } from './command.ts';

const EXAMPLES = `
Examples:
  $ sudo vipwatch capture -o lan.pcap --for 10m    # or: tcpdump -w lan.pcap 'arp or icmp6 or port 67 or 68 or 546 or 547'
  $ vipwatch replay --config vipwatch.yaml lan.pcap
  $ vipwatch replay --config vipwatch.yaml lan.pcapng.gz    # gzip and zstd are read as they are
  $ tcpdump -r big.pcap -w - arp | vipwatch replay --config vipwatch.yaml -
  $ vipwatch replay --config vipwatch.yaml --output json lan.pcap | jq 'select(.type == "finding")'
  $ vipwatch replay --intent http://192.168.1.10:9797/api/v1/intent lan.pcap
  $ vipwatch replay --config vipwatch.yaml --fail-on critical lan.pcap || echo "trouble"

Exit code: 0; 1 if --fail-on is met; 2 if the call, the configuration or the file is wrong, or if the output cannot be
written. If the reader of the output leaves (| head), the exit code is still that of the whole capture.`;

export const addReplay: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('replay')
    .description('what an agent would say about a capture: a pcap or pcapng file')
    .argument('<capture>', 'the file; - reads standard input')
    .option('-c, --config <file>', 'YAML configuration; without it, all defaults')
    .option('--intent <file>', "intent from a file or an agent, instead of the configuration's: FILE or URL")
    .addOption(
      new Option('-o, --output <format>', 'text, or one JSON object a line')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addOption(
      new Option('--fail-on <severity>', 'exit code 1 if such a finding is raised').choices([
        'critical',
        'warning',
      ]),
    )
    .option('--summary', 'only the summary at the end, no single findings')
    .addHelpText('after', EXAMPLES)
    .action(async (capture: string, options: ReplayArguments) => {
      const { replayFile } = await import('./capture-replay.ts');
      exitWith(await replayFile(capture, options, terminal));
    });
};
