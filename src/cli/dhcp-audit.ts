// `vipwatch dhcp-audit`: its options and examples.
import { Option } from 'commander';
import type { AddCommand } from './command.ts';
import type { AuditArguments } from './dhcp-auditor.ts';

const EXAMPLES = `
Examples:
  $ vipwatch dhcp-audit --config vipwatch.yaml              all VIPs, and up to 32 free addresses of the pools
  $ vipwatch dhcp-audit 192.168.1.240 192.168.1.241
  $ vipwatch dhcp-audit --find-range --interface eth0       what the router hands out, without its password
  $ vipwatch dhcp-audit --output json | jq 'select(.verdict == "would-lease")'

It sends DHCPDISCOVER and nothing else that a DHCP server heeds: nothing is leased. An address whose holder answers ping
is not asked for. It runs by itself, or beside an agent.

Exit code 0: none would be leased; 1: one would; 2: it could not ask, or nobody could tell.`;

export const addDhcpAudit: AddCommand = (program, { terminal, environment, exitWith }) => {
  program
    .command('dhcp-audit')
    .description('asks the router: would it lease these addresses today?')
    .argument('[addresses...]', 'IPv4 addresses; default: those of the configuration')
    .option('-c, --config <file>', 'YAML configuration; without it, all defaults')
    .option('-i, --interface <name>', 'the interface to ask on; default: all that an agent would listen on')
    .option('--find-range', 'find the range that the router leases', false)
    .addOption(
      new Option('-o, --output <format>', 'text, or one JSON object a line')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (addresses: string[], options: Omit<AuditArguments, 'addresses'>) => {
      const { dhcpAudit } = await import('./dhcp-auditor.ts');
      exitWith(await dhcpAudit({ ...options, addresses }, terminal, environment));
    });
};
