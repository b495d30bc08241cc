// What the HTTP server is given.
import type { AcknowledgementStore } from '../../acknowledge/acknowledging.ts';
import type { FailoverTests } from '../../failover/failover-test.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Sources } from '../tables/sources.ts';
import type { Authorizer } from './authorization.ts';
import type { Origin } from './client.ts';
import type { ConnectionLimits } from './connections.ts';
import type { EventStream } from './event-stream.ts';
import type { Page } from './page.ts';

export interface FailoverTesting {
  /** Null: none can be run here. */
  readonly tests: FailoverTests | null;
  /** They are turned off. */
  readonly off?: boolean;
}

export interface AcknowledgingChange {
  readonly action: 'acknowledged' | 'taken-back';
  readonly finding: string;
  readonly by: string | null;
  /** Of what was acknowledged. */
  readonly comment?: string;
  readonly until?: string;
}

export interface HttpOptions {
  readonly sources: Sources;
  readonly metrics: Metrics;
  readonly events: EventStream;
  readonly failover: FailoverTesting;
  readonly acknowledgements: AcknowledgementStore;
  /** Null: nobody may change anything. */
  readonly authorizer: Authorizer | null;
  /** For people; null: it is turned off. */
  readonly page: Page | null;
  readonly originOf: (ip: IpAddress) => Origin;
  /** The names by which this agent may be asked for, in lower case, besides addresses. */
  readonly hosts: ReadonlySet<string>;
  readonly limits?: Partial<ConnectionLimits>;
  /** Somebody acknowledged a finding, or took that back: for the log. */
  readonly onAcknowledging: (change: AcknowledgingChange) => void;
  /** An internal error while answering a request: for the log. The client is told nothing of it. */
  readonly onError: (error: Error, path: string) => void;
}
