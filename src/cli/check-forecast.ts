// `vipwatch check --if-node-dies`: what would happen, in place of what is wrong.
import { FORECAST_NEEDS, forecastsOf } from '../check/forecast.ts';
import type { Cluster } from '../check/model/cluster.ts';
import { forecastJson, forecastText } from '../check/output/forecast.ts';
import type { MeasuredTakeover } from '../check/takeover-time.ts';
import { type Terminal, UsageError } from './terminal.ts';

/** @throws UsageError where nothing can be foretold. */
export function writeForecasts(
  cluster: Cluster,
  node: string,
  measured: readonly MeasuredTakeover[],
  output: 'text' | 'json',
  terminal: Terminal,
): void {
  for (const key of FORECAST_NEEDS) {
    const reason = cluster.inventory.whyUnknown(key);
    if (reason !== null) throw new UsageError(`No forecast is possible: ${reason}`);
  }
  if (!cluster.nodes.some(({ name }) => name === node)) {
    const names = cluster.nodes.slice(0, 5).map(({ name }) => name);
    throw new UsageError(`"${node}" is not a node: there are ${names.join(', ')}`);
  }
  const forecasts = forecastsOf(cluster, node, measured);
  if (output === 'json')
    for (const forecast of forecasts) terminal.write(`${JSON.stringify(forecastJson(forecast))}\n`);
  else if (forecasts.length === 0)
    terminal.write(`if ${node} dies: no VIP moves, and no service behind a VIP loses an endpoint\n`);
  else for (const forecast of forecasts) terminal.write(`${forecastText(forecast)}\n`);
}
