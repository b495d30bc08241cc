// A failover test: as it is asked for, told of and judged. The Kubernetes object, the journal, the API and the command
// line all say it in these words.

import { durationMistake, durationText, parseDuration } from '../base/duration.ts';
import { at } from '../base/json.ts';
import { MINUTE, type Micros, type Millis, SECOND } from '../base/time.ts';
import { addressOf } from '../cluster/objects/object-id.ts';
import { type IpAddress, isHostAddress } from '../net/address.ts';

/**
 * - `observe`: nothing is injected; the operator pulls the plug within the time limit
 * - `drain`: the announcing node gets the label that keeps it from announcing, and loses it again
 * - `delete-pod`: the announcing speaker's Pod is deleted, and for a while kept from coming back
 * - `freeze`: the announcing speaker is stopped without warning, as a crash would stop it
 */
export const TEST_MODES = ['observe', 'drain', 'delete-pod', 'freeze'] as const;
export type TestMode = (typeof TEST_MODES)[number];

export interface FailoverTestSpec {
  readonly vip: IpAddress;
  readonly mode: TestMode;
  /** The longest gap that still passes. @default 10 s */
  readonly maxGap: Micros;
  /** How long to wait for the takeover, and where something was injected for the failback, each. @default 2 min */
  readonly timeLimit: Micros;
}

/**
 * The longest that a speaker stays frozen. The kubelet asks it every 10 s whether it lives, waits a second, and restarts it
 * at the third silence: 20 s after it was stopped, at the soonest (MetalLB 0.16.1, speaker's livenessProbe).
 */
export const LONGEST_FREEZE: Micros = 18 * SECOND;

/** For how long what was injected can make another node take over: a frozen speaker goes on by itself. */
export function takeoverWithin({ mode, timeLimit }: FailoverTestSpec): Micros {
  return mode === 'freeze' ? Math.min(timeLimit, LONGEST_FREEZE) : timeLimit;
}

const DEFAULTS = { mode: 'observe', maxGap: 10 * SECOND, timeLimit: 2 * MINUTE } as const;
const BOUNDS = { maxGap: ['100ms', '1h'], timeLimit: ['5s', '1h'] } as const;

/** A test as it is asked for in the API and in the Kubernetes object: texts, of which only `vip` must be there. */
export interface WrittenSpec {
  readonly vip: string;
  readonly mode?: string;
  /** A duration, such as `10s`. */
  readonly maxGap?: string;
  readonly timeLimit?: string;
}

/** Reads a {@link WrittenSpec} from anything: what was meant, or a line for each mistake, beginning with its key. */
export function readSpec(
  written: unknown,
):
  | { readonly ok: true; readonly spec: FailoverTestSpec }
  | { readonly ok: false; readonly mistakes: readonly string[] } {
  const mistakes: string[] = [];
  const vip = addressOf(at(written, 'vip'));
  if (vip === undefined || !isHostAddress(vip))
    mistakes.push(`vip: ${shown(at(written, 'vip'))} is not the address of a VIP`);
  const mode = at(written, 'mode') ?? DEFAULTS.mode;
  if (!isMode(mode)) mistakes.push(`mode: ${shown(mode)} is none of ${TEST_MODES.join(', ')}`);
  const duration = (key: keyof typeof BOUNDS): Micros => {
    const text = at(written, key);
    if (text === undefined) return DEFAULTS[key];
    const [least, most] = BOUNDS[key];
    const mistake =
      typeof text === 'string'
        ? durationMistake(text, least, most)
        : `${shown(text)} is not a duration: write it as a text, such as "10s"`;
    if (mistake === null) return parseDuration(text as string)!;
    mistakes.push(`${key}: ${mistake}`);
    return DEFAULTS[key];
  };
  const maxGap = duration('maxGap');
  const timeLimit = duration('timeLimit');
  if (vip === undefined || !isMode(mode) || mistakes.length > 0) return { ok: false, mistakes };
  return { ok: true, spec: { vip, mode, maxGap, timeLimit } };
}

export function writeSpec({ vip, mode, maxGap, timeLimit }: FailoverTestSpec): Required<WrittenSpec> {
  return { vip, mode, maxGap: durationText(maxGap), timeLimit: durationText(timeLimit) };
}

function isMode(value: unknown): value is TestMode {
  return TEST_MODES.some((mode) => mode === value);
}

/** As JSON, of a length that fits into a sentence. */
function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60);
}

/**
 * `Pending` → `Running` (waits for the takeover) → `FailingBack` (undone; waits for the return; not in `observe`) →
 * `Passed` or `Failed`. `Refused` instead of `Running`: nothing was injected. `Cancelled`: undone on request.
 */
export const TEST_PHASES = [
  'Pending',
  'Running',
  'FailingBack',
  'Passed',
  'Failed',
  'Refused',
  'Cancelled',
] as const;
export type TestPhase = (typeof TEST_PHASES)[number];

/** The takeover, and the return of the VIP. */
export const LEGS = ['failover', 'failback'] as const;

/** What one agent measured of one takeover, by its own clock alone. Durations in milliseconds. */
export interface LegMeasurement {
  readonly leg: (typeof LEGS)[number];
  readonly from: string;
  readonly to: string;
  /** Without a proven answer of anyone; 0 where both overlapped. */
  readonly gapMs: Millis;
  /** How much shorter than `gapMs` it may have been, at most; `Takeover` says why. */
  readonly uncertaintyMs: Millis;
  readonly overlapMs: Millis;
  /** Without a SYN-ACK of the service; null: not measured, `serviceNote` says why. */
  readonly serviceGapMs: Millis | null;
  /** The service was not back when the measurement ended: `serviceGapMs` is how long it had been away by then. */
  readonly serviceOpen: boolean;
  readonly serviceNote: string | null;
  /** Since the old announcer's last answer; null: not seen. */
  readonly phases: {
    readonly announcedMs: Millis | null;
    readonly answeredMs: Millis | null;
    readonly servedMs: Millis | null;
  };
}

export const VANTAGE_RESULTS = ['passed', 'failed'] as const;
export type VantageResult = (typeof VANTAGE_RESULTS)[number];

/** One agent's view of a test. */
export interface VantagePoint {
  readonly node: string;
  readonly interface: string;
  /** By what was seen from here alone; null: not judged, or not yet. */
  readonly result: VantageResult | null;
  readonly legs: readonly LegMeasurement[];
}

export interface FailoverTest {
  /** The object's name: a DNS label. */
  readonly id: string;
  readonly spec: FailoverTestSpec;
  readonly phase: TestPhase;
  /** One sentence: what it waits for, or how it ended and why. */
  readonly message: string;
  /** Who asked, as the API server or the token file names them; null: not known. */
  readonly requestedBy: string | null;
  /** ISO 8601 UTC, as whoever wrote them told the time. */
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly service: string | null;
  /** The announcing node when it began, and the one that took over. */
  readonly from: string | null;
  readonly to: string | null;
  /** The node whose agent drives it. */
  readonly coordinator: string | null;
  readonly vantagePoints: readonly VantagePoint[];
  /** The worst of all vantage points and legs; null: not measured. */
  readonly gapMs: Millis | null;
  readonly serviceGapMs: Millis | null;
}

/** How a test ends, and the sentence that says so. */
export type Ending = Pick<FailoverTest, 'phase' | 'message'>;

export const isFinished = ({ phase }: Pick<FailoverTest, 'phase'>): boolean =>
  phase === 'Passed' || phase === 'Failed' || phase === 'Refused' || phase === 'Cancelled';

/** What it does to the VIP is over by then; null: by now. The time limit is that of each leg, and undoing takes a moment. */
export function overBy(test: Pick<FailoverTest, 'phase' | 'spec'>, now: Micros): Micros | null {
  return isFinished(test) ? null : now + LEGS.length * test.spec.timeLimit + MINUTE;
}

/** Tests cannot be kept just now; the message says why, for whoever asked. */
export class TestsUnavailable extends Error {
  override readonly name = 'TestsUnavailable';
}

/** Where tests are kept and driven: the Kubernetes API, or in static mode this agent's journal. */
export interface FailoverTests {
  /** Newest first. */
  list(): readonly FailoverTest[];
  get(id: string): FailoverTest | undefined;
  /**
   * A test refused for safety is created all the same, in the phase `Refused` with its reason.
   *
   * @throws TestsUnavailable
   */
  create(spec: FailoverTestSpec, requestedBy: string | null): Promise<FailoverTest>;
  /** Undoes what was injected and ends it as `Cancelled`; one that is finished stays as it is. Undefined: no such test. @throws TestsUnavailable */
  cancel(id: string): Promise<FailoverTest | undefined>;
}
