import { describe, expect, it } from 'vitest';
import { doubtsOf } from '../../src/intent/doubts.ts';
import { EMPTY_INTENT } from '../../src/intent/intent.ts';
import { INTENT } from '../watch/lan.ts';

describe('doubtsOf()', () => {
  it('has none where nodes and VIPs are known', () => {
    expect(doubtsOf(INTENT, 'file')).toEqual([]);
    expect(doubtsOf({ ...INTENT, vips: [] }, 'file')).toEqual([]);
    expect(doubtsOf({ ...INTENT, pools: [] }, 'cluster')).toEqual([]);
  });

  it('says what cannot be judged without nodes, and in a file where to list them', () => {
    const said = /^No node is known: .*foreign-claim/;
    expect(doubtsOf({ ...INTENT, nodes: [] }, 'file')).toEqual([expect.stringMatching(said)]);
    expect(doubtsOf({ ...INTENT, nodes: [] }, 'file')[0]).toContain('intent.static.nodes');
    expect(doubtsOf({ ...INTENT, nodes: [] }, 'cluster')).toEqual([expect.stringMatching(said)]);
    expect(doubtsOf({ ...INTENT, nodes: [] }, 'cluster')[0]).not.toContain('static');
  });

  it.each(['file', 'cluster'] as const)(
    'says that nothing is watched without VIPs and pools, from a %s',
    (from) => {
      expect(doubtsOf(EMPTY_INTENT, from)).toEqual([expect.stringMatching(/^There is no VIP and no pool/)]);
    },
  );
});
