// Joins what serves: metrics, the event stream and the HTTP server. Loaded once the capture runs: it is most of the
// program's code, and the first frame does not wait for it.
import type { AcknowledgementStore } from '../acknowledge/acknowledging.ts';
import { MILLISECOND, type Micros, type Seconds } from '../base/time.ts';
import type { Config } from '../config/config.ts';
import type { FailoverTest, FailoverTests } from '../failover/failover-test.ts';
import type { Log } from '../host/log.ts';
import { TokenFile } from '../host/token-file.ts';
import type { Authorizer } from '../serve/http/authorization.ts';
import { EventStream } from '../serve/http/event-stream.ts';
import { namesOf } from '../serve/http/hosts.ts';
import type { AcknowledgingChange, HttpOptions } from '../serve/http/options.ts';
import { Page } from '../serve/http/page.ts';
import { createHttpServer } from '../serve/http/server.ts';
import { createMetrics } from '../serve/metrics/metrics.ts';
import type { Sources } from '../serve/tables/sources.ts';
import type { WatchEvent } from '../watch/view.ts';

export interface Serving {
  /** The port that is listened on. */
  readonly port: number;
  readonly tell: (events: readonly WatchEvent[]) => void;
  /** A failover test is new, or another than before. */
  readonly tellTest: (test: FailoverTest) => void;
  /** @param seconds from a probe to its answer. */
  readonly observeProbe: (seconds: Seconds) => void;
  readonly heartbeat: () => void;
  readonly close: () => Promise<void>;
}

export interface ServingOptions {
  readonly sources: Sources;
  readonly http: Config['http'];
  /** What this node is called. */
  readonly nodeNames: readonly string[];
  readonly originOf: HttpOptions['originOf'];
  readonly failover: {
    /** Null: none can be run here. */
    readonly tests: FailoverTests | null;
    /** They are turned off. */
    readonly off: boolean;
  };
  readonly acknowledgements: AcknowledgementStore;
  /** Says who may change something; undefined: whoever has a token of the file. */
  readonly review: Authorizer | undefined;
  readonly startedAt: Micros;
  readonly log: Log['logger'];
}

/** Rejects with the system's error where the port cannot be had. */
export async function startServing(options: ServingOptions): Promise<Serving> {
  const { sources, http, nodeNames, originOf, startedAt, failover, acknowledgements, log } = options;
  const events = new EventStream(String(Math.floor(startedAt / MILLISECOND)), sources);
  const streams = () => ({ open: events.clients, dropped: events.dropped });
  const metrics = createMetrics(sources, streams);
  const onError = (error: Error, path: string) =>
    log.error({ err: error, path }, 'Internal error while answering a request');
  const onAcknowledging = (change: AcknowledgingChange) =>
    log.info(
      { event: 'acknowledging', ...change },
      change.action === 'acknowledged'
        ? 'A finding was acknowledged'
        : 'The acknowledgement of a finding was taken back',
    );
  const hosts = namesOf(nodeNames, http.hosts);
  const server = await createHttpServer({
    sources,
    metrics,
    events,
    failover,
    acknowledgements,
    authorizer: options.review ?? (await tokensOf(http.tokenFile, log)),
    page: http.page ? new Page() : null,
    originOf,
    hosts,
    onAcknowledging,
    onError,
  });
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

/** Null without a file: nobody may change anything. */
async function tokensOf(path: string | null, log: Log['logger']): Promise<Authorizer | null> {
  if (path === null) return null;
  const tokens = new TokenFile(path, (problem) =>
    log.error({ event: 'token-file' }, `Changes are disabled: ${problem}`),
  );
  await tokens.check();
  return tokens;
}
