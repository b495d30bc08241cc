// `vipwatch failover-test`: its options and examples.
import { Option } from 'commander';
import type { AddCommand } from './command.ts';
import type { FailoverTestArguments } from './failover-test-client.ts';
import { DEFAULT_SERVER } from './server-url.ts';

const EXAMPLES = `
Examples:
  $ vipwatch failover-test 192.168.1.240 --watch
      then pull the plug on the node that announces it
  $ kubectl -n vipwatch port-forward pod/vipwatch-x7x2p 9797 &
  $ VIPWATCH_TOKEN=$(kubectl -n vipwatch create token failover-tester --duration 10m) \\
      vipwatch failover-test 192.168.1.240 --mode drain --max-gap 5s --watch
  $ vipwatch failover-test 192.168.1.240 --watch --output json --token-file token | jq .gapMs

Exit code: 0 if the test passed, or has begun without --watch; 1 if it failed; 2 if it was refused or cancelled, or did
not run.`;

export const addFailoverTest: AddCommand = (program, { terminal, environment, exitWith }) => {
  program
    .command('failover-test')
    .description('measure whether another node takes over a VIP, and how fast')
    .argument('<vip>', 'the address whose takeover is measured')
    .addOption(
      new Option('-m, --mode <mode>', 'what the test does to the node that announces it')
        .choices(['observe', 'drain', 'delete-pod', 'freeze'])
        .default('observe'),
    )
    .option('--max-gap <duration>', 'the longest gap that still passes', '10s')
    .option('--time-limit <duration>', 'how long to wait for the takeover', '2m')
    .option('-w, --watch', 'follow it to its end; Ctrl-C cancels it')
    .option('-s, --server <url>', "the agent's API: http://HOST:PORT, HOST:PORT or HOST", DEFAULT_SERVER)
    .option(
      '--token-file <file>',
      "file with the token; default: VIPWATCH_TOKEN, or the Pod's service account",
    )
    .addOption(
      new Option('-o, --output <format>', 'text, or the test as one JSON object')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (vip: string, options: Omit<FailoverTestArguments, 'vip'>) => {
      const { failoverTest } = await import('./failover-test-client.ts');
      const interruption = new AbortController();
      const interrupt = () => interruption.abort();
      if (options.watch) process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
      exitWith(await failoverTest({ ...options, vip }, terminal, environment, interruption.signal));
    });
};
