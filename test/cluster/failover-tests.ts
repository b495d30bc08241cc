// Failover tests asked for by their Kubernetes object, and what it says of them.
import type { LegMeasurement } from '../../src/failover/failover-test.ts';
import type { ControlPlane } from './control-plane.ts';
import type { KubernetesApi, KubernetesObject } from './kubernetes-api.ts';
import { VIPWATCH_NAMESPACE } from './vipwatch.ts';

export const TESTS = `/apis/vipwatch.dev/v1alpha1/namespaces/${VIPWATCH_NAMESPACE}/failovertests`;
export const ENDED = ['Passed', 'Failed', 'Refused', 'Cancelled'];
/** An agent that was lost is missed after ten seconds, and its successor has a line to wait in. Milliseconds. */
export const TEST_TIMEOUT = 180_000;
/** Between two questions of a vantage point while a test runs; milliseconds. */
export const PROBE_INTERVAL = 50;

/** Of either kind of cluster. */
interface Asked {
  readonly api: KubernetesApi;
  readonly controlPlane: ControlPlane;
}

export interface TestJson extends KubernetesObject {
  readonly spec: { readonly vip: string; readonly mode: string; readonly maxGap: string };
  readonly status?: {
    readonly phase: string;
    readonly message: string;
    readonly coordinator: string;
    readonly startedAt?: string;
    readonly finishedAt?: string;
    readonly from: string;
    readonly to: string;
    readonly gapMs: number;
    readonly serviceGapMs?: number;
    readonly injected?: object;
    readonly participants: readonly string[];
    readonly vantagePoints: Readonly<
      Record<string, { readonly interface: string; readonly legs: readonly LegMeasurement[] }>
    >;
  };
}

/** The name of the test that is now asked for. */
export async function askForTest(
  { api }: Asked,
  vip: string,
  mode: string,
  spec: object = {},
): Promise<string> {
  const { metadata } = await api.create<KubernetesObject>(TESTS, {
    apiVersion: 'vipwatch.dev/v1alpha1',
    kind: 'FailoverTest',
    metadata: { generateName: `${mode}-` },
    spec: { vip, mode, ...spec },
  });
  return metadata.name;
}

export async function untilTest(
  { controlPlane }: Asked,
  name: string,
  accept: (test: TestJson) => boolean,
): Promise<TestJson> {
  return await controlPlane.until<TestJson, TestJson>(
    TESTS,
    (tests) => tests.find((test) => test.metadata.name === name && accept(test)),
    { timeoutMs: TEST_TIMEOUT },
  );
}

export function inPhase(...phases: readonly string[]): (test: TestJson) => boolean {
  return ({ status }) => phases.includes(status?.phase ?? 'Pending');
}

/** Resolves when the test has ended, and prints what it found. */
export async function untilTestEnded(cluster: Asked, name: string): Promise<TestJson> {
  const test = await untilTest(cluster, name, inPhase(...ENDED));
  const { status } = test;
  console.log(`${name}: ${status?.phase}: ${status?.message}`);
  for (const [node, { legs }] of Object.entries(status?.vantagePoints ?? {})) {
    for (const { leg, from, to, gapMs, uncertaintyMs, overlapMs, phases, serviceGapMs, serviceNote } of legs)
      console.log(
        `  ${node}: ${leg} ${from} -> ${to}: gap ${gapMs} ms (uncertain by ${uncertaintyMs} ms), overlap ${overlapMs} ms, service gap ${serviceGapMs ?? '-'} ms${serviceNote ? ` (${serviceNote})` : ''}, ${JSON.stringify(phases)}`,
      );
  }
  return test;
}

/** What each agent measured of the one way or the other. */
export function measurements(
  { status }: TestJson,
  leg: LegMeasurement['leg'],
): { readonly node: string; readonly measured: LegMeasurement }[] {
  return Object.entries(status?.vantagePoints ?? {}).flatMap(([node, { legs }]) =>
    legs.filter((one) => one.leg === leg).map((measured) => ({ node, measured })),
  );
}
