// Metrics of those who ask this agent by HTTP.
import { counter, gauge, type Metric } from './metric.ts';

export const HTTP_METRICS: readonly Metric[] = [
  counter({
    name: 'vipwatch_http_requests_total',
    help: 'HTTP requests answered, by route; the route is empty if there is none with that path and method.',
    labelNames: ['route', 'method', 'code'],
    read: (set, { requests }) => {
      for (const { route, method, code, count } of requests.all())
        set({ route: route ?? '', method, code: String(code) }, count);
    },
  }),
  gauge({
    name: 'vipwatch_event_streams',
    help: 'Clients that follow the events.',
    labelNames: [],
    read: (set, { streams }) => set({}, streams().open),
  }),
  counter({
    name: 'vipwatch_event_streams_dropped_total',
    help: 'Clients that followed the events and were dropped because they read too slowly.',
    labelNames: [],
    read: (set, { streams }) => set({}, streams().dropped),
  }),
];
