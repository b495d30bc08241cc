// What watches and asks, whatever the frames come from: watcher, probing and what they save, each at its place in the schedule.
import type { Micros, Seconds } from '../base/time.ts';
import type { Config } from '../config/config.ts';
import type { InterfaceInfo } from '../host/capture/interfaces.ts';
import type { CapturedInterface, LiveCaptureOptions } from '../host/capture/live-capture.ts';
import type { Clock } from '../host/clock.ts';
import type { Log } from '../host/log.ts';
import { type SavedRows, StateSaver } from '../journal/saver.ts';
import { Probing } from '../probe/probing.ts';
import { Watcher } from '../watch/watcher.ts';
import type { Schedule } from './schedule.ts';

interface WatchingOptions {
  readonly config: Pick<Config, 'dhcp' | 'failover' | 'findings' | 'probe'>;
  /** Other agents have the same intent, and ask for their share of it. */
  readonly hasPeers: boolean;
  readonly clock: Clock;
  readonly log: Pick<Log['logger'], 'info' | 'warn'>;
  readonly schedule: Schedule;
  readonly journal: SavedRows;
  /** Of the service probes. */
  readonly secret: Uint8Array;
  readonly startedAt: Micros;
  readonly onRoundTrip: (seconds: Seconds) => void;
  readonly onInterfaces: (all: readonly InterfaceInfo[], captured: readonly CapturedInterface[]) => void;
}

export interface Watching {
  readonly watcher: Watcher;
  readonly probing: Probing;
  readonly saver: StateSaver;
}

/** Restores what the journal holds. */
export function joinWatching(options: WatchingOptions): Watching {
  const { config, hasPeers, clock, log, schedule, journal, secret, startedAt } = options;
  const watcher: Watcher = new Watcher({
    dhcp: config.dhcp,
    settings: { maxGap: config.failover.maxGap },
    suppression: config.findings,
    onQuestion: (ip, by, at) => probing.heard(ip, by, at),
    onNodesToAsk: () => probing.askNodes(),
    onServiceAnswer: (answer) => probing.serviceAnswered(answer),
  });
  const probing: Probing = new Probing({
    probe: config.probe,
    hasPeers,
    watcher,
    clock,
    secret,
    onRoundTrip: options.onRoundTrip,
    onMeasured: (takeover, gap, at) => schedule.tell(watcher.setServiceGap(takeover, gap, at)),
    onInterfaces: options.onInterfaces,
  });
  const saver = new StateSaver({ journal, watcher, clock, log });
  saver.restore(startedAt);

  schedule.join('wall-clock', { tick: () => watcher.setAhead(clock.toWall(0)) });
  schedule.join('watcher', {
    nextAt: () => watcher.nextAt(),
    tick: (now) => schedule.tell(watcher.tick(now)),
    resumed: (since, now) => watcher.resumed(since, now),
  });
  schedule.join('probing', probing);
  schedule.join('journal', saver);
  return { watcher, probing, saver };
}

/** What a capture does with frames. */
export function readingFrames(
  { watcher, saver }: Watching,
  schedule: Schedule,
): Required<Pick<LiveCaptureOptions, 'onReading' | 'handler' | 'onBatch'>> {
  return {
    onReading: () => schedule.noteStop(),
    handler: (frame) => {
      const events = watcher.frame(frame);
      if (events.length > 0) schedule.tell(events);
    },
    onBatch: () => {
      saver.framesSeen();
      schedule.arm();
    },
  };
}
