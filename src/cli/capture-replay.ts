// What `vipwatch replay` does: the daemon's pipeline over a capture file, whose clock is the only clock.
import { type Micros, toIso } from '../base/time.ts';
import type { Config } from '../config/config.ts';
import { type ReadingProgress, readCapture } from '../host/capture/capture-source.ts';
import { doubtsOf } from '../intent/doubts.ts';
import { EMPTY_INTENT, type Intent } from '../intent/intent.ts';
import type { CapturedFrame, FrameHandler } from '../net/frame.ts';
import { settingsFor } from '../probe/rates.ts';
import { renderEvent } from '../serve/render/render.ts';
import type { Severity } from '../watch/finding/kinds.ts';
import { ALL_HEARD } from '../watch/finding/suppression.ts';
import type { WatchEvent } from '../watch/view.ts';
import { Watcher, type WatcherOptions } from '../watch/watcher.ts';
import { CaptureClock, type StepBack } from './capture-clock.ts';
import { ReplayProgress } from './replay-progress.ts';
import { Heard, spanText, summaryOf } from './replay-summary.ts';
import { type Terminal, UsageError } from './terminal.ts';
import { TextRenderer } from './text.ts';

/** A gap in the capture's time is passed in so many steps at most, then at one leap: a damaged clock may claim decades. */
const MAX_TICKS_PER_GAP = 10_000;

interface ReplayOptions {
  readonly intent: Intent;
  readonly dhcp: WatcherOptions['dhcp'];
  readonly suppression: WatcherOptions['suppression'] & {};
  readonly settings: WatcherOptions['settings'] & {};
  readonly output: 'text' | 'json';
  /** Exit code 1 where a finding was ever this grave. Null: never. */
  readonly failOn: Severity | null;
  /** Events are not told by themselves. */
  readonly summaryAlone: boolean;
}

interface CaptureEnd {
  /** What is missing at the end of the file, if anything. */
  readonly truncated: string | null;
  /** Frames of other link types, by name. */
  readonly leftOut?: ReadonlyMap<string, number>;
}

type ReadFrames = (
  handler: FrameHandler,
  onBatch: (progress: ReadingProgress) => void,
) => Promise<CaptureEnd>;

export interface ReplayArguments {
  readonly config?: string;
  /** A file, or the URL of an agent's: in place of the configuration's. */
  readonly intent?: string;
  readonly output: 'text' | 'json';
  readonly failOn?: 'critical' | 'warning';
  readonly summary?: boolean;
}

/**
 * Resolves to the exit code.
 * @param capture `-` for standard input.
 * @throws UsageError, ConfigError, CaptureError
 */
export async function replayFile(
  capture: string,
  options: ReplayArguments,
  terminal: Terminal,
): Promise<number> {
  // A capture is judged by its file wherever that is done: being inside a cluster changes nothing.
  const config = options.config === undefined ? null : await loadConfig(options.config);
  const intent =
    options.intent === undefined
      ? config && intentIn(config, options.config!)
      : await loadIntent(options.intent);
  for (const doubt of intent ? doubtsOf(intent, 'file') : []) terminal.complain(doubt);
  return replay(
    {
      intent: intent ?? EMPTY_INTENT,
      dhcp: config?.dhcp ?? { ranges: [], servers: null },
      settings:
        config === null
          ? {}
          : {
              ...settingsFor(config.probe.interval, intent?.vips.length ?? 0),
              maxGap: config.failover.maxGap,
            },
      suppression: config?.findings ?? ALL_HEARD,
      output: options.output,
      failOn: options.failOn ?? null,
      summaryAlone: options.summary === true,
    },
    terminal,
    (handler, onBatch) =>
      readCapture({ path: capture, interfaceName: config?.interfaces?.[0] ?? 'capture', handler, onBatch }),
  );
}

/** Loaded late: YAML and the schema take longer to load than many a capture to replay. */
async function loadConfig(path: string): Promise<Config> {
  const { readConfig } = await import('./config-file.ts');
  return readConfig(path, { insideCluster: false });
}

/** @param place a file's path, or the URL at which an agent tells its own. */
async function loadIntent(place: string): Promise<Intent> {
  const { readConfigAt } = await import('./config-file.ts');
  return intentIn(await readConfigAt(place, { insideCluster: false }), place);
}

function intentIn(config: Config, path: string): Intent {
  if (config.kubernetes !== null)
    throw new UsageError(
      `${path}: intent.source: a replay asks no cluster: set "source: static" and list the VIPs under intent.static, or pass an agent's with --intent http://AGENT:9797/api/v1/intent`,
    );
  return config.intent;
}

/** Nobody reads what else there is to say, and the exit code is known. */
class Decided extends Error {
  override readonly name = 'Decided';
}

/** Resolves to the exit code. `read` hands every frame of the capture to the handler. */
async function replay(options: ReplayOptions, terminal: Terminal, read: ReadFrames): Promise<number> {
  const watcher = new Watcher(options);
  const text = new TextRenderer(terminal);
  const clock = new CaptureClock();
  const heard = new Heard();
  using progress = new ReplayProgress(terminal);
  const inFile = (time: Micros) => toIso(clock.inFile(time));
  let failed = false;
  const exitCode = () => (failed ? 1 : 0);

  const show = (events: readonly WatchEvent[]): void => {
    for (const event of events) {
      if (event.type === 'finding' && event.action !== 'resolved')
        failed ||= isAsGrave(event.finding.severity, options);
      if (options.summaryAlone) continue;
      const json = renderEvent(event, inFile);
      progress.hide();
      terminal.write(options.output === 'json' ? `${JSON.stringify(json)}\n` : text.event(json));
    }
    if (events.length > 0 && terminal.isUnread && (failed || options.failOn === null)) throw new Decided();
  };
  const passTime = (until: Micros): void => {
    for (let ticks = 0; ticks < MAX_TICKS_PER_GAP && watcher.nextAt() <= until; ticks += 1) {
      show(watcher.tick(watcher.nextAt()));
    }
    show(watcher.tick(until));
  };

  let begun = false;
  const onFrame = (frame: CapturedFrame) => {
    heard.frame(frame);
    const inTheFile = frame.at;
    frame.at = clock.follow(inTheFile);
    watcher.setAhead(-clock.ahead);
    if (!begun) {
      begun = true;
      show(watcher.setIntent(options.intent, frame.at));
    }
    if (watcher.nextAt() <= frame.at) passTime(frame.at);
    const events = watcher.frame(frame);
    frame.at = inTheFile;
    if (events.length > 0) show(events);
  };
  let end: CaptureEnd;
  try {
    end = await read(onFrame, (reading) => progress.show(reading, heard.frames));
    show(watcher.finish());
  } catch (error) {
    if (error instanceof Decided) return exitCode();
    throw error;
  }
  progress.hide();
  if (end.truncated !== null) terminal.complain(end.truncated);
  if (clock.stepsBack) terminal.complain(complaintOf(clock.stepsBack));
  const summary = summaryOf(watcher.counters(), heard, options, end.leftOut);
  terminal.write(options.output === 'json' ? `${JSON.stringify(summary)}\n` : text.summary(summary));
  return exitCode();
}

function isAsGrave(severity: Severity, { failOn }: ReplayOptions): boolean {
  return failOn === 'warning' || (failOn === 'critical' && severity === 'critical');
}

function complaintOf({ count, first }: { readonly count: number; readonly first: StepBack }): string {
  const times = count === 1 ? '' : `${count} times, first `;
  return (
    `Time runs backwards in the capture, ${times}by ${spanText(first.by)} at frame ${first.frame}: its clock was set, or it was joined from several files. ` +
    "Events have the file's own times; a duration across such a step is not known"
  );
}
