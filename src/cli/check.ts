// `vipwatch check`: its options and examples.
import { Option } from 'commander';
import type { CheckArguments } from './checker.ts';
import type { AddCommand } from './command.ts';

const EXAMPLES = `
Examples:
  $ vipwatch check                                      # the cluster that kubectl asks
  $ vipwatch check manifests/ --dhcp-range 192.168.1.2-192.168.1.253
  $ sudo vipwatch check --active                        # would the router lease a VIP?
  $ helm template traefik traefik/traefik -f values.yaml | vipwatch check -
  $ vipwatch check manifests/ --config vipwatch.yaml --fail-on warning || echo "not yet"
  $ vipwatch check manifests/ --output json | jq 'select(.status == "critical")'
  $ vipwatch check cluster.json --if-node-dies w1      # where do its VIPs go, and when is the service back?
  $ vipwatch check manifests/ --output sarif > check.sarif

It only reads, with the rights of the kubeconfig, and changes nothing. What it may not read, or cannot judge, is listed
as not checked, with the reason; not checked never means fine. docs/checks.md has a section for each check.

Exit code: 0; 1 if --fail-on is met; 2 if the call or a file is wrong, or if nothing could be checked.`;

const list = (text: string, before: readonly string[] = []) => [...before, ...text.split(',')];
const several = (text: string, before: readonly string[] = []) => [...before, text];

export const addCheck: AddCommand = (program, { terminal, environment, exitWith }) => {
  program
    .command('check')
    .description('what will go wrong, before it does: pools, elections and workloads')
    .argument(
      '[files...]',
      'manifests: files, folders, or - for standard input; without any, the live cluster',
    )
    .option('--kubeconfig <file>', 'the cluster to check, with the named files applied')
    .option('--context <name>', 'a context of the kubeconfig other than the current one')
    .option('-c, --config <file>', 'YAML configuration: DHCP ranges, servers and tables, and check.ignore')
    .option(
      '-i, --interface <name>',
      'probe the LAN of this interface: which machines answer for the pool addresses',
    )
    .option(
      '--active',
      'ask DHCP servers whether they would lease VIPs and pool addresses; takes no lease; needs CAP_NET_RAW',
    )
    .option('--dhcp-range <first-last>', 'the range that the router leases; repeatable', several)
    .option(
      '--also <file>',
      'manifests of another cluster on the same LAN, for its pools; repeatable',
      several,
    )
    .option('--logs', 'read the logs of Pods behind VIPs that mount volumes, for errors about file rights')
    .option('--only <ids>', 'only these checks, separated by commas', list)
    .option('--if-node-dies <node>', 'only what happens to the VIPs and services of this node')
    .addOption(
      new Option('-o, --output <format>', 'how the results are written')
        .choices(['text', 'json', 'sarif', 'junit'])
        .default('text'),
    )
    .addOption(
      new Option('--fail-on <level>', 'exit code 1 if a result has at least this level')
        .choices(['critical', 'warning', 'never'])
        .default('critical'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], options: Omit<CheckArguments, 'files'>) => {
      const { check } = await import('./checker.ts');
      exitWith(await check({ ...options, files }, terminal, environment));
    });
};
