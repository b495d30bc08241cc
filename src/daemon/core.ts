// What the daemon has from the beginning, whatever is configured: clock, journal, watcher, probing, each at its place in the
// schedule. What comes with the start finds it here.
import { randomBytes } from 'node:crypto';
import type { Alerting } from '../alert/alertmanager/sender.ts';
import type { Auditing } from '../audit/auditing.ts';
import { type IsoTime, MILLISECOND, type Micros, SECOND, toIso } from '../base/time.ts';
import type { Checking } from '../check/cluster/checking.ts';
import type { Config } from '../config/config.ts';
import type { KubernetesTests } from '../failover/cluster/tests.ts';
import type { LocalTests } from '../failover/local-tests.ts';
import type { LiveCapture } from '../host/capture/live-capture.ts';
import { Clock, systemClocks } from '../host/clock.ts';
import { Journal } from '../host/journal.ts';
import type { Log } from '../host/log.ts';
import { EXPENDABLE_ROWS } from '../journal/state.ts';
import { logEvent } from '../serve/render/event-log.ts';
import { LogFlood } from '../serve/render/log-flood.ts';
import type { ConfigHealth } from '../serve/tables/sources.ts';
import type { Availability } from '../watch/takeover/availability.ts';
import { joinAvailability } from './availability.ts';
import type { ClusterSide } from './cluster-side.ts';
import type { Imports } from './importing.ts';
import { releasing } from './releasing.ts';
import { every, Schedule } from './schedule.ts';
import type { Serving } from './serving.ts';
import { joinWatching, type Watching } from './watching.ts';

/** What comes with the start, or never: whoever reads it asks each time. */
export interface LateParts {
  capture?: LiveCapture;
  cluster?: ClusterSide;
  alerting?: Alerting;
  auditing?: Auditing;
  imports?: Imports;
  checking?: Checking;
  tests?: LocalTests | KubernetesTests;
  serving?: Serving;
}

export interface Core extends Watching {
  /** In force; another one once the file is read again. */
  config: Config;
  configuration: ConfigHealth;
  readonly log: Log['logger'];
  readonly clock: Clock;
  readonly iso: IsoTime;
  readonly startedAt: Micros;
  readonly schedule: Schedule;
  readonly journal: Journal;
  readonly availability: Availability;
  readonly late: LateParts;
}

const HEARTBEAT_EVERY = 15 * SECOND;

/** Opens the journal and restores what it holds. */
export function makeCore(config: Config, configuration: ConfigHealth, log: Log['logger']): Core {
  const clock = new Clock(systemClocks(), (step) =>
    log.warn({ seconds: step / SECOND }, 'The wall clock was set; measured times are not affected'),
  );
  const startedAt = clock.now();
  const iso = (at: Micros) => toIso(clock.toWall(at));
  const schedule = new Schedule({ now: () => clock.now(), wait });
  const late: LateParts = {};
  const journal = new Journal({
    ...config.journal,
    expendable: EXPENDABLE_ROWS,
    now: startedAt,
    warn: (message) => log.warn({ event: 'journal' }, message),
  });
  const watching = joinWatching({
    config,
    hasPeers: config.kubernetes !== null,
    clock,
    log,
    schedule,
    journal,
    secret: randomBytes(32),
    startedAt,
    onRoundTrip: (seconds) => late.serving?.observeProbe(seconds),
    onInterfaces: (all, captured) => late.cluster?.publish(all, captured),
  });

  const flood = new LogFlood(log);
  schedule.join('log', {
    observe: (event) => {
      if (event.type !== 'finding' || flood.admits(event)) logEvent(log, event, iso);
    },
    nextAt: () => flood.nextAt(),
    tick: (now) => flood.tick(now),
    stop: () => flood.stop(),
  });
  schedule.join('memory', releasing(startedAt));
  schedule.join(
    'heartbeat',
    every(HEARTBEAT_EVERY, startedAt, (now) => {
      late.serving?.heartbeat();
      journal.flush(now);
    }),
  );
  const availability = joinAvailability(schedule, watching.watcher, startedAt);
  const known = { config, configuration, log, clock, iso, startedAt, schedule, journal, availability };
  return { ...known, ...watching, late };
}

function wait(callBack: () => void, time: Micros): () => void {
  const timer = setTimeout(callBack, Math.ceil(time / MILLISECOND));
  return () => clearTimeout(timer);
}
