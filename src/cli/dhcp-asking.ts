// Asks DHCP from one interface, through a packet socket of its own, until what asks is done.
import { randomBytes } from 'node:crypto';
import { type AuditRow, DhcpAudit } from '../audit/audit.ts';
import { type AuditSource, type Offer, sourceOf } from '../audit/frames.ts';
import { type FoundRange, RangeFinder } from '../audit/range-finder.ts';
import { MILLISECOND, type Micros } from '../base/time.ts';
import { chooseInterfaces } from '../host/capture/interfaces.ts';
import { LiveCapture } from '../host/capture/live-capture.ts';
import { readInterfaces } from '../host/capture/netlink-socket.ts';
import { Clock, systemClocks } from '../host/clock.ts';
import type { Ipv4 } from '../net/address.ts';
import type { CapturedFrame } from '../net/frame.ts';
import { rangesText } from './dhcp-audit-words.ts';
import { UsageError } from './terminal.ts';

/** An interface, and where to ask from: one of its addresses. */
export interface Place {
  readonly interface: string;
  readonly source: AuditSource;
}

/** An audit, or a range finder. */
export interface Asker {
  readonly isOver: boolean;
  nextAt(now: Micros): Micros;
  due(now: Micros): Uint8Array[];
  frame(frame: CapturedFrame, now: Micros): void;
}

const LONGEST_SLEEP_MS = 1_000;

/** By the interfaces that are wanted; null: those that MetalLB would announce on. @throws UsageError */
export function placesToAsk(wanted: readonly string[] | null): Place[] {
  const { chosen, skipped } = chooseInterfaces(readInterfaces(), wanted);
  if (chosen.length === 0 && wanted !== null)
    throw new UsageError(
      `Cannot ask on ${skipped.map(({ name, reason }) => `${name}: ${reason}`).join(', ')}`,
    );
  return chosen.flatMap((info) => {
    const source = sourceOf(info);
    return source ? [{ interface: info.name, source }] : [];
  });
}

/** This machine's own addresses, of all its interfaces. */
function ownAddresses(): Set<string> {
  return new Set(readInterfaces().flatMap(({ addresses }) => addresses.map(({ ip }) => ip)));
}

interface PlaceAudit {
  readonly addresses: readonly Ipv4[];
  /** No address to ask a control question for. */
  readonly isSpokenFor: (ip: Ipv4) => boolean;
  readonly onRow: (row: AuditRow) => void;
  readonly onOffer?: (offer: Offer) => void;
  /** An empty text: it is over. */
  readonly onProgress: (text: string) => void;
}

/** @throws NoPacketSocketPermission, UsageError where nothing can be sent */
export async function auditPlace(
  place: Place,
  { addresses, isSpokenFor, onRow, onOffer, onProgress }: PlaceAudit,
): Promise<void> {
  const own = ownAddresses();
  const audit = new DhcpAudit({
    source: place.source,
    addresses,
    transactionId: randomTransactionId,
    isOwn: (ip) => own.has(ip),
    isSpokenFor: (ip) => own.has(ip) || isSpokenFor(ip),
    onRow,
    ...(onOffer === undefined ? {} : { onOffer }),
    onDiscover: () => onProgress(`${audit.asked} of ${addresses.length} addresses asked`),
  });
  await ask(place, audit);
  onProgress('');
}

/** @throws NoPacketSocketPermission, UsageError where nothing can be sent */
export async function findRange(
  place: Place,
  onProgress: (text: string) => void,
): Promise<FoundRange & { readonly discovers: number }> {
  const own = ownAddresses();
  const finder = new RangeFinder({
    source: place.source,
    transactionId: randomTransactionId,
    isOwn: (ip) => own.has(ip),
    onDiscover: () => onProgress(`${finder.discovers} DISCOVERs; ${rangesText(finder.found.ranges)}`),
  });
  await ask(place, finder);
  onProgress('');
  return { ...finder.found, discovers: finder.discovers };
}

/** A number that nobody can guess. */
function randomTransactionId(): number {
  return randomBytes(4).readUInt32BE();
}

/** Resolves once it is over. @throws NoPacketSocketPermission, UsageError where nothing can be sent */
async function ask(place: Place, asker: Asker): Promise<void> {
  const clock = new Clock(systemClocks());
  const over = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  const capture = new LiveCapture({
    choose: (all) => chooseInterfaces(all, [place.interface]),
    clock,
    handler: (frame) => asker.frame(frame, clock.now()),
    onBatch: () => turn(),
    onChange: () => {},
    onError: (error) => over.reject(error),
  });
  const link = capture.captured()[0]?.link;
  const turn = () => {
    clearTimeout(timer);
    const now = clock.now();
    for (const frame of asker.due(now)) {
      const result = link === undefined ? 'no-such-interface' : capture.send(link, frame);
      if (result !== 'sent')
        return over.reject(new UsageError(`Cannot send on ${place.interface}: ${result}`));
    }
    if (asker.isOver) return over.resolve();
    const wait = Math.min(Math.max(asker.nextAt(now) - now, 0) / MILLISECOND, LONGEST_SLEEP_MS);
    timer = setTimeout(turn, Math.ceil(wait));
  };
  turn();
  try {
    await over.promise;
  } finally {
    clearTimeout(timer);
    await capture.close();
  }
}
