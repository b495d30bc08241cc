// The failovers that the agents of a cluster have seen, by which a forecast goes where there are any.
import { type MeasuredTakeover, measuredDeaths } from '../check/takeover-time.ts';
import { parseIp } from '../net/address.ts';
import { isTakeover } from './agent-rows.ts';
import { type ApiServer, agentsOf } from './agents-asked.ts';
import { mergedTakeovers } from './agents-merged.ts';
import { listOf } from './agents-seen.ts';

const FAILOVERS = '/api/v1/takeovers?class=failover';

/** A forecast is not given up for want of an agent: of those that cannot be asked nothing is known. */
export async function measuredHere(apiServer: ApiServer): Promise<MeasuredTakeover[]> {
  const found = await agentsOf(apiServer, null).catch(() => null);
  const seen = await Promise.all(
    (found?.agents ?? []).map(async (agent) => ({
      agent: agent.name,
      rows: await listOf(agent, FAILOVERS, isTakeover).catch(() => []),
    })),
  );
  const failovers = mergedTakeovers(seen).flatMap((row) => {
    const ip = parseIp(row.ip);
    return ip === undefined ? [] : [{ ...row, ip }];
  });
  return measuredDeaths(failovers, ({ at }) => at);
}
