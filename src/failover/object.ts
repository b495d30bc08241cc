// The custom resource FailoverTest (vipwatch.dev/v1alpha1) as the agents read it. Whoever may write such objects can
// write anything there, so it is read like what comes from the network: what is not of the expected shape is absent.

import { at, items, textAt, textsAt } from '../base/json.ts';
import type { Millis } from '../base/time.ts';
import { MARK_PREFIX } from '../cluster/objects/node.ts';
import type { ObjectId } from '../cluster/objects/object-id.ts';
import {
  type FailoverTest,
  LEGS,
  type LegMeasurement,
  readSpec,
  TEST_PHASES,
  type TestMode,
  type TestPhase,
  VANTAGE_RESULTS,
  type VantagePoint,
  type VantageResult,
} from './failover-test.ts';

/** Keeps a test that is deleted until what it injected is undone. */
export const UNDO_FINALIZER = 'vipwatch.dev/undo';

/** What is about to be done to a node, or was done: written before it is done, and taken away when it is undone. */
export interface Injection {
  readonly mode: Exclude<TestMode, 'observe'>;
  readonly node: string;
}

/**
 * What carries this mark was put there by the test and by nobody else. A label's value, and a part of a name. From the
 * uid, which nobody chooses: whoever writes objects must not make the agents undo what others did.
 */
export const markOf = ({ uid }: Pick<TestObject, 'uid'>): string => `${MARK_PREFIX}${uid}`;

/** What an agent writes into the object: each its own, so that they never get into each other's way. */
export interface WitnessReport {
  readonly interface: string;
  /** Who answers for the VIP, as it was last seen to. */
  readonly announcer: string | null;
  /** The kinds of the critical findings that are active on the VIP, as that agent sees it. */
  readonly critical: readonly string[];
  readonly legs: readonly LegMeasurement[];
  /** The leg that another has measured, and that this one, which lives and looks on, has not seen; null: there is none. */
  readonly unseen: LegMeasurement['leg'] | null;
}

/** As it stands in the object, beside the coordinator's judgement. */
export interface JudgedReport extends WitnessReport {
  readonly result: VantageResult | null;
}

export interface TestObject {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** ISO 8601, by the API server. */
  readonly createdAt: string;
  /** Someone deleted it: it goes once the finalizer does. */
  readonly deleting: boolean;
  readonly finalizers: readonly string[];
  readonly asked: ReturnType<typeof readSpec>;
  /** Whom the API that was asked knew; null: it was asked for by writing the object. */
  readonly requestedBy: string | null;
  readonly cancelled: boolean;
  readonly phase: TestPhase;
  readonly message: string;
  readonly coordinator: string | null;
  /** Grows while the coordinator lives. */
  readonly renewals: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly service: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly injected: Injection | null;
  /** The nodes whose agents shall measure. */
  readonly participants: readonly string[];
  readonly reports: ReadonlyMap<string, JudgedReport>;
  readonly gapMs: Millis | null;
  readonly serviceGapMs: Millis | null;
}

/** Undefined for what has no name, uid or version: no object of the API's. */
export function readTestObject(raw: unknown, { name }: Pick<ObjectId, 'name'>): TestObject | undefined {
  const uid = textAt(raw, 'metadata', 'uid');
  const resourceVersion = textAt(raw, 'metadata', 'resourceVersion');
  if (uid === undefined || resourceVersion === undefined) return undefined;
  const status = at(raw, 'status');
  const text = (key: string) => textAt(status, key) ?? null;
  return {
    name,
    uid,
    resourceVersion,
    createdAt: textAt(raw, 'metadata', 'creationTimestamp') ?? '',
    deleting: at(raw, 'metadata', 'deletionTimestamp') !== undefined,
    finalizers: textsAt(raw, 'metadata', 'finalizers'),
    asked: readSpec(at(raw, 'spec')),
    requestedBy: text('requestedBy'),
    cancelled: at(raw, 'spec', 'cancelled') === true,
    phase: TEST_PHASES.find((phase) => phase === at(status, 'phase')) ?? 'Pending',
    message: text('message') ?? '',
    coordinator: text('coordinator'),
    renewals: numberAt(status, 'renewals') ?? 0,
    startedAt: text('startedAt'),
    finishedAt: text('finishedAt'),
    service: text('service'),
    from: text('from'),
    to: text('to'),
    injected: injectionOf(at(status, 'injected')),
    participants: textsAt(status, 'participants'),
    reports: new Map(
      Object.entries(at(status, 'vantagePoints') ?? {}).map(([node, entry]) => [node, reportOf(entry)]),
    ),
    gapMs: numberAt(status, 'gapMs') ?? null,
    serviceGapMs: numberAt(status, 'serviceGapMs') ?? null,
  };
}

export const isGuarded = ({ finalizers }: TestObject): boolean => finalizers.includes(UNDO_FINALIZER);

/** Those that were chosen, and have measured or are about to. */
export function vantagePointsOf({ participants, reports }: TestObject): VantagePoint[] {
  return participants.flatMap((node) => {
    const report = reports.get(node);
    if (!report) return [];
    const { interface: name, result, legs } = report;
    return [{ node, interface: name, result, legs }];
  });
}

/** As it is told of outside; undefined where it asks for something that cannot be read. */
export function failoverTestOf(test: TestObject): FailoverTest | undefined {
  if (!test.asked.ok) return undefined;
  const { name, phase, message, requestedBy, createdAt, startedAt, finishedAt } = test;
  const { service, from, to, coordinator, gapMs, serviceGapMs } = test;
  return {
    id: name,
    spec: test.asked.spec,
    phase,
    message: message === '' ? 'Waiting for an agent to take the test.' : message,
    requestedBy,
    createdAt,
    startedAt,
    finishedAt,
    service,
    from,
    to,
    coordinator,
    vantagePoints: vantagePointsOf(test),
    gapMs,
    serviceGapMs,
  };
}

function injectionOf(raw: unknown): Injection | null {
  const mode = textAt(raw, 'mode');
  const node = textAt(raw, 'node');
  if (mode !== 'drain' && mode !== 'delete-pod' && mode !== 'freeze') return null;
  return node === undefined ? null : { mode, node };
}

function reportOf(raw: unknown): JudgedReport {
  return {
    interface: textAt(raw, 'interface') ?? '',
    announcer: textAt(raw, 'announcer') ?? null,
    critical: textsAt(raw, 'critical'),
    legs: items(at(raw, 'legs')).flatMap(legOf),
    unseen: LEGS.find((leg) => leg === at(raw, 'unseen')) ?? null,
    result: VANTAGE_RESULTS.find((result) => result === at(raw, 'result')) ?? null,
  };
}

function legOf(raw: unknown): LegMeasurement[] {
  const leg = LEGS.find((one) => one === at(raw, 'leg'));
  const [from, to] = [textAt(raw, 'from'), textAt(raw, 'to')];
  const gapMs = numberAt(raw, 'gapMs');
  if (leg === undefined || gapMs === undefined) return [];
  if (from === undefined || to === undefined) return [];
  const phase = (key: string) => numberAt(raw, 'phases', key) ?? null;
  return [
    {
      leg,
      from,
      to,
      gapMs,
      uncertaintyMs: numberAt(raw, 'uncertaintyMs') ?? 0,
      overlapMs: numberAt(raw, 'overlapMs') ?? 0,
      serviceGapMs: numberAt(raw, 'serviceGapMs') ?? null,
      serviceOpen: at(raw, 'serviceOpen') === true,
      serviceNote: textAt(raw, 'serviceNote') ?? null,
      phases: {
        announcedMs: phase('announcedMs'),
        answeredMs: phase('answeredMs'),
        servedMs: phase('servedMs'),
      },
    },
  ];
}

/** Finite and not negative: all the numbers here are counts and durations. */
function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' && Number.isFinite(found) && found >= 0 ? found : undefined;
}
