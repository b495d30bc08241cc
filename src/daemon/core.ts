// What the daemon has from the beginning, whatever is configured: clock, journal, watcher, probing, each at its place in the
// schedule. What comes with the start finds it here.
import type { Alerting } from '../alert/alertmanager/sender.ts';
import { type IsoTime, MILLISECOND, MINUTE, type Micros, SECOND, toIso } from '../base/time.ts';
import type { Config } from '../config/config.ts';
import type { KubernetesTests } from '../failover/cluster/tests.ts';
import type { LocalTests } from '../failover/local-tests.ts';
import type { LiveCapture } from '../host/capture/live-capture.ts';
import { Clock, systemClocks } from '../host/clock.ts';
import { Journal } from '../host/journal.ts';
import type { Log } from '../host/log.ts';
import { releaseUnusedMemory } from '../host/memory.ts';
import { StateSaver } from '../journal/saver.ts';
import { EXPENDABLE_ROWS } from '../journal/state.ts';
import { Probing } from '../probe/probing.ts';
import { logEvent } from '../serve/render/event-log.ts';
import { Watcher } from '../watch/watcher.ts';
import type { ClusterSide } from './cluster-side.ts';
import { every, Schedule } from './schedule.ts';
import type { Serving } from './serving.ts';

/** What comes with the start, or never: whoever reads it asks each time. */
export interface LateParts {
  capture?: LiveCapture;
  cluster?: ClusterSide;
  alerting?: Alerting;
  tests?: LocalTests | KubernetesTests;
  serving?: Serving;
}

export interface Core {
  readonly config: Config;
  readonly log: Log['logger'];
  readonly clock: Clock;
  readonly iso: IsoTime;
  readonly startedAt: Micros;
  readonly schedule: Schedule;
  readonly journal: Journal;
  readonly saver: StateSaver;
  readonly watcher: Watcher;
  readonly probing: Probing;
  readonly late: LateParts;
}

const HEARTBEAT_EVERY = 15 * SECOND;
/** What a start, a list or a scrape has left behind. */
const RELEASE_EVERY = MINUTE;

/** Opens the journal and restores what it holds. */
export function makeCore(config: Config, log: Log['logger']): Core {
  const clock = new Clock(systemClocks(), (step) =>
    log.warn({ seconds: step / SECOND }, 'The wall clock was set; times measured so far are unharmed'),
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
  const watcher: Watcher = new Watcher({
    dhcp: config.dhcp,
    settings: { maxGap: config.failover.maxGap },
    suppression: config.findings,
    onAnswer: (claim, segment, at) => probing.answered(claim, segment, at),
    onNodesToAsk: () => probing.askNodes(),
    onServiceAnswer: (answer) => probing.serviceAnswered(answer),
  });
  const probing: Probing = new Probing({
    probe: config.probe,
    hasPeers: config.kubernetes !== null,
    watcher,
    clock,
    onRoundTrip: (seconds) => late.serving?.observeProbe(seconds),
    onMeasured: (takeover, gap, at) => schedule.tell(watcher.setServiceGap(takeover, gap, at)),
    onInterfaces: (all, captured) => late.cluster?.publish(all, captured),
  });
  const saver = new StateSaver({ journal, watcher, clock, log });
  saver.restore(startedAt);

  schedule.join('log', { observe: (event) => logEvent(log, event, iso) });
  schedule.join('wall-clock', { tick: () => watcher.setAhead(clock.toWall(0)) });
  schedule.join('watcher', {
    nextAt: () => watcher.nextAt(),
    tick: (now) => schedule.tell(watcher.tick(now)),
    resumed: (since, now) => watcher.resumed(since, now),
  });
  schedule.join('probing', probing);
  schedule.join('journal', saver);
  schedule.join('memory', every(RELEASE_EVERY, startedAt, releaseUnusedMemory));
  schedule.join(
    'heartbeat',
    every(HEARTBEAT_EVERY, startedAt, (now) => {
      late.serving?.heartbeat();
      journal.flush(now);
    }),
  );
  return { config, log, clock, iso, startedAt, schedule, journal, saver, watcher, probing, late };
}

function wait(callBack: () => void, time: Micros): () => void {
  const timer = setTimeout(callBack, Math.ceil(time / MILLISECOND));
  return () => clearTimeout(timer);
}
