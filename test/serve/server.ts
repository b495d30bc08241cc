import { LocalAcknowledgements } from '../../src/acknowledge/local.ts';
import { EventStream, type EventStreamLimits } from '../../src/serve/http/event-stream.ts';
import type { AcknowledgingChange, FailoverTesting, HttpOptions } from '../../src/serve/http/options.ts';
import { createHttpServer, type HttpServer } from '../../src/serve/http/server.ts';
import { createMetrics, type Metrics } from '../../src/serve/metrics/metrics.ts';
import type { Sources } from '../../src/serve/tables/sources.ts';
import { sampleSources } from './sample.ts';

export interface SampleServer {
  readonly server: HttpServer;
  readonly events: EventStream;
  readonly metrics: Metrics;
  /** Errors of our own, as the log would be told. */
  readonly errors: string[];
  /** What it would be told of acknowledgements. */
  readonly acknowledging: AcknowledgingChange[];
}

export function sampleMetrics(over: Partial<Sources> = {}): Metrics {
  const sources = sampleSources(over);
  return createMetrics(sources, () => ({ open: 2, dropped: 1 }));
}

export async function sampleServer(
  over: Partial<Sources> = {},
  limits: Partial<EventStreamLimits> = {},
  failoverAndAuthorizer: FailoverTesting & Pick<HttpOptions, 'authorizer'> = {
    tests: null,
    authorizer: null,
  },
  http: Partial<Pick<HttpOptions, 'originOf' | 'hosts' | 'limits' | 'page' | 'acknowledgements'>> = {},
): Promise<SampleServer> {
  const sources = sampleSources(over);
  const events = new EventStream('7', sources, limits);
  const streams = () => ({ open: events.clients, dropped: events.dropped });
  const metrics = createMetrics(sources, streams);
  const { authorizer, ...failover } = failoverAndAuthorizer;
  const errors: string[] = [];
  const acknowledging: AcknowledgingChange[] = [];
  const onError = (error: Error, path: string) => errors.push(`${path}: ${error.message}`);
  const server = await createHttpServer({
    sources,
    metrics,
    events,
    failover,
    acknowledgements: new LocalAcknowledgements({ saved: [], wall: sources.now, onChange: () => {} }),
    authorizer,
    page: null,
    originOf: () => 'stranger',
    hosts: new Set(),
    ...http,
    onAcknowledging: (change) => void acknowledging.push(change),
    onError,
  });
  return { server, events, metrics, errors, acknowledging };
}
