// Joins the checks with the rest of the daemon. Loaded only where they are wanted: the rules take memory.
import { hostname } from 'node:os';
import { setImmediate as pause } from 'node:timers/promises';
import { type Micros, SECOND } from '../base/time.ts';
import { Checking, type ChecksDone } from '../check/cluster/checking.ts';
import { readObjects } from '../check/cluster/reading.ts';
import type { DhcpFacts, Facts, WireFacts } from '../check/model/facts.ts';
import { STATUSES } from '../check/results.ts';
import { measuredDeaths } from '../check/takeover-time.ts';
import type { KnownRange } from '../dhcp/router-knowledge.ts';
import { chosenFor } from '../failover/rendezvous.ts';
import { ApiLists } from '../host/kubernetes/lists.ts';
import { releaseUnusedMemory } from '../host/memory.ts';
import { gatewaysOf } from '../host/neighbours.ts';
import { parseIp } from '../net/address.ts';
import type { ClusterSide } from './cluster-side.ts';
import type { Core } from './core.ts';

/** Objects that an agent has room for: `make bench` shows what they take. */
const MAX_OBJECTS = 80_000;

/** @param isOfPods this agent is known to others by its Pod: one of them looks for all. */
export function makeChecking(
  core: Core,
  every: Micros,
  { kubernetes }: ClusterSide,
  isOfPods: boolean,
): Checking {
  const { clock, iso, log, schedule, watcher } = core;
  const ownNode = () => (isOfPods ? kubernetes.ownNode() : hostname());
  return new Checking({
    every,
    now: () => clock.now(),
    ownNode,
    chosen: () => (isOfPods ? chosenFor('check', kubernetes.readyAgentNodes()) : hostname()),
    read: (inventory, signal) => {
      const { connection, onResult } = kubernetes;
      return readObjects(new ApiLists({ connection, onResult, signal }), inventory, {
        atOnce: 1,
        most: MAX_OBJECTS,
      });
    },
    facts: () => factsOf(core),
    measured: () => measuredDeaths(watcher.takeovers(), ({ at }) => iso(at)),
    ignored: () => core.config.check.ignore,
    pause,
    onDone: (done) => {
      // What was read is let go of by now.
      releaseUnusedMemory();
      tell(core, done);
    },
    onTrouble: (reason) => log.warn({ event: 'check' }, `The cluster was not checked: ${reason}`),
    onSooner: () => schedule.arm(),
  });
}

function tell({ log }: Core, { counts, took }: ChecksDone): void {
  const totals = Object.fromEntries(
    STATUSES.map((status) => [status, Object.values(counts).reduce((sum, one) => sum + one[status], 0)]),
  );
  const level = totals.critical === 0 ? 'info' : 'warn';
  log[level](
    { event: 'check', ...totals, seconds: took / SECOND },
    `Checked the cluster: ${totals.critical} critical`,
  );
}

function factsOf(core: Core): Facts {
  const { config } = core;
  return {
    dhcp: dhcpFacts(core),
    wire: wireFacts(core),
    metallbNamespace: config.kubernetes?.metallbNamespace ?? null,
    also: null,
  };
}

function dhcpFacts({ config, watcher, late }: Core): DhcpFacts {
  const tables = late.imports?.tables() ?? [];
  return {
    ranges: watcher.dhcpRanges().map((range) => ({ range, by: whoSays(range) })),
    leases: tables.length === 0 ? null : tables.flatMap(({ leases }) => leases),
    reservations: tables.flatMap(({ reservations }) => reservations),
    expectedServers: config.dhcp.servers,
  };
}

function whoSays({ source, name }: KnownRange): string {
  switch (source) {
    case 'configuration':
      return name;
    case 'import':
      return `the table of ${name}`;
    case 'audit':
      return `${name}, when it was asked`;
    default:
      return source satisfies never;
  }
}

/** Who answers for what, and which DHCP servers there are, an agent tells by findings all the while. */
function wireFacts({ late }: Core): WireFacts | null {
  const names = (late.capture?.captured() ?? []).map(({ info }) => info.name);
  if (names.length === 0) return null;
  return {
    interface: names.join(', '),
    networks: [],
    gateways: names.flatMap(gatewaysOf).flatMap((text) => parseIp(text) ?? []),
    answers: null,
    answersForAll: [],
    memberlist: null,
  };
}
