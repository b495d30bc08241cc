// What the driver of a failover test must know besides the test itself: this agent, the VIP, and the tests beside it.

import { type IsoTime, MILLISECOND, type Micros } from '../../base/time.ts';
import type { IpAddress } from '../../net/address.ts';
import type { TestFacts } from '../choice.ts';
import { isFinished, type TestMode } from '../failover-test.ts';
import type { TestObject } from '../object.ts';
import type { TestContext } from './context.ts';

export interface FactsOptions {
  readonly context: TestContext;
  readonly modes: readonly TestMode[];
  readonly cooldown: Micros;
  readonly now: () => Micros;
  readonly iso: IsoTime;
}

/** @param tests all that are known, the test itself among them. */
export function factsOf(
  test: TestObject,
  tests: readonly TestObject[],
  ownNode: string,
  options: FactsOptions,
): TestFacts {
  const { modes, cooldown, context } = options;
  const others = tests.filter(({ uid }) => uid !== test.uid);
  const inTheWay = others.find(
    (other) => !isFinished(other) && other.asked.ok && (other.phase !== 'Pending' || isEarlier(other, test)),
  );
  return {
    ownNode,
    modes,
    cooldown,
    agents: test.asked.ok ? context.agents(test.asked.spec.vip) : [],
    askers: test.asked.ok ? context.askers(test.asked.spec.vip) : [],
    vip: test.asked.ok ? context.vip(test.asked.spec.vip) : null,
    running: inTheWay?.asked.ok ? { id: inTheWay.name, spec: inTheWay.asked.spec } : null,
    endedAt: (vip) => endedAt(others, vip, options),
  };
}

/** Whether the VIP of a test that ran still has to rest. */
export function isCooling(test: TestObject, options: FactsOptions): boolean {
  const end = test.asked.ok ? endedAt([test], test.asked.spec.vip, options) : null;
  return end !== null && end + options.cooldown > options.now();
}

/** By the wall clocks of those who wrote it: a cooldown needs no more. */
function endedAt(tests: readonly TestObject[], vip: IpAddress, { iso, now }: FactsOptions): Micros | null {
  const wall = Date.parse(iso(now())) * MILLISECOND;
  const ends = tests
    .filter(({ asked, startedAt }) => startedAt !== null && asked.ok && asked.spec.vip === vip)
    .map(({ finishedAt }) => Date.parse(finishedAt ?? '') * MILLISECOND)
    .filter((at) => Number.isFinite(at));
  return ends.length === 0 ? null : now() - (wall - Math.max(...ends));
}

/** The API server tells whole seconds: of those of one second, the names decide. */
export function isEarlier(a: TestObject, b: TestObject): boolean {
  return a.createdAt === b.createdAt ? a.name < b.name : a.createdAt < b.createdAt;
}
