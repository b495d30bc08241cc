// GET /api/v1/forecast.
import * as Type from 'typebox/type';
import type { Forecast } from '../../../check/forecast.ts';
import { forecastJson } from '../../../check/output/forecast.ts';
import { ForecastSchema } from '../../render/checks.ts';
import { ipOrder } from '../../tables/row-order.ts';
import { CHECK_RUN } from '../check-run.ts';
import { type Filter, ipFilter, several } from '../filters.ts';
import { listRoute } from '../listing.ts';

const nodeFilter: Filter<Forecast> = {
  parameters: { node: several(Type.String(), 'only what happens if these nodes die; their names') },
  read: (asked) => {
    const wanted = asked('node');
    if (wanted.length === 0) return undefined;
    return ({ node, besides }) =>
      wanted.some((name) => (node === null ? !besides.includes(name) : node === name));
  },
};

export const forecast = listRoute({
  path: '/api/v1/forecast',
  id: 'listForecast',
  tag: 'checks',
  summary: 'If a node dies: where its VIPs go, and when the services behind them are back',
  description:
    'For each VIP, and each node that announces it or has endpoints of its Service. The objects are those of the last run of the checks: `run` says when.',
  filters: [nodeFilter, ipFilter],
  item: ForecastSchema,
  about: CHECK_RUN,
  rows: ({ sources }) => sources.checks()?.done?.forecasts ?? [],
  order: ({ ip, service, node }) => `${ipOrder(ip)} ${service} ${node ?? ''}`,
  render: forecastJson,
});
