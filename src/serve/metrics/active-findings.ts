// The active findings, as the metrics show them: in the order of their weight, and bounded.
import { type ServiceLabels, serviceLabels } from '../../intent/service-labels.ts';
import type { Mac } from '../../net/address.ts';
import type { Finding } from '../../watch/finding/finding.ts';

/** Addresses in findings come from the LAN: more active findings than this are counted, not listed. */
export const MAX_FINDING_SERIES = 1000;
/** Of an address: so many machines as a person can deal with at a time. */
const MAX_MACHINES_OF_ADDRESS = 3;

export interface ActiveFinding extends ServiceLabels {
  readonly finding: Finding;
}

/** A machine behind a critical finding. */
interface Machine extends ActiveFinding {
  /** Null where there is none to name, as with a VIP that nobody answers for. */
  readonly mac: Mac | null;
}

/**
 * The gravest first, and those that raise alerts, so that a bound cuts off what matters least: of those alike, which differ by
 * their culprit or segment alone and so have one series, the second and further ones.
 */
export function activeFindings(findings: readonly Finding[]): ActiveFinding[] {
  const active = findings.filter(({ state }) => state === 'active');
  const series = new Set<string>();
  const isSurplus = new Set<Finding>();
  for (const finding of active) {
    const name = seriesOf(finding);
    if (series.has(name)) isSurplus.add(finding);
    series.add(name);
  }
  active.sort(
    (a, b) =>
      Number(isSurplus.has(a)) - Number(isSurplus.has(b)) ||
      Number(b.severity === 'critical') - Number(a.severity === 'critical') ||
      Number(b.confirmed) - Number(a.confirmed) ||
      Number(a.acknowledged !== undefined) - Number(b.acknowledged !== undefined),
  );
  return active.map((finding) => ({ finding, ...serviceLabels(finding.vip) }));
}

/** How many series there is no room for. */
export function seriesBeyond(active: readonly ActiveFinding[]): number {
  const series = new Set(active.map(({ finding }) => seriesOf(finding)));
  return Math.max(0, series.size - MAX_FINDING_SERIES);
}

function seriesOf({ kind, severity, confirmed, acknowledged, ip }: Finding): string {
  return `${kind} ${severity} ${confirmed} ${acknowledged !== undefined} ${ip}`;
}

/** Of several critical findings on one address each names its first machine before any names its second. */
export function machinesBehind(active: readonly ActiveFinding[]): Machine[] {
  const critical = active.filter(({ finding }) => finding.severity === 'critical');
  const ofAddress = Map.groupBy(critical, ({ finding }) => finding.ip);
  return [...ofAddress.values().flatMap(machinesOnAddress).take(MAX_FINDING_SERIES)];
}

function machinesOnAddress(findings: readonly ActiveFinding[]): Machine[] {
  const ofKind = [...Map.groupBy(findings, ({ finding }) => finding.kind).values()].map((alike) => {
    const oldestFirst = namedOf(alike).toSorted((a, b) => a.finding.raisedAt - b.finding.raisedAt);
    const machines = oldestFirst.flatMap((one) => macsOf(one.finding).map((mac) => ({ ...one, mac })));
    return [...new Map(machines.map((machine) => [machine.mac, machine])).values()];
  });
  const turns = Array.from({ length: MAX_MACHINES_OF_ADDRESS }, (_, turn) =>
    ofKind.flatMap((machines) => machines[turn] ?? []),
  );
  return turns.flat().slice(0, MAX_MACHINES_OF_ADDRESS);
}

/**
 * An alert is of the confirmed ones that nobody has acknowledged: it names no machine of which nothing but a stray frame is known,
 * nor one that somebody sees to already.
 */
function namedOf(alike: readonly ActiveFinding[]): readonly ActiveFinding[] {
  const confirmed = alike.filter(({ finding }) => finding.confirmed);
  const told = confirmed.filter(({ finding }) => finding.acknowledged === undefined);
  return [told, confirmed].find((some) => some.length > 0) ?? alike;
}

function macsOf({ macs }: Finding): readonly (Mac | null)[] {
  return macs.length === 0 ? [null] : macs;
}
