// Knows who owns what at each moment, and judges each agent by it.
import { Answering } from './answering.ts';
import type { Complaint } from './complaint.ts';
import { type Found, judgeFindings } from './findings.ts';
import { judgeLooks } from './looks.ts';
import type { Played } from './play.ts';
import { judgeTakeovers } from './takeovers.ts';

export interface Verdict {
  /** In the order of their times; none where all is right. */
  readonly complaints: readonly Complaint[];
  /** What became of each thing that had to be found. */
  readonly found: readonly Found[];
}

export function judge(played: Played): Verdict {
  // What another load balancer serves, no speaker answers for.
  const ofMetallb = played.plan.services.filter(({ loadBalancerClass }) => loadBalancerClass === undefined);
  const vips = ofMetallb.map(({ ip }) => new Answering(played, ip));
  const { complaints, found } = judgeFindings(played, vips);
  const all = [...complaints, ...judgeTakeovers(played, vips), ...judgeLooks(played, vips)];
  return { complaints: all.toSorted((a, b) => a.at - b.at), found };
}
