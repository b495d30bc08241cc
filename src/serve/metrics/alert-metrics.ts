// Metrics of those who are told of findings: the Events of the Kubernetes API, and Alertmanager.
import { counter, gauge, type Metric } from './metric.ts';

export const ALERT_METRICS: readonly Metric[] = [
  counter({
    name: 'vipwatch_kubernetes_events_total',
    help: 'Events of the Kubernetes API for findings, by result.',
    labelNames: ['result'],
    read: (set, { sources }) => {
      for (const { result, count } of sources.kubernetesEvents()) set({ result }, count);
    },
  }),
  counter({
    name: 'vipwatch_alertmanager_sent_total',
    help: 'Alerts that Alertmanager accepted; each sending counts.',
    labelNames: ['alertmanager'],
    read: (set, { sources }) => {
      for (const { url, sent } of sources.alertmanagers()) set({ alertmanager: url }, sent);
    },
  }),
  counter({
    name: 'vipwatch_alertmanager_failures_total',
    help: 'Requests that Alertmanager did not accept, by reason; the alerts are sent again.',
    labelNames: ['alertmanager', 'reason'],
    read: (set, { sources }) => {
      for (const { url, failures } of sources.alertmanagers())
        for (const [reason, count] of Object.entries(failures)) set({ alertmanager: url, reason }, count);
    },
  }),
  counter({
    name: 'vipwatch_alertmanager_dropped_total',
    help: 'Alerts that ended before they could be sent.',
    labelNames: ['alertmanager'],
    read: (set, { sources }) => {
      for (const { url, dropped } of sources.alertmanagers()) set({ alertmanager: url }, dropped);
    },
  }),
  gauge({
    name: 'vipwatch_alertmanager_waiting',
    help: 'Active alerts that Alertmanager has not accepted yet.',
    labelNames: ['alertmanager'],
    read: (set, { sources }) => {
      for (const { url, waiting } of sources.alertmanagers()) set({ alertmanager: url }, waiting);
    },
  }),
];
