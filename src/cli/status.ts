// Is everything all right? What `vipwatch status` answers, out of what all agents that can be asked see.

import type { Unasked } from './agents-asked.ts';
import type { FindingRow, SeenBy, TakeoverRow, VipRow } from './agents-merged.ts';
import type { AgentHealth } from './agents-seen.ts';

/** Its keys are a contract. */
export interface Status {
  readonly type: 'status';
  readonly verdict: 'fine' | 'warning' | 'critical';
  readonly critical: number;
  /** Findings, VIPs that no finding tells of yet, and agents that are not as they should be. */
  readonly warnings: number;
  /** How many VIPs are answered for; `notAsked`: no agent asks for them. */
  readonly vips: {
    readonly total: number;
    readonly up: number;
    readonly down: number;
    readonly notAsked: number;
  };
  readonly findings: readonly SeenBy<FindingRow>[];
  /** Those that are not answered, or not by the node that should. */
  readonly vipsInTrouble: readonly SeenBy<VipRow>[];
  readonly lastTakeover: SeenBy<TakeoverRow> | null;
  readonly agents: readonly (AgentHealth & { readonly asked: true })[];
  readonly notAsked: readonly Unasked[];
}

export function statusOf(
  findings: readonly SeenBy<FindingRow>[],
  vips: readonly SeenBy<VipRow>[],
  takeovers: readonly SeenBy<TakeoverRow>[],
  agents: readonly AgentHealth[],
  notAsked: readonly Unasked[],
): Status {
  const critical = findings.filter(({ severity }) => severity === 'critical').length;
  const doubtful = agents.filter(({ ready, problems }) => !ready || problems.length > 0).length;
  const told = new Set(findings.map(({ ip }) => ip));
  const vipsInTrouble = vips.filter(isInTrouble);
  const untold = vipsInTrouble.filter(({ ip }) => !told.has(ip)).length;
  const warnings = findings.length - critical + untold + doubtful + notAsked.length;
  const count = (wanted: boolean | null) => vips.filter(({ up }) => up === wanted).length;
  return {
    type: 'status',
    verdict: critical > 0 ? 'critical' : warnings > 0 ? 'warning' : 'fine',
    critical,
    warnings,
    vips: { total: vips.length, up: count(true), down: count(false), notAsked: count(null) },
    findings,
    vipsInTrouble,
    lastTakeover: takeovers[0] ?? null,
    agents: agents.map((agent) => ({ ...agent, asked: true })),
    notAsked,
  };
}

export function isInTrouble({ up, elected, announcers }: VipRow): boolean {
  if (up === false || announcers.length > 1) return true;
  const [announcer] = announcers;
  return (
    announcer !== undefined && elected !== null && elected.node !== null && announcer.node !== elected.node
  );
}
