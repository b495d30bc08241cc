// What `vipwatch replay` does: the daemon's pipeline over a capture file, whose clock is the only clock.
import { type Micros, toIso } from '../base/time.ts';
import type { Config } from '../config/config.ts';
import { readCapture } from '../host/capture/capture-source.ts';
import { doubtsOf } from '../intent/doubts.ts';
import { EMPTY_INTENT, type Intent } from '../intent/intent.ts';
import type { CapturedFrame, FrameHandler } from '../net/frame.ts';
import { settingsFor } from '../probe/rates.ts';
import { renderEvent } from '../serve/render/render.ts';
import type { Severity } from '../watch/finding/kinds.ts';
import { ALL_HEARD } from '../watch/finding/suppression.ts';
import type { Counters, WatchEvent } from '../watch/view.ts';
import { Watcher, type WatcherOptions } from '../watch/watcher.ts';
import { type Terminal, UsageError } from './terminal.ts';
import { type Summary, TextRenderer } from './text.ts';

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
}

interface CaptureEnd {
  /** What is missing at the end of the file, if anything. */
  readonly truncated: string | null;
}

export interface ReplayArguments {
  readonly config?: string;
  readonly output: 'text' | 'json';
  readonly failOn?: 'critical' | 'warning';
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
  for (const doubt of config ? doubtsOf(config.intent) : []) terminal.complain(doubt);
  return replay(
    {
      intent: config?.intent ?? EMPTY_INTENT,
      dhcp: config?.dhcp ?? { ranges: [], servers: null },
      settings:
        config === null
          ? {}
          : {
              ...settingsFor(config.probe.interval, config.intent.vips.length),
              maxGap: config.failover.maxGap,
            },
      suppression: config?.findings ?? ALL_HEARD,
      output: options.output,
      failOn: options.failOn ?? null,
    },
    terminal,
    (handler) => readCapture({ path: capture, interfaceName: config?.interfaces?.[0] ?? 'capture', handler }),
  );
}

/** Loaded late: YAML and the schema take longer to load than many a capture to replay. */
async function loadConfig(path: string): Promise<Config> {
  const { readConfig } = await import('./config-file.ts');
  const config = readConfig(path, { insideCluster: false });
  if (config.kubernetes !== null)
    throw new UsageError(
      `${path}: intent.source: a replay asks no cluster: set "source: static" and list the VIPs under intent.static`,
    );
  return config;
}

/** Nobody reads what else there is to say, and the exit code is known. */
class Decided extends Error {
  override readonly name = 'Decided';
}

/** Resolves to the exit code. `read` hands every frame of the capture to the handler. */
async function replay(
  options: ReplayOptions,
  terminal: Terminal,
  read: (handler: FrameHandler) => Promise<CaptureEnd>,
): Promise<number> {
  const watcher = new Watcher(options);
  const text = new TextRenderer(terminal.color);
  let failed = false;
  const exitCode = () => (failed ? 1 : 0);

  const show = (events: readonly WatchEvent[]): void => {
    for (const event of events) {
      if (event.type === 'finding' && event.action !== 'resolved')
        failed ||= isAsGrave(event.finding.severity, options);
      const json = renderEvent(event, toIso);
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
    if (!begun) {
      begun = true;
      show(watcher.setIntent(options.intent, frame.at));
    }
    if (watcher.nextAt() <= frame.at) passTime(frame.at);
    const events = watcher.frame(frame);
    if (events.length > 0) show(events);
  };
  try {
    const end = await read(onFrame);
    show(watcher.finish());
    if (end.truncated !== null) terminal.complain(end.truncated);
  } catch (error) {
    if (error instanceof Decided) return exitCode();
    throw error;
  }
  const summary = summaryOf(watcher.counters());
  terminal.write(options.output === 'json' ? `${JSON.stringify(summary)}\n` : text.summary(summary));
  return exitCode();
}

function isAsGrave(severity: Severity, { failOn }: ReplayOptions): boolean {
  return failOn === 'warning' || (failOn === 'critical' && severity === 'critical');
}

function summaryOf(counters: Counters): Summary {
  const ofProtocol = (protocol: string): number =>
    counters.framesByProtocol.reduce((sum, row) => sum + (row.protocol === protocol ? row.count : 0), 0);
  const malformed: Record<string, number> = {};
  for (const { reason, count } of counters.malformed) malformed[reason] = (malformed[reason] ?? 0) + count;
  const raised = Object.entries(counters.findingsRaised).filter(([, count]) => count > 0);
  const suppressed = new Map<string, number>();
  for (const { kind, count } of counters.findingsSuppressed)
    if (count > 0) suppressed.set(kind, (suppressed.get(kind) ?? 0) + count);
  return {
    type: 'summary',
    frames: counters.frames,
    arp: ofProtocol('arp'),
    ndp: ofProtocol('ndp'),
    dhcp: ofProtocol('dhcp'),
    ignored: counters.ignored.reduce((sum, { count }) => sum + count, 0),
    malformed,
    raised: Object.fromEntries(raised),
    ...(suppressed.size > 0 && { suppressed: Object.fromEntries(suppressed) }),
    takeovers: counters.takeovers,
  };
}
