// Is everything all right? What `vipwatch status` answers, out of what all agents that can be asked see.

import type { Unasked } from './agents-asked.ts';
import {
  type FindingRow,
  SAME_TAKEOVER,
  type SeenBy,
  type TakeoverRow,
  type VipRow,
} from './agents-merged.ts';
import type { AgentHealth } from './agents-seen.ts';

/** As long as an agent itself takes a station to be alive after it was heard. In milliseconds. */
const ALIVE = 600_000;

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
  const answering = answeringOf(announcers);
  if (up === false || answering.length > 1) return true;
  const [who] = answering;
  return who !== undefined && elected !== null && elected.node !== null && who !== elected.node;
}

/**
 * Who answers for a VIP, each once, though its row has one announcer for each segment. One that was not heard after another began
 * is what an agent keeps that has not seen that takeover.
 */
export function answeringOf(announcers: VipRow['announcers']): string[] {
  const all = announcers.map(({ node, mac, since, lastSeen }) => ({
    who: node ?? mac,
    since: Date.parse(since),
    lastSeen: Date.parse(lastSeen),
  }));
  const answering = all.filter(
    (one) =>
      !all.some(
        (other) =>
          other.who !== one.who &&
          other.lastSeen > one.lastSeen &&
          (one.lastSeen - other.since <= SAME_TAKEOVER || other.lastSeen - one.lastSeen > ALIVE),
      ),
  );
  return [...new Set(answering.map(({ who }) => who))];
}
