// The whole in one row: is anything wrong, are the VIPs answered, may DHCP hand any of them out.
import { rangeOverlap } from '../../net/range.ts';
import { SEVERITIES, type Severity } from '../../watch/finding/kinds.ts';
import type { Takeover } from '../../watch/takeover/takeover.ts';
import { unreadyReason } from './readiness.ts';
import type { Sources } from './sources.ts';

export interface Summary {
  /** This agent's own node; null: not known. */
  readonly node: string | null;
  /** Why this agent can judge nothing; null: it is ready. */
  readonly unreadyReason: string | null;
  readonly vips: {
    readonly total: number;
    readonly up: number;
    readonly down: number;
    readonly unknown: number;
  };
  /** Active ones. */
  readonly findings: Readonly<Record<Severity, number>> & {
    readonly suppressed: number;
    /** Of the active ones, whatever their severity. */
    readonly acknowledged: number;
  };
  readonly lastTakeover: Takeover | null;
  /** What DHCP hands out, beside the pools; `unknown` where only a part of it is known, and that is apart. */
  readonly dhcp: 'apart' | 'overlapping' | 'unknown';
  /** Null: not known, as with a static intent. */
  readonly agents: { readonly ready: number; readonly nodes: number } | null;
}

export function summaryOf(sources: Pick<Sources, 'view' | 'now' | 'interfaces' | 'intent'>): Summary {
  const { view, now } = sources;
  const vips = { total: 0, up: 0, down: 0, unknown: 0 };
  for (const { up } of view.eachVip(now())) {
    vips.total += 1;
    vips[up === null ? 'unknown' : up ? 'up' : 'down'] += 1;
  }
  const found = view.findings();
  const count = (severity: Severity) =>
    found.filter((one) => one.state === 'active' && one.severity === severity).length;
  const nodes = view.nodes();
  return {
    node: nodes.find(({ isOwn }) => isOwn)?.name ?? null,
    unreadyReason: unreadyReason(sources),
    vips,
    findings: {
      ...(Object.fromEntries(SEVERITIES.map((one) => [one, count(one)])) as Record<Severity, number>),
      suppressed: found.filter(({ state }) => state === 'suppressed').length,
      acknowledged: found.filter((one) => one.state === 'active' && one.acknowledged).length,
    },
    lastTakeover: view.takeovers().reduce<Takeover | null>((a, b) => (a && a.at > b.at ? a : b), null),
    dhcp: relationOf(view),
    agents: nodes.some(({ agentReady, isOwn }) => agentReady !== null && !isOwn)
      ? { ready: nodes.filter(({ agentReady }) => agentReady).length, nodes: nodes.length }
      : null,
  };
}

function relationOf(view: Sources['view']): Summary['dhcp'] {
  const known = view.dhcpRanges();
  const pools = view.pools().flatMap(({ ranges }) => ranges);
  if (known.some((range) => pools.some((pool) => rangeOverlap(range, pool)))) return 'overlapping';
  return known.length === 0 || known.every(({ atLeast }) => atLeast) ? 'unknown' : 'apart';
}
