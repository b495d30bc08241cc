// Prometheus metrics. Names and labels are a contract. Values are read from the watcher's plain counters at a scrape, so
// that frames cost nothing here; series exist per VIP or per fixed word, never per device of the LAN.
import { Buffer } from 'node:buffer';
import { Histogram, Registry } from 'prom-client';
import { type Micros, SECOND } from '../../base/time.ts';
import { LEASE_STATES } from '../../dhcp/lease.ts';
import type { IpAddress } from '../../net/address.ts';
import { FINDING_KINDS, type Finding } from '../../watch/finding/finding.ts';
import { TAKEOVER_CLASSES } from '../../watch/takeover/takeover.ts';
import type { Counters, VipRow, WatchEvent } from '../../watch/view.ts';
import type { Snapshot } from '../tables/snapshot.ts';
import type { Sources } from '../tables/sources.ts';
import { type MetricDescription, type Read, ReadMetrics } from './exposition.ts';
import { TAKEOVER_GAP, TakeoverMetrics } from './takeover-metrics.ts';

const RTT_EDGES = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** Bytes that are written at once: a millisecond's work, after which frames have their turn. */
const PIECE_LENGTH = 64 * 1024;

/** Addresses in findings come from the LAN: more active findings than this are counted, not listed. */
const MAX_FINDING_SERIES = 1000;

/** What all metrics of one scrape are read from. */
interface Scrape {
  /** Those that this agent asks for or announces, and those that changed their announcer. */
  readonly vips: readonly VipRow[];
  readonly lastTakeovers: ReadonlyMap<IpAddress, Micros>;
  readonly counters: Counters;
}

export interface Metrics {
  readonly contentType: string;
  /**
   * The text of one scrape, in pieces: whoever reads on slowly holds up nobody.
   * @param names the metrics that are wanted; none: all of them.
   */
  readonly render: (names?: readonly string[]) => AsyncGenerator<Uint8Array>;
  readonly describe: () => readonly MetricDescription[];
  readonly observeEvents: (events: readonly WatchEvent[]) => void;
  /** @param seconds from a probe to its answer. */
  readonly observeProbe: (seconds: number) => void;
}

export function createMetrics(sources: Sources, snapshot: Snapshot): Metrics {
  const registry = new Registry();
  const takeovers = new TakeoverMetrics(registry);
  const { view } = sources;

  const readMetrics = new ReadMetrics<Scrape>();
  const gauge = (name: string, help: string, labelNames: readonly string[], read: Read<Scrape>) =>
    readMetrics.add({ name, type: 'gauge', help, labelNames, read });
  const counter = (name: string, help: string, labelNames: readonly string[], read: Read<Scrape>) =>
    readMetrics.add({ name, type: 'counter', help, labelNames, read });

  gauge(
    'vipwatch_finding_active',
    '1 for each active finding; at most 1000 series, see vipwatch_finding_active_overflow.',
    ['kind', 'severity', 'ip', 'service'],
    (set) => {
      for (const finding of activeFindings(view.findings()).slice(0, MAX_FINDING_SERIES)) {
        const { kind, severity, ip, vip } = finding;
        set({ kind, severity, ip, service: vip?.service ?? '' }, 1);
      }
    },
  );
  gauge('vipwatch_finding_active_overflow', 'Active findings beyond those listed.', [], (set) =>
    set({}, Math.max(0, activeFindings(view.findings()).length - MAX_FINDING_SERIES)),
  );
  counter('vipwatch_findings_total', 'Findings raised.', ['kind'], (set, { counters }) => {
    const raised = counters.findingsRaised;
    for (const kind of FINDING_KINDS) set({ kind }, raised[kind]);
  });
  counter(
    'vipwatch_findings_suppressed_total',
    'Findings that were not raised because the operator does not want to hear of them.',
    ['kind', 'by'],
    (set, { counters }) => {
      for (const { kind, by, count } of counters.findingsSuppressed) set({ kind, by }, count);
    },
  );
  counter(
    'vipwatch_not_findings_total',
    'Looked at, and no finding, by reason.',
    ['reason'],
    (set, { counters }) => {
      for (const { reason, count } of counters.dismissed) set({ reason }, count);
    },
  );

  gauge(
    'vipwatch_vip_up',
    '1 while an announcer was proven to answer lately.',
    ['ip', 'service'],
    (set, { vips }) => {
      for (const { ip, service, up } of vips)
        if (up !== null) set({ ip, service: service ?? '' }, up ? 1 : 0);
    },
  );
  gauge(
    'vipwatch_vip_announcer_info',
    'The node that announces a VIP; where no nodes are known, the machine that answered last.',
    ['ip', 'service', 'node', 'mac'],
    (set, { vips }) => {
      for (const { ip, service, up, announcers } of vips) {
        if (up === null) continue;
        for (const { node, mac } of announcers) set({ ip, service: service ?? '', node: node ?? '', mac }, 1);
      }
    },
  );
  counter(
    'vipwatch_takeovers_total',
    'Changes of the node that announces a VIP.',
    ['ip', 'class'],
    (set, { counters }) => {
      for (const ip of takeovers.begun)
        for (const takeoverClass of TAKEOVER_CLASSES) set({ ip, class: takeoverClass }, 0);
      for (const takeover of counters.takeovers)
        set({ ip: takeover.ip, class: takeover.class }, takeover.count);
    },
  );
  gauge(
    'vipwatch_vip_last_takeover_timestamp_seconds',
    'When the announcing node changed last, Unix time; no series before the first takeover.',
    ['ip', 'service'],
    (set, { vips, lastTakeovers }) => {
      for (const { ip, service } of vips) {
        const at = lastTakeovers.get(ip);
        if (at !== undefined) set({ ip, service: service ?? '' }, Date.parse(sources.iso(at)) / 1000);
      }
    },
  );
  function beginScrape(): Scrape {
    const lastTakeovers = new Map(view.takeovers().map(({ ip, at }) => [ip, at]));
    const withdrawn = new Set(takeovers.begun);
    const vips: VipRow[] = [];
    for (const row of view.eachVip(sources.now())) {
      withdrawn.delete(row.ip);
      if (row.up !== null) takeovers.begin(row.ip);
      if (row.up !== null || lastTakeovers.has(row.ip)) vips.push(row);
    }
    for (const ip of withdrawn) takeovers.forget(ip);
    return { vips, lastTakeovers, counters: view.counters() };
  }

  async function* lines(isWanted: (name: string) => boolean): AsyncGenerator<string> {
    yield* readMetrics.render(beginScrape(), isWanted);
    for (const metric of registry.getMetricsAsArray())
      if (isWanted(metric.name)) yield `${await registry.getSingleMetricAsString(metric.name)}\n`;
    if (isWanted(TAKEOVER_GAP)) yield* takeovers.render();
  }

  const roundTrip = new Histogram({
    name: 'vipwatch_probe_rtt_seconds',
    help: 'From a probe to its answer.',
    buckets: RTT_EDGES,
    registers: [registry],
  });
  counter('vipwatch_probes_total', 'Probes of VIPs, by what became of them.', ['result'], (set) => {
    set({ result: 'answered' }, sources.probes.answered);
    set({ result: 'unanswered' }, sources.probes.unanswered);
    set({ result: 'refused' }, sources.probes.refused);
  });
  counter(
    'vipwatch_service_probes_total',
    'Probes of services, by what became of them.',
    ['result'],
    (set) => {
      const { served, refused, unanswered, unsent } = sources.serviceProbes;
      for (const [result, count] of Object.entries({ served, refused, unanswered, unsent }))
        set({ result }, count);
    },
  );

  counter(
    'vipwatch_failover_tests_total',
    'Failover tests that ended, by mode and result; each is counted by the one agent that drove it.',
    ['mode', 'result'],
    (set) => {
      for (const { mode, result, count } of sources.failoverTests()) set({ mode, result }, count);
    },
  );

  gauge('vipwatch_leases', 'Addresses with a known DHCP lease, by its latest step.', ['state'], (set) => {
    const counts = new Map<string, number>(LEASE_STATES.map((state) => [state, 0]));
    for (const { item } of snapshot.leases()) counts.set(item.state, (counts.get(item.state) ?? 0) + 1);
    for (const [state, count] of counts) set({ state }, count);
  });
  counter('vipwatch_dhcp_messages_total', 'DHCP messages seen.', ['type'], (set, { counters }) => {
    for (const { type, count } of counters.dhcpMessages) set({ type }, count);
  });
  gauge('vipwatch_dhcp_servers', 'DHCP servers seen.', [], (set) => set({}, view.dhcpServers().length));

  counter('vipwatch_frames_total', 'Frames looked at.', ['protocol', 'interface'], (set, { counters }) => {
    for (const row of counters.framesByProtocol) {
      set({ protocol: row.protocol, interface: row.interface }, row.count);
    }
  });
  counter(
    'vipwatch_frames_malformed_total',
    'Frames refused as malformed.',
    ['protocol', 'reason'],
    (set, { counters }) => {
      for (const { protocol, reason, count } of counters.malformed) set({ protocol, reason }, count);
    },
  );
  counter(
    'vipwatch_frames_ignored_total',
    'Well-formed frames of no interest.',
    ['reason'],
    (set, { counters }) => {
      for (const { reason, count } of counters.ignored) set({ reason }, count);
    },
  );
  counter('vipwatch_frames_dropped_total', 'Frames the kernel had no room for.', ['interface'], (set) => {
    for (const { name, dropped } of sources.interfaces()) set({ interface: name }, dropped);
  });
  gauge('vipwatch_interface_up', '1 while frames are captured on the interface.', ['interface'], (set) => {
    for (const { name, up } of sources.interfaces()) set({ interface: name }, up ? 1 : 0);
  });

  gauge(
    'vipwatch_intent_age_seconds',
    'Since intent was last set or confirmed; no value before that.',
    [],
    (set) => {
      const { confirmedAt } = sources.intent();
      set({}, confirmedAt === null ? Number.NaN : (sources.now() - confirmedAt) / SECOND);
    },
  );
  gauge(
    'vipwatch_agent_longest_unready_seconds',
    "How long an agent's Pod has been unready on a node that is ready, of the one that has been so the longest.",
    [],
    (set) => {
      const pods = sources.agentPods();
      // Not until now: nobody knows what became of it since.
      const { confirmedAt } = sources.intent();
      if (pods === null || confirmedAt === null) return;
      const until = Date.parse(sources.iso(confirmedAt));
      set({}, Math.max(0, until - (pods.unreadySinceMs ?? until)) / 1000);
    },
  );
  gauge('vipwatch_intent_skipped_objects', 'Kubernetes objects left out.', ['kind', 'reason'], (set) => {
    const counts = Map.groupBy(sources.intent().skipped, ({ kind, reason }) => `${kind} ${reason}`);
    for (const objects of counts.values())
      set({ kind: objects[0]!.kind, reason: objects[0]!.reason }, objects.length);
  });
  counter(
    'vipwatch_kubernetes_requests_total',
    'Requests to the Kubernetes API, by how they went.',
    ['verb', 'result'],
    (set) => {
      for (const { verb, result, count } of sources.kubernetesRequests()) set({ verb, result }, count);
    },
  );
  counter(
    'vipwatch_kubernetes_events_total',
    'Events of the Kubernetes API for findings, by what became of them.',
    ['result'],
    (set) => {
      for (const { result, count } of sources.kubernetesEvents()) set({ result }, count);
    },
  );
  counter(
    'vipwatch_alertmanager_sent_total',
    'Alerts that Alertmanager took, each telling counted.',
    ['alertmanager'],
    (set) => {
      for (const { url, sent } of sources.alertmanagers()) set({ alertmanager: url }, sent);
    },
  );
  counter(
    'vipwatch_alertmanager_failures_total',
    'Requests that Alertmanager did not take, by reason; what they held is sent again.',
    ['alertmanager', 'reason'],
    (set) => {
      for (const { url, failures } of sources.alertmanagers())
        for (const [reason, count] of Object.entries(failures)) set({ alertmanager: url, reason }, count);
    },
  );
  counter(
    'vipwatch_alertmanager_dropped_total',
    'Alerts that were over before Alertmanager could be told of them.',
    ['alertmanager'],
    (set) => {
      for (const { url, dropped } of sources.alertmanagers()) set({ alertmanager: url }, dropped);
    },
  );
  gauge(
    'vipwatch_alertmanager_waiting',
    'Alerts that hold and that Alertmanager was not told of yet.',
    ['alertmanager'],
    (set) => {
      for (const { url, waiting } of sources.alertmanagers()) set({ alertmanager: url }, waiting);
    },
  );
  gauge('vipwatch_table_entries', 'Rows in a bounded table.', ['table'], (set, { counters }) => {
    for (const { table, entries } of counters.tables) set({ table }, entries);
  });
  counter(
    'vipwatch_table_evictions_total',
    'Rows that gave way to newer ones.',
    ['table'],
    (set, { counters }) => {
      for (const { table, evictions } of counters.tables) set({ table }, evictions);
    },
  );
  gauge('vipwatch_journal_durable', '1 while what is learned survives a restart.', [], (set) =>
    set({}, sources.journal().durable ? 1 : 0),
  );
  gauge(
    'vipwatch_journal_failed',
    '1 while the journal cannot be kept where it is configured.',
    [],
    (set) => {
      const { durable, wanted } = sources.journal();
      set({}, wanted && !durable ? 1 : 0);
    },
  );
  gauge(
    'vipwatch_build_info',
    'Always 1; the version is in the labels.',
    ['version', 'node_version'],
    (set) => set({ version: sources.version, node_version: sources.nodeVersion }, 1),
  );
  counter('process_cpu_seconds_total', 'Processor time used, user and system.', [], (set) =>
    set({}, sources.usage().cpuSeconds),
  );
  gauge('process_resident_memory_bytes', 'Resident memory.', [], (set) =>
    set({}, sources.usage().residentBytes),
  );
  gauge('process_start_time_seconds', 'When the process started, Unix time.', [], (set) =>
    set({}, sources.usage().startedAt),
  );

  return {
    contentType: registry.contentType,
    render: (names = []) => {
      const wanted = new Set(names);
      return inPieces(lines((name) => wanted.size === 0 || wanted.has(name)));
    },
    describe: () => [
      ...readMetrics.describe(),
      // The library's type leaves out the label names.
      ...([registry, takeovers.registry].flatMap((all) =>
        all.getMetricsAsArray(),
      ) as unknown as MetricDescription[]),
    ],
    observeEvents(events) {
      for (const event of events) takeovers.observe(event);
    },
    observeProbe: (seconds) => roundTrip.observe(seconds),
  };
}

/** The gravest first, so that the bound cuts off what matters least. */
function activeFindings(findings: readonly Finding[]): Finding[] {
  const active = findings.filter(({ state }) => state === 'active');
  return active.sort((a, b) => (a.severity === b.severity ? 0 : a.severity === 'critical' ? -1 : 1));
}

/** Written down at once: texts that are kept until a piece is full cost the garbage collector more than all the rest. */
async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let piece = Buffer.allocUnsafe(PIECE_LENGTH);
  let used = 0;
  for await (const text of texts) {
    const length = Buffer.byteLength(text);
    if (used + length > PIECE_LENGTH) {
      if (used > 0) yield piece.subarray(0, used);
      piece = Buffer.allocUnsafe(Math.max(PIECE_LENGTH, length));
      used = 0;
    }
    used += piece.write(text, used);
  }
  yield piece.subarray(0, used);
}
