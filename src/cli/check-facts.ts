// What is known of DHCP, for a check: by the command line, by the configuration, and by the tables that it names.
import type { DhcpFacts, KnownDhcpRange } from '../check/model/facts.ts';
import type { Config } from '../config/config.ts';
import type { ListedLease } from '../dhcp/listed-lease.ts';
import type { Reservation } from '../dhcp/router-knowledge.ts';
import { Importing } from '../lease-import/importing.ts';
import type { IpRange } from '../net/range.ts';
import type { Terminal } from './terminal.ts';

const MILLISECONDS = 1_000;

/** @param ranges of the command line. */
export async function dhcpFacts(
  ranges: readonly IpRange[],
  config: Config | null,
  terminal: Terminal,
): Promise<DhcpFacts> {
  const known: KnownDhcpRange[] = ranges.map((range) => ({ range, by: '--dhcp-range' }));
  if (config === null) return { ranges: known, leases: null, reservations: [], expectedServers: null };
  known.push(...config.dhcp.ranges.map((range) => ({ range, by: 'dhcp.ranges' })));
  const tables = await readTables(config, terminal);
  known.push(...tables.ranges);
  const { leases, reservations } = tables;
  return { ranges: known, leases, reservations, expectedServers: config.dhcp.servers };
}

interface Tables {
  readonly ranges: readonly KnownDhcpRange[];
  /** Null: no table was read. */
  readonly leases: readonly ListedLease[] | null;
  readonly reservations: readonly Reservation[];
}

/** Each once; what cannot be read is told. */
async function readTables(config: Config, terminal: Terminal): Promise<Tables> {
  const ranges: KnownDhcpRange[] = [];
  const leases: ListedLease[] = [];
  const reservations: Reservation[] = [];
  let read = 0;
  const importing = new Importing({
    imports: config.dhcp.import,
    log: { info: () => {}, warn: () => {} },
    now: () => 0,
    unixTime: () => Date.now() / MILLISECONDS,
    isShared: false,
    peers: null,
    onTable: (name, table) => {
      read += 1;
      ranges.push(...table.ranges.map((range) => ({ range, by: `the table of ${name}` })));
      leases.push(...table.leases);
      reservations.push(...table.reservations);
    },
  });
  importing.tick(0);
  await importing.settled();
  await importing.stop();
  for (const { name, problem } of importing.health())
    if (problem !== null) terminal.complain(`Cannot read the table ${name}: ${problem}`);
  return { ranges, leases: read === 0 ? null : leases, reservations };
}
