// All routes, in the order of the OpenAPI document.
import type { Route } from './route.ts';
import { acknowledgeFinding } from './routes/acknowledge-finding.ts';
import { apiIndex } from './routes/api-index.ts';
import { availability } from './routes/availability.ts';
import { cancelFailoverTest } from './routes/cancel-failover-test.ts';
import { checks } from './routes/checks.ts';
import { claims } from './routes/claims.ts';
import { createFailoverTest } from './routes/create-failover-test.ts';
import { dhcpRanges } from './routes/dhcp-ranges.ts';
import { dhcpServers } from './routes/dhcp-servers.ts';
import { events } from './routes/events.ts';
import { failoverTest } from './routes/failover-test.ts';
import { failoverTests } from './routes/failover-tests.ts';
import { finding } from './routes/finding.ts';
import { findings } from './routes/findings.ts';
import { findingsPage } from './routes/findings-page.ts';
import { forecast } from './routes/forecast.ts';
import { healthz } from './routes/healthz.ts';
import { intent } from './routes/intent.ts';
import { leases } from './routes/leases.ts';
import { metrics } from './routes/metrics.ts';
import { nodes } from './routes/nodes.ts';
import { openapi } from './routes/openapi.ts';
import { page, pageAsset } from './routes/page.ts';
import { pools } from './routes/pools.ts';
import { readyz } from './routes/readyz.ts';
import { segments } from './routes/segments.ts';
import { summary } from './routes/summary.ts';
import { takeovers } from './routes/takeovers.ts';
import { unacknowledgeFinding } from './routes/unacknowledge-finding.ts';
import { vip } from './routes/vip.ts';
import { vips } from './routes/vips.ts';

export const ROUTES: readonly Route[] = [
  apiIndex,
  healthz,
  readyz,
  metrics,
  summary,
  vips,
  vip,
  availability,
  pools,
  nodes,
  segments,
  intent,
  claims,
  leases,
  dhcpServers,
  dhcpRanges,
  findings,
  finding,
  acknowledgeFinding,
  unacknowledgeFinding,
  takeovers,
  checks,
  forecast,
  events,
  failoverTests,
  failoverTest,
  createFailoverTest,
  cancelFailoverTest,
  page,
  pageAsset,
  findingsPage,
  openapi,
];

/** The path as its route is known (`/api/v1/failover-tests/:id`), for what a route can be asked; null: there is none. */
export function routePathOf(path: string): string | null {
  const parts = path.split('/');
  const isOf = (route: Route) => {
    const known = route.path.split('/');
    return (
      known.length === parts.length && known.every((part, i) => part.startsWith(':') || part === parts[i])
    );
  };
  return ROUTES.find(isOf)?.path ?? null;
}
