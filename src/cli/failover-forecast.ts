// What a failover test should come to, said before it begins, and beside what was measured once it has ended.
import { takeoverText } from '../check/output/forecast.ts';
import { measuredDeaths, type TakeoverTime, takeoverTime } from '../check/takeover-time.ts';
import type { FailoverTestSpec, TestMode } from '../failover/failover-test.ts';
import type { FailoverTestJson } from '../serve/render/render.ts';
import type { AgentApi } from './agent-api.ts';

/** As a node's death; the others are planned moves. */
const DEATHS: readonly TestMode[] = ['observe', 'freeze'];

/** By the takeovers that the agent has seen until now; null: nothing can be foretold. */
export async function foretold(
  api: AgentApi,
  { vip, mode }: Pick<FailoverTestSpec, 'vip' | 'mode'>,
): Promise<TakeoverTime | null> {
  if (!DEATHS.includes(mode)) return null;
  // The test is what was asked for: it is not given up for want of a forecast.
  const seen = await api.failovers().catch(() => null);
  return (
    seen &&
    takeoverTime(
      vip,
      measuredDeaths(seen, ({ at }) => at),
    )
  );
}

/** `Forecast: about 6 s (measured here: 5.8 s on Nov 3); measured: 5.2 s.`; empty where there is nothing to compare. */
export function comparison(forecast: TakeoverTime | null, { vantagePoints }: FailoverTestJson): string {
  const gaps = vantagePoints.flatMap(({ legs }) =>
    legs.flatMap(({ leg, gapMs }) => (leg === 'failover' ? gapMs : [])),
  );
  if (forecast === null || gaps.length === 0) return '';
  const measured = Math.round(Math.max(...gaps) / 100) / 10;
  return `Forecast: ${takeoverText(forecast)}; measured: ${measured} s.\n`;
}
