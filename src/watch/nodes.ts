// The cluster's nodes as rows: what tells each of them from strangers.
import { type IpAddress, type Mac, ZERO_MAC } from '../net/address.ts';
import type { DetectContext } from './detect/context.ts';

export interface NodeRow {
  readonly name: string;
  readonly addresses: readonly IpAddress[];
  /** Listed, published by its agent, or learned from who claims its addresses. */
  readonly macs: readonly Mac[];
  /** This agent runs there. */
  readonly isOwn: boolean;
  /** An agent runs there and is ready; null: not known, as with a static intent. */
  readonly agentReady: boolean | null;
}

export function nodeRows({ index, own }: Pick<DetectContext, 'index' | 'own'>): NodeRow[] {
  return index.intent.nodes.map((node) => {
    const isOwn = node === index.ownNode;
    const learned = node.addresses.flatMap((address) => index.learnedMac(address) ?? []);
    const macs = new Set([...node.macs, ...learned, ...(isOwn ? own.macs : [])]);
    // The loopback interface has no MAC.
    macs.delete(ZERO_MAC);
    return {
      name: node.name,
      addresses: node.addresses,
      macs: [...macs].toSorted(),
      isOwn,
      agentReady: isOwn ? true : (node.agentReady ?? null),
    };
  });
}
