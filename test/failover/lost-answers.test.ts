// Writes that went through, and whose answers got lost: the coordinator goes on from what the object says.
import { describe, expect, it } from 'vitest';
import { SECOND } from '../../src/base/time.ts';
import type { DriverStep } from '../../src/failover/driver-step.ts';
import { isFinished } from '../../src/failover/failover-test.ts';
import { isGuarded, type TestObject } from '../../src/failover/object.ts';
import { TestWorld, testObject } from './test-world.ts';

const inPhase =
  (phase: TestObject['phase']) =>
  (test: TestObject): boolean =>
    test.phase === phase;
const ended = (test: TestObject) => isFinished(test) && !isGuarded(test);

/** Of what the coordinator writes to go from one stage to the next, no answer comes. */
function withLostAnswers(): TestWorld {
  const world = new TestWorld(testObject('drain'));
  world.outcome = (step: DriverStep) => {
    if (step.do !== 'write') return 'done';
    const { phase, injected, to = world.test.to, message = world.test.message } = step.change;
    if (phase !== 'Running' && phase !== 'FailingBack' && injected !== null) return 'done';
    const written = { to, message, ...(phase && { phase }), ...(injected !== undefined && { injected }) };
    world.change({ ...written, renewals: world.test.renewals + 1 });
    return 'again';
  };
  return world;
}

describe('a test whose coordinator gets no answers', () => {
  it('runs to its end, and is injected and undone once', () => {
    const world = withLostAnswers();
    world.until(inPhase('Running'));
    world.pass(SECOND);
    world.measure('failover');
    world.until(({ phase, injected }) => phase === 'FailingBack' && injected === null);
    world.measure('failback');
    expect(world.until(ended)).toMatchObject({ phase: 'Passed' });
    expect(world.done).toEqual(['inject drain node-1', 'undo drain node-1']);
  });

  it('waits for the other vantage points of each leg from the first measurement of that leg', () => {
    const world = withLostAnswers();
    world.until(inPhase('Running'));
    world.pass(SECOND);
    world.measure('failover');
    world.until(({ phase, injected }) => phase === 'FailingBack' && injected === null);
    world.pass(20 * SECOND);
    const [first, ...others] = world.test.participants;
    world.measure('failback', {}, [first!]);
    world.pass(5 * SECOND);
    expect(world.test.phase).toBe('FailingBack');
    world.measure('failback', { gapMs: 12_000 }, others);
    expect(world.until(ended)).toMatchObject({ phase: 'Failed', gapMs: 12_000 });
  });
});
