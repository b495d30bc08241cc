// Whether a failover test may begin, and how it ended: the same judgement wherever tests are kept.

import { lengthText } from '../base/length-text.ts';
import { MILLISECOND, type Micros, type Millis, SECOND } from '../base/time.ts';
import type { IpAddress } from '../net/address.ts';
import { DEAD_BEFORE } from '../probe/service-track.ts';
import type {
  FailoverTest,
  FailoverTestSpec,
  LegMeasurement,
  VantagePoint,
  VantageResult,
} from './failover-test.ts';
import type { Standing } from './standing.ts';

/** What is known when a test is asked for. */
export interface AdmissionContext {
  /** It is one of the VIPs that are watched. */
  readonly watched: boolean;
  /** Of whichever VIP: two at once would disturb what each measures. */
  readonly running: Pick<FailoverTest, 'id' | 'spec'> | null;
  /** The kinds of the critical findings that are active on this VIP. */
  readonly critical: readonly string[];
  /** When the last test of this VIP ended that was not refused; null: there was none. */
  readonly endedAt: Micros | null;
  /** Between the end of one test and the next of the same VIP: a service shall not be kept down by tests. */
  readonly cooldown: Micros;
}

/** Why the test is refused, in one sentence; null: it may begin. */
export function reasonToRefuse(
  vip: IpAddress,
  { watched, running, critical, endedAt, cooldown }: AdmissionContext,
  now: Micros,
): string | null {
  if (!watched) return `${vip} is none of the VIPs that are watched.`;
  if (running !== null) return `Another test is running: ${running.id}, of ${running.spec.vip}.`;
  if (critical.length > 0)
    return `${vip} is in trouble already: ${[...new Set(critical)].join(', ')} is active on it.`;
  const left = endedAt === null ? 0 : endedAt + cooldown - now;
  if (left <= 0) return null;
  return `The last test of ${vip} has just ended: the next may begin in ${Math.ceil(left / SECOND)} s.`;
}

type VantageMeasurement = Pick<VantagePoint, 'node' | 'legs'>;

export interface TestVerdict {
  readonly phase: 'Passed' | 'Failed';
  /** A sentence, and what was not judged. */
  readonly message: string;
  /** Of each vantage point by itself; null: not judged. */
  readonly results: ReadonlyMap<string, VantageResult | null>;
}

type Judgement = Pick<TestVerdict, 'phase' | 'message'>;

/**
 * Of a test whose takeover was measured. The worst vantage point decides, of both legs, of answers and of the service.
 *
 * @param standings of the legs that were waited for: one that somebody looked out for and did not see is the worst of all.
 */
export function verdictOf(
  { maxGap }: Pick<FailoverTestSpec, 'maxGap'>,
  vantagePoints: readonly VantageMeasurement[],
  standings: readonly Standing[] = [],
): TestVerdict {
  const { phase, message } = judgementOf(maxGap, vantagePoints, standings);
  return {
    phase,
    message: `${message}${notJudgedText(vantagePoints, standings)}`,
    results: new Map(vantagePoints.map((one) => [one.node, resultOf(one, maxGap, standings)])),
  };
}

function resultOf(
  { node, legs }: VantageMeasurement,
  maxGap: Micros,
  standings: readonly Standing[],
): VantageResult | null {
  const isTooLong = (gapMs: Millis | null) => (gapMs ?? 0) * MILLISECOND > maxGap;
  const isBad = ({ gapMs, serviceGapMs, serviceOpen }: LegMeasurement) =>
    isTooLong(gapMs) || isTooLong(serviceGapMs) || serviceOpen;
  if (legs.some(isBad) || standings.some(({ unseen }) => unseen.includes(node))) return 'failed';
  const isIncomplete = legs.length === 0 || standings.some(({ silent }) => silent.includes(node));
  return isIncomplete ? null : 'passed';
}

function judgementOf(
  maxGap: Micros,
  vantagePoints: readonly VantageMeasurement[],
  standings: readonly Standing[],
): Judgement {
  const seen = vantagePoints.flatMap(({ node, legs }) => legs.map((leg) => ({ node, leg })));
  const tooLong = (gapMs: Millis) => gapMs * MILLISECOND > maxGap;
  const longest = (of: (leg: LegMeasurement) => number) => seen.toSorted((a, b) => of(b.leg) - of(a.leg))[0];
  const silent = longest(({ gapMs }) => gapMs);
  if (silent === undefined) return { phase: 'Failed', message: 'Nobody measured the takeover.' };
  const blind = standings.find(({ unseen }) => unseen.length > 0);
  if (blind) return { phase: 'Failed', message: unseenText(blind) };
  const allowed = `the ${lengthText(maxGap / MILLISECOND)} allowed`;
  const failed = (
    what: string,
    ms: number,
    { node, leg }: (typeof seen)[number],
    why = `: more than ${allowed}`,
  ): Judgement => ({
    phase: 'Failed',
    message: `${what} for ${lengthText(ms)} when ${leg.to} took over from ${leg.from}, as ${node} saw it${why}.`,
  });
  if (tooLong(silent.leg.gapMs)) return failed('Nobody answered', silent.leg.gapMs, silent);
  // However long the gap may be: one that is open has no length yet.
  const away = longest(({ serviceGapMs, serviceOpen }) => (serviceOpen ? (serviceGapMs ?? 0) : -1))!;
  if (away.leg.serviceOpen)
    return failed('The service did not answer', away.leg.serviceGapMs ?? 0, away, ', and was not back then');
  const unserved = longest(({ serviceGapMs }) => serviceGapMs ?? -1)!;
  const serviceGapMs = unserved.leg.serviceGapMs;
  if (serviceGapMs !== null && tooLong(serviceGapMs))
    return failed('The service did not answer', serviceGapMs, unserved);
  const service = serviceGapMs === null ? '' : `, the service's ${lengthText(serviceGapMs)}`;
  return {
    phase: 'Passed',
    message: `The longest gap was ${lengthText(silent.leg.gapMs)}${service}, within ${allowed}.`,
  };
}

function unseenText({ leg, unseen, measured }: Standing): string {
  const names = unseen.join(', ');
  const { from, to } = measured[0]!;
  return leg === 'failover'
    ? `${names} had seen ${from} answer, and saw nobody take over.`
    : `${names} had seen ${from} take over, and did not see ${to} take it back.`;
}

/** Empty where all was. */
function notJudgedText(vantagePoints: readonly VantageMeasurement[], standings: readonly Standing[]): string {
  const dead = vantagePoints.filter(({ legs }) => legs.some((leg) => leg.serviceNote === DEAD_BEFORE));
  const deadNodes = dead.map(({ node }) => node).join(', ');
  const silent = [...new Set(standings.flatMap((standing) => standing.silent))].join(', ');
  return [
    deadNodes && ` The service did not answer ${deadNodes} before the takeover: it is not judged.`,
    silent && ` The agents of ${silent} fell silent: what they may have seen is not judged.`,
  ].join('');
}

/** The worst of all vantage points and legs, those that are not over among them; null: not measured. */
export function worstOf(
  vantagePoints: readonly VantageMeasurement[],
): Pick<FailoverTest, 'gapMs' | 'serviceGapMs'> {
  const all = vantagePoints.flatMap(({ legs }) => legs);
  const worst = (values: readonly (number | null)[]) => {
    const measured = values.filter((value) => value !== null);
    return measured.length === 0 ? null : Math.max(...measured);
  };
  return {
    gapMs: worst(all.map(({ gapMs }) => gapMs)),
    serviceGapMs: worst(all.map(({ serviceGapMs }) => serviceGapMs)),
  };
}
