// What the vantage points of a test have said of one of its legs, and which of them have not.
import type { LegMeasurement } from './failover-test.ts';
import type { TestObject, Witness } from './object.ts';

export interface Standing {
  readonly leg: LegMeasurement['leg'];
  readonly measured: readonly LegMeasurement[];
  /** The nodes whose agents say that they look on and have not seen it; none before another has. */
  readonly unseen: readonly string[];
  /** Those of whose agents nothing was heard since. */
  readonly silent: readonly string[];
}

/** Only of those that saw what was before the leg: the announcer answer, or the other one take over. */
export function standingOf({ participants, witnesses }: TestObject, leg: LegMeasurement['leg']): Standing {
  const legIn = ({ legs }: Witness, which = leg) => legs.find((one) => one.leg === which);
  const looking = participants.flatMap((node) => {
    const witness = witnesses.get(node);
    const isDue = witness && (leg === 'failover' ? witness.announcer !== null : legIn(witness, 'failover'));
    return isDue ? [{ node, witness }] : [];
  });
  const missing = looking.filter(({ witness }) => !legIn(witness));
  const nodesOf = (some: typeof looking) => some.map(({ node }) => node);
  return {
    leg,
    measured: looking.flatMap(({ witness }) => legIn(witness) ?? []),
    unseen: nodesOf(missing.filter(({ witness }) => witness.unseen === leg)),
    silent: nodesOf(missing.filter(({ witness }) => witness.unseen !== leg)),
  };
}
