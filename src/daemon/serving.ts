// Joins what serves: metrics, the event stream and the HTTP server. Loaded once the capture runs: it is most of the
// program's code, and the first frame does not wait for it.
import { MILLISECOND, type Micros } from '../base/time.ts';
import type { FailoverTest } from '../failover/failover-test.ts';
import { EventStream } from '../serve/http/event-stream.ts';
import type { FailoverTesting } from '../serve/http/options.ts';
import { createHttpServer } from '../serve/http/server.ts';
import { createMetrics } from '../serve/metrics/metrics.ts';
import { Snapshot } from '../serve/tables/snapshot.ts';
import type { Sources } from '../serve/tables/sources.ts';
import type { WatchEvent } from '../watch/view.ts';

export interface Serving {
  /** The port that is listened on. */
  readonly port: number;
  readonly tell: (events: readonly WatchEvent[]) => void;
  /** A failover test is new, or another than before. */
  readonly tellTest: (test: FailoverTest) => void;
  /** @param seconds from a probe to its answer. */
  readonly observeProbe: (seconds: number) => void;
  readonly heartbeat: () => void;
  readonly close: () => Promise<void>;
}

export interface ServingOptions {
  readonly sources: Sources;
  readonly http: { readonly address: string; readonly port: number };
  readonly failover: FailoverTesting;
  readonly startedAt: Micros;
  readonly onError: (error: Error, path: string) => void;
}

/** Rejects with the system's error where the port cannot be had. */
export async function startServing(options: ServingOptions): Promise<Serving> {
  const { sources, http, failover, startedAt, onError } = options;
  const snapshot = new Snapshot(sources.view, sources.now);
  const metrics = createMetrics(sources, snapshot);
  const events = new EventStream(String(Math.floor(startedAt / MILLISECOND)), sources.iso);
  const server = await createHttpServer({ sources, snapshot, metrics, events, failover, onError });
  const port = await server.listen(http.address, http.port);
  return {
    port,
    tell: (told) => {
      metrics.observeEvents(told);
      events.publish(told);
    },
    tellTest: (test) => events.publishTest(test, sources.now()),
    observeProbe: metrics.observeProbe,
    heartbeat: () => events.heartbeat(),
    close: server.close,
  };
}
