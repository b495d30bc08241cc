// Whether a failover test may begin, which agent drives it, and which ones measure.

import type { Micros } from '../base/time.ts';
import type { IpAddress } from '../net/address.ts';
import { MOST_VANTAGE_POINTS } from '../probe/unheard.ts';
import type { TestMode } from './failover-test.ts';
import type { TestObject } from './object.ts';
import { ranked } from './rendezvous.ts';
import { type AdmissionContext, reasonToRefuse } from './verdict.ts';

/** What this agent knows of the cluster and of the LAN. */
export interface TestFacts extends Omit<AdmissionContext, 'critical' | 'watched' | 'endedAt'> {
  /** Null: it is no VIP. */
  readonly vip: TestedVip | null;
  /** This agent's. */
  readonly ownNode: string;
  /** The nodes whose agents are ready, and on the VIP's network. */
  readonly agents: readonly string[];
  /** Those of them that ask for the VIP all the time. */
  readonly askers: readonly string[];
  readonly modes: readonly TestMode[];
  readonly endedAt: (vip: IpAddress) => Micros | null;
}

export interface TestedVip {
  readonly service: string | null;
  /** Who announces it by MetalLB's election; null: nobody, or it cannot be told. */
  readonly announcer: string | null;
  /** Who would without that one. */
  readonly successor: string | null;
  /** The kinds of the critical findings that are active on it. */
  readonly critical: readonly string[];
  /** Why what a mode injects would move nothing, or could not be injected. */
  readonly futile: (mode: TestMode, node: string) => string | null;
  /** Other VIPs that nobody but that node can announce, a few at most. */
  readonly stranded: (node: string) => readonly string[];
}

/**
 * Never the announcing node if another agent lives: what happens to its node may happen to it. Before it come those that
 * could not measure, and before them the one that shall take over.
 */
export function placeInLine(test: TestObject, { agents, vip, ownNode }: TestFacts): number {
  const from = test.from ?? vip?.announcer;
  const measuring = new Set(agents);
  const lateness = (name: string) =>
    name === from ? 3 : !measuring.has(name) ? 2 : name === vip?.successor ? 1 : 0;
  const line = ranked([...agents, ownNode], test.uid).toSorted((a, b) => lateness(a) - lateness(b));
  return line.indexOf(ownNode);
}

/**
 * This agent among them: what it says of the test, it has seen itself. Then those that know of trouble which shows to
 * nobody else; the successor only where there is room.
 */
export function vantageNodes(test: TestObject, { agents, askers, vip, ownNode }: TestFacts): string[] {
  const lateness = (name: string) =>
    name === ownNode ? 0 : askers.includes(name) ? 1 : name === vip?.successor ? 3 : 2;
  return ranked(agents, test.uid)
    .filter((node) => node !== vip?.announcer)
    .toSorted((a, b) => lateness(a) - lateness(b))
    .slice(0, MOST_VANTAGE_POINTS);
}

export function whyRefused(test: TestObject, facts: TestFacts, now: Micros): string | null {
  if (!test.asked.ok) return `The test cannot be read: ${test.asked.mistakes.join('; ')}.`;
  const { vip: address, mode } = test.asked.spec;
  const { vip, modes } = facts;
  if (!modes.includes(mode))
    return `The mode ${mode} is not enabled: failoverTest.modes lists ${modes.join(', ') || 'none'}.`;
  const { critical = [] } = vip ?? {};
  const context = { ...facts, watched: vip !== null, critical, endedAt: facts.endedAt(address) };
  const reason = reasonToRefuse(address, context, now);
  if (reason !== null || vip === null) return reason;
  const { announcer, successor } = vip;
  if (announcer === null)
    return `By MetalLB's election no node announces ${address}, or it is not known which one.`;
  if (successor === null)
    return `Fewer than two nodes are eligible for ${address}: no node could take over from ${announcer}.`;
  if (vantageNodes(test, facts).length === 0)
    return `On the network of ${address} only the agent of its announcer ${announcer} is ready: no agent could measure.`;
  const futile = vip.futile(mode, announcer);
  // Whoever pulls a plug themselves knows what else hangs on it.
  const stranded = futile === null && mode !== 'observe' ? vip.stranded(announcer) : [];
  if (stranded.length === 0) return futile;
  return `Other VIPs would lose their announcer: only ${announcer} can announce ${stranded.join(', ')}.`;
}
