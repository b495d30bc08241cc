// Joins the capture with those who read its frames, and says in the log what is captured.
import type { Micros } from '../base/time.ts';
import { chooseInterfaces } from '../host/capture/interfaces.ts';
import { type CaptureEvent, LiveCapture } from '../host/capture/live-capture.ts';
import type { Log } from '../host/log.ts';
import { doubtsOf } from '../intent/doubts.ts';
import { VERSION } from '../version.ts';
import type { Core } from './core.ts';
import { ownUrl, urlOf } from './own-url.ts';
import { readingFrames } from './watching.ts';

const KIBIBYTE = 1024;

/** @throws NoPacketSocketPermission */
export function startCapture(core: Core): LiveCapture {
  const { config, log, clock, schedule, probing, watcher, late } = core;
  const { handler, ...reading } = readingFrames(core, schedule);
  /** Links that are away, and since when. */
  const away = new Map<string, Micros>();
  const capture = new LiveCapture({
    choose: (all) => chooseInterfaces(all, config.interfaces),
    clock,
    ...reading,
    handler: (frame) => {
      late.auditing?.frame(frame);
      handler(frame);
    },
    onChange: (event) => {
      logChange(event, log);
      const now = clock.now();
      watcher.framesLost(away.get(event.interface) ?? now, now);
      if (event.state === 'down' || event.state === 'gone') away.set(event.interface, now);
      else away.delete(event.interface);
      probing.interfacesChanged();
      schedule.arm();
    },
    onLost: (since) => watcher.framesLost(since, clock.now()),
    onSmallRings: ({ interfaces, bytes }) =>
      log.warn(
        { event: 'rings', interfaces, ringKiB: bytes / KIBIBYTE },
        'Too many interfaces are captured, so each has little memory for bursts of frames: list those that MetalLB announces on under `interfaces`',
      ),
    onError: (error) => log.error({ err: error }, 'Cannot list the interfaces'),
  });
  probing.through(capture);
  return capture;
}

/** @param vips how many; null: not known yet. */
export function sayWhatIsWatched(
  { config, log }: Core,
  capture: LiveCapture,
  port: number,
  vips: number | null,
): void {
  const interfaces = capture.captured().map(({ info }) => info.name);
  const own = capture.captured().flatMap(({ info }) => info.addresses.map(({ ip }) => ip));
  // What a browser opens, rather than what is listened on.
  const url = ownUrl(config.http.address, port, own) ?? urlOf(config.http.address, port);
  log.info({ version: VERSION, interfaces, vips, url }, 'Watching');
  // What the cluster means is told of by what reads it.
  const doubts = config.kubernetes === null ? doubtsOf(config.intent, 'file') : [];
  for (const doubt of doubts) log.warn({ event: 'intent' }, doubt);
  if (interfaces.length > 0) return;
  log.warn({ wanted: config.interfaces }, 'No interface to capture on yet: waiting for one to come up');
}

function logChange({ interface: name, state, reason }: CaptureEvent, log: Log['logger']): void {
  const fields = { event: 'interface', interface: name, state, reason };
  if (state === 'added' || state === 'up') log.info(fields, `Interface ${name}: ${state}`);
  else log.warn(fields, `Interface ${name}: ${state} (${reason})`);
}
