// `vipwatch dhcp-audit`: its options and examples.
import { Option } from 'commander';
import type { AddCommand } from './command.ts';
import type { AuditArguments } from './dhcp-auditor.ts';

const EXAMPLES = `
Examples:
  $ vipwatch dhcp-audit --config vipwatch.yaml              all VIPs, and up to 32 free addresses of the pools
  $ vipwatch dhcp-audit 192.168.1.240 192.168.1.241
  $ vipwatch dhcp-audit --find-range --interface eth0       the range that the router leases, without its password
  $ vipwatch dhcp-audit --output json | jq 'select(.verdict == "would-lease")'

It sends DHCPDISCOVER and no other message that a DHCP server acts on, so nothing is leased. It does not ask for an
address that answers ping. It runs alone or beside an agent.

Exit code: 0 if none would be leased; 1 if at least one would; 2 if it could not ask, if no address
could be judged, or if no DHCP server answered.`;

export const addDhcpAudit: AddCommand = (program, { terminal, environment, exitWith }) => {
  program
    .command('dhcp-audit')
    .description('ask the router whether it would lease these addresses today')
    .argument('[addresses...]', 'IPv4 addresses; default: those of the configuration')
    .option('-c, --config <file>', 'YAML configuration; without it, all defaults')
    .option('-i, --interface <name>', 'the interface to ask on; default: all that an agent would listen on')
    .option('--find-range', 'find the range that the router leases')
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
