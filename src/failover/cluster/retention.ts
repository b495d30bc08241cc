// Which finished tests are kept.
import { isFinished } from '../failover-test.ts';
import { isGuarded, type TestObject } from '../object.ts';
import { isEarlier } from './facts.ts';

/** Of those that ran, so many; … */
const KEPT = 20;
/** … and of those that never began, in their own right: whoever is refused must not push out what was measured. */
const KEPT_UNBEGUN = 10;

/** @param isCooling whether by that test its VIP still has to rest: the object is all that says so. */
export function expendable(
  tests: readonly TestObject[],
  isCooling: (test: TestObject) => boolean,
): TestObject[] {
  const finished = tests
    .filter((test) => isFinished(test) && !isGuarded(test))
    .toSorted((a, b) => (isEarlier(a, b) ? -1 : 1));
  const { ran = [], unbegun = [] } = Object.groupBy(finished, ({ startedAt }) =>
    startedAt === null ? 'unbegun' : 'ran',
  );
  const old = ran.slice(0, -KEPT).filter((test) => !isCooling(test));
  return [...old, ...unbegun.slice(0, -KEPT_UNBEGUN)];
}
