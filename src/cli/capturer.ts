// What `vipwatch capture` does: writes the frames that the kernel's filter lets through to a pcap file.
import { closeSync, openSync, writeSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import { durationMistake, parseDuration } from '../base/duration.ts';
import { MILLISECOND } from '../base/time.ts';
import { chooseInterfaces } from '../host/capture/interfaces.ts';
import { LiveCapture } from '../host/capture/live-capture.ts';
import { readInterfaces } from '../host/capture/netlink-socket.ts';
import { checkPacketSocketPermission } from '../host/capture/packet-socket.ts';
import { Clock, systemClocks } from '../host/clock.ts';
import type { CapturedFrame } from '../net/frame.ts';
import { pcapHeader, pcapRecord } from '../pcap/writer.ts';
import { spanText } from './replay-summary.ts';
import { type Terminal, UsageError } from './terminal.ts';

interface CaptureArguments {
  readonly output: string;
  readonly for: string;
  readonly interface?: string;
}

/** An earlier capture is worth more than this one, and root writes through no link that another user laid there. */
const NEW = 'wx';
/** For its owner alone. */
const MODE = 0o600;
const MACS_LENGTH = 12;
const TAG_LENGTH = 4;
const TPID = 0x8100;
const SHOWN_EVERY_MS = 1_000;

/** @throws UsageError, NoPacketSocketPermission */
export async function capture(
  options: CaptureArguments,
  terminal: Terminal,
  stopped: AbortSignal,
): Promise<void> {
  const mistake = durationMistake(options.for, '1s', '7d');
  if (mistake !== null) throw new UsageError(`--for: ${mistake}`);
  const length = parseDuration(options.for)! / MILLISECOND;
  const name = interfaceOf(options.interface ?? null);
  checkPacketSocketPermission();
  const clock = new Clock(systemClocks());
  const over = Promise.withResolvers<void>();
  let frames = 0;
  let pieces: Uint8Array[] = [];
  const file = attempt(options.output, () => openSync(options.output, NEW, MODE));
  const flush = () => {
    const waiting = Buffer.concat(pieces);
    pieces = [];
    attempt(options.output, () => {
      for (let written = 0; written < waiting.length; ) written += writeSync(file, waiting, written);
    });
  };
  const since = performance.now();
  const left = () => Math.max(0, length - (performance.now() - since));
  const show = () => {
    if (terminal.isErrorTerminal)
      terminal.showLive(
        `${spanText(Math.ceil(left() / 1000) * 1000 * MILLISECOND)} left, ${frames} frames of ${name}`,
      );
  };
  try {
    pieces.push(pcapHeader());
    flush();
    const live = new LiveCapture({
      choose: (all) => chooseInterfaces(all, [name]),
      clock,
      handler: (frame) => {
        frames += 1;
        pieces.push(pcapRecord(clock.toWall(frame.at), ...onTheWire(frame)));
      },
      onBatch: () => {
        try {
          flush();
        } catch (error) {
          over.reject(error);
        }
      },
      onChange: ({ state, reason }) => {
        if (state === 'down' || state === 'gone')
          terminal.complain(`warning: ${name} is ${state}: ${reason}`);
      },
      onError: (error) => over.reject(error),
    });
    const timers = [setTimeout(over.resolve, left()), setInterval(show, SHOWN_EVERY_MS)];
    stopped.addEventListener('abort', () => over.resolve());
    try {
      await over.promise;
      live.read();
      flush();
    } finally {
      for (const timer of timers) clearTimeout(timer);
      await live.close();
      if (terminal.isErrorTerminal) terminal.showLive('');
    }
  } finally {
    closeSync(file);
  }
  const taken = spanText((performance.now() - since) * MILLISECOND);
  terminal.write(`${frames} frames of ${name} in ${taken}: vipwatch replay ${options.output}\n`);
}

/** With the VLAN tag that the kernel took off, and how long the whole was. */
function onTheWire({
  bytes,
  start,
  end,
  wireLength,
  strippedVlan,
}: CapturedFrame): [frame: Uint8Array, wireLength: number] {
  const frame = bytes.subarray(start, end);
  if (strippedVlan === null || frame.length < MACS_LENGTH) return [frame, wireLength];
  const tagged = new Uint8Array(frame.length + TAG_LENGTH);
  tagged.set(frame.subarray(0, MACS_LENGTH));
  const view = new DataView(tagged.buffer);
  view.setUint16(MACS_LENGTH, TPID);
  view.setUint16(MACS_LENGTH + 2, strippedVlan);
  tagged.set(frame.subarray(MACS_LENGTH), MACS_LENGTH + TAG_LENGTH);
  return [tagged, wireLength + TAG_LENGTH];
}

/** A pcap file has no names of interfaces: one alone can be kept. @throws UsageError */
function interfaceOf(wanted: string | null): string {
  const { chosen, skipped } = chooseInterfaces(readInterfaces(), wanted === null ? null : [wanted]);
  const names = chosen.map(({ name }) => name);
  if (names.length > 1) throw new UsageError(`Name one of ${names.join(', ')} by --interface`);
  const [name] = names;
  if (name !== undefined) return name;
  const why = wanted === null ? '' : `: ${skipped.map(({ reason }) => reason).join(', ')}`;
  throw new UsageError(
    wanted === null ? 'There is no interface to capture on' : `Cannot capture on ${wanted}${why}`,
  );
}

function attempt<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    const { code, errno, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new UsageError(`${path} already exists: name a new file, or remove that one first`);
    throw new UsageError(
      `Cannot write ${path}: ${errno === undefined ? message : getSystemErrorMessage(errno)}`,
    );
  }
}
