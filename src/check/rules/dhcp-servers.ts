// Two servers that know nothing of each other lease the same address twice.
import type { Cluster } from '../model/cluster.ts';
import type { AnsweringServer } from '../model/facts.ts';
import { counted, listed, skip, type Verdict } from './verdict.ts';

export function dhcpServers({ facts: { dhcp, asked } }: Cluster): Verdict {
  if (typeof asked !== 'object') return skip(asked ?? NOBODY_ASKED);
  if (asked.servers.length === 0) return skip('no DHCP server answered');
  // One machine with two addresses; or two servers behind one relay, which somebody told of both.
  const machines = [...Map.groupBy(asked.servers, ({ mac }) => mac).values()];
  const looked = counted(asked.servers.length, 'server');
  // Pairs of one product are named, both, by whoever runs them.
  const expected = dhcp.expectedServers;
  const strange = expected === null ? machines : machines.filter((own) => !own.some(isOneOf(expected)));
  const isWrong = expected === null ? machines.length > 1 : strange.length > 0;
  if (!isWrong) return { problems: [], looked };
  const isPair = expected === null && areAlike(asked.servers);
  const names = listed(asked.servers.map(({ ip, mac }) => `${ip} (${mac})`));
  const many = `${counted(machines.length, 'DHCP server')} ${machines.length === 1 ? 'answers' : 'answer'}: ${names}`;
  const what = isPair
    ? 'They name the same router and DNS servers, as a failover pair does; two independent servers lease the same address twice.'
    : `Each may lease addresses that the other keeps free${expected === null ? '' : `; dhcp.servers names ${listed(expected)}`}.`;
  return {
    problems: [
      {
        level: isPair ? 'info' : 'warning',
        subjects: [],
        ip: strange[0]?.[0]?.ip ?? null,
        message: `${many}. ${what}`,
        remedy:
          'Turn off the server that should not run. If both should run, as in a failover pair, name both in dhcp.servers.',
      },
    ],
    looked,
  };
}

const NOBODY_ASKED = 'no DHCP server was asked: use --active';

function isOneOf(expected: readonly string[]) {
  return ({ ip }: AnsweringServer) => expected.includes(ip);
}

/** What they tell their clients is the same, and something. */
function areAlike(servers: readonly AnsweringServer[]): boolean {
  const told = servers.map(({ gateways, dnsServers }) => ({
    gateways: gateways.toSorted(),
    dnsServers: dnsServers.toSorted(),
  }));
  const [first] = told;
  const isTold = first !== undefined && first.gateways.length > 0 && first.dnsServers.length > 0;
  return isTold && new Set(told.map((one) => JSON.stringify(one))).size === 1;
}
