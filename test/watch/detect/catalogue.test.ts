// Each kind of finding has its detector.
import { expect, it } from 'vitest';
import { FINDING_KINDS } from '../../../src/watch/finding/kinds.ts';
import { makeParts } from '../../../src/watch/parts.ts';

it('raises each kind of finding by one detector', () => {
  const nothing = () => {};
  const { detectors } = makeParts(
    { dhcp: { ranges: [], servers: null } },
    { emit: nothing, wake: nothing, now: () => 0 },
  );
  expect(detectors.flatMap(({ kinds }) => kinds).toSorted()).toEqual(FINDING_KINDS.toSorted());
});
