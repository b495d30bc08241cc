// What is served, joined: of the parts that are there from the beginning, and of those that come with the start.
import { ProcessUsage } from '../host/process-usage.ts';
import { doubtsOf } from '../intent/doubts.ts';
import type { Sources } from '../serve/tables/sources.ts';
import { VERSION } from '../version.ts';
import type { Core } from './core.ts';
import { ownSegments } from './own-segments.ts';
import { agentUrl } from './own-url.ts';

const UNTROUBLED = { problems: [], doubts: [], skipped: [] };

export function sourcesOf(core: Core): Sources {
  const { clock, iso, startedAt, journal, availability, watcher, probing, late } = core;
  const usage = new ProcessUsage(clock.now());
  return {
    view: watcher,
    availability,
    segments: () => ownSegments(late.capture?.captured() ?? []),
    probes: probing.prober,
    asks: (vip) => probing.asks(vip),
    maxGap: () => core.config.failover.maxGap,
    serviceProbes: probing.serviceProber,
    now: () => clock.now(),
    iso,
    interfaces: () =>
      (late.capture?.counters() ?? []).map(({ interface: name, up, dropped }) => ({ name, up, dropped })),
    // A static intent is in force from the start on.
    intent: () =>
      late.cluster?.health() ?? {
        ...UNTROUBLED,
        unjudged: doubtsOf(core.config.intent, 'file'),
        confirmedAt: startedAt,
      },
    agentPods: () => late.cluster?.kubernetes.agentPods() ?? null,
    kubernetesRequests: () => late.cluster?.kubernetes.requests() ?? [],
    kubernetesEvents: () => late.cluster?.eventCounts() ?? [],
    alertmanagers: () => late.alerting?.states() ?? [],
    failoverTests: () => late.tests?.counts() ?? [],
    imports: () => late.imports?.health() ?? [],
    importDoubts: () => late.imports?.doubts() ?? [],
    checks: () => late.checking?.checks() ?? null,
    journal: () => ({
      durable: journal.durable,
      wanted: core.config.journal.path !== null,
      problem: journal.problem,
    }),
    configuration: () => core.configuration,
    usage: () => usage.read(clock.now()),
    url: () => agentUrl(core),
    version: VERSION,
    nodeVersion: process.version,
  };
}
