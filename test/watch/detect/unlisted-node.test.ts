// A static intent that lists some of the nodes only: the others are strangers, and the finding asks whether they are.
import { describe, expect, it } from 'vitest';
import type { Intent, Vip } from '../../../src/intent/intent.ts';
import { INTENT, Lan, VIP, W1, W2 } from '../lan.ts';

const QUESTION = 'If it is a node, add it to the list of nodes.';
const ONLY_CP: Intent = { ...INTENT, nodes: INTENT.nodes.slice(0, 1) };

/** The VIP's rightful announcer, which is not listed, announces and answers, beside the node where one is given. */
function remedies(intent: Intent, beside: typeof W1 | null = null): string[] {
  const lan = new Lan(intent).ask(VIP);
  if (beside) lan.reply(beside, VIP);
  lan.gratuitous(W2, VIP).wait(1000);
  for (let i = 0; i < 5; i += 1) {
    lan.ask(VIP).reply(W2, VIP);
    if (beside) lan.reply(beside, VIP);
    lan.wait(1000);
  }
  return lan.raised().map(({ kind, remedy }) => `${kind}: ${remedy}`);
}

describe('an announcer that no list of nodes names', () => {
  it('may be a node, where it is alone', () => {
    expect(remedies(ONLY_CP)).toEqual([expect.stringMatching(/^foreign-claim: /)]);
    expect(remedies(ONLY_CP)[0]).toContain(QUESTION);
  });

  it('is hardly one beside a node that answers', () => {
    const known = { ...INTENT, nodes: INTENT.nodes.slice(0, 2) };
    expect(remedies(known, W1)).toEqual([expect.stringMatching(/^foreign-claim: /)]);
    expect(remedies(known, W1)[0]).not.toContain(QUESTION);
  });

  it('is none in a cluster, whose nodes the API lists', () => {
    const elector = { elect: () => ({ node: 'cp', interfaces: null }) };
    const vips = INTENT.vips.map((vip): Vip => ({ ...vip, elector }));
    expect(remedies({ ...ONLY_CP, vips })[0]).toMatch(/^foreign-claim: /);
    expect(remedies({ ...ONLY_CP, vips })[0]).not.toContain(QUESTION);
  });
});
