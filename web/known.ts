// The shape of what the page knows.
import type {
  Checks,
  Claim,
  ClusterNode,
  DhcpRange,
  DhcpServer,
  FailoverTest,
  Finding,
  Lease,
  Pool,
  Segment,
  Summary,
  Takeover,
  Vip,
} from './api.ts';

/** What is read, by the name that the state has it under. */
export interface Known {
  readonly summary: Summary;
  readonly findings: readonly Finding[];
  readonly vips: readonly Vip[];
  readonly takeovers: readonly Takeover[];
  readonly claims: readonly Claim[];
  readonly leases: readonly Lease[];
  readonly servers: readonly DhcpServer[];
  readonly ranges: readonly DhcpRange[];
  readonly pools: readonly Pool[];
  readonly nodes: readonly ClusterNode[];
  readonly segments: readonly Segment[];
  readonly tests: readonly FailoverTest[];
  readonly checks: Checks;
}
export type Part = keyof Known;

export interface State extends Partial<Known> {
  /** Since when nothing is heard of the agent; null: it is heard. Milliseconds. */
  readonly lostSince: number | null;
  /** What could not be read the last time, though the agent answers, and why. @default nothing */
  readonly refused?: Readonly<Partial<Record<Part, string>>>;
  /** When something was read last. Milliseconds; null: never. */
  readonly readAt: number | null;
}
