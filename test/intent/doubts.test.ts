import { describe, expect, it } from 'vitest';
import { doubtsOf } from '../../src/intent/doubts.ts';
import { EMPTY_INTENT } from '../../src/intent/intent.ts';
import { INTENT } from '../watch/lan.ts';

describe('doubtsOf()', () => {
  it('has none where nodes and VIPs are known', () => {
    expect(doubtsOf(INTENT)).toEqual([]);
    expect(doubtsOf({ ...INTENT, vips: [] })).toEqual([]);
    expect(doubtsOf({ ...INTENT, pools: [] })).toEqual([]);
  });

  it('says what cannot be judged without nodes, and that nothing is watched without VIPs and pools', () => {
    expect(doubtsOf({ ...INTENT, nodes: [] })).toEqual([
      expect.stringMatching(/^No node is known: .*foreign-claim/),
    ]);
    expect(doubtsOf(EMPTY_INTENT)).toEqual([expect.stringMatching(/^There is no VIP and no pool/)]);
  });
});
