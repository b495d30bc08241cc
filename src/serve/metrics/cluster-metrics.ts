// Metrics of the cluster: how well its intent is known, and the requests to its API.
import { SECOND } from '../../base/time.ts';
import { counter, gauge, type Metric } from './metric.ts';

export const CLUSTER_METRICS: readonly Metric[] = [
  gauge({
    name: 'vipwatch_intent_age_seconds',
    help: 'Since intent was last set or confirmed; no value before that.',
    labelNames: [],
    read: (set, { sources }) => {
      const { confirmedAt } = sources.intent();
      set({}, confirmedAt === null ? Number.NaN : (sources.now() - confirmedAt) / SECOND);
    },
  }),
  gauge({
    name: 'vipwatch_agent_longest_unready_seconds',
    help: "How long an agent's Pod has been unready on a ready node: the longest of all agents.",
    labelNames: [],
    read: (set, { sources }) => {
      const pods = sources.agentPods();
      // Not until now: nobody knows what became of it since.
      const { confirmedAt } = sources.intent();
      if (pods === null || confirmedAt === null) return;
      const until = Date.parse(sources.iso(confirmedAt));
      set({}, Math.max(0, until - (pods.unreadySinceMs ?? until)) / 1000);
    },
  }),
  gauge({
    name: 'vipwatch_intent_skipped_objects',
    help: 'Kubernetes objects left out.',
    labelNames: ['kind', 'reason'],
    read: (set, { sources }) => {
      const counts = Map.groupBy(sources.intent().skipped, ({ kind, reason }) => `${kind} ${reason}`);
      for (const objects of counts.values())
        set({ kind: objects[0]!.kind, reason: objects[0]!.reason }, objects.length);
    },
  }),
  counter({
    name: 'vipwatch_kubernetes_requests_total',
    help: 'Requests to the Kubernetes API, by result.',
    labelNames: ['verb', 'result'],
    read: (set, { sources }) => {
      for (const { verb, result, count } of sources.kubernetesRequests()) set({ verb, result }, count);
    },
  }),
];
