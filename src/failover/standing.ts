// What the vantage points of a test have said of one of its legs, and which of them have not.
import type { LegMeasurement } from './failover-test.ts';
import type { TestObject, WitnessReport } from './object.ts';

export interface Standing {
  readonly leg: LegMeasurement['leg'];
  readonly measured: readonly LegMeasurement[];
  /** The nodes whose agents say that they look on and have not seen it; none before another has. */
  readonly unseen: readonly string[];
  /** Those of whose agents nothing was heard since. */
  readonly silent: readonly string[];
}

/** Only of those that saw what was before the leg: the announcer answer, or the other one take over. */
export function standingOf({ participants, reports }: TestObject, leg: LegMeasurement['leg']): Standing {
  const legIn = ({ legs }: WitnessReport, which = leg) => legs.find((one) => one.leg === which);
  const looking = participants.flatMap((node) => {
    const report = reports.get(node);
    const isDue = report && (leg === 'failover' ? report.announcer !== null : legIn(report, 'failover'));
    return isDue ? [{ node, report }] : [];
  });
  const missing = looking.filter(({ report }) => !legIn(report));
  const nodesOf = (some: typeof looking) => some.map(({ node }) => node);
  return {
    leg,
    measured: looking.flatMap(({ report }) => legIn(report) ?? []),
    unseen: nodesOf(missing.filter(({ report }) => report.unseen === leg)),
    silent: nodesOf(missing.filter(({ report }) => report.unseen !== leg)),
  };
}
