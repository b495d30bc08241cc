import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MILLISECOND, SECOND } from '../../src/base/time.ts';
import { Clock } from '../../src/host/clock.ts';

const START = 1_700_000_000 * SECOND;
const YEAR = 365 * 24 * HOUR;

/** Two clocks that a test moves by hand. */
function machine() {
  const now = { monotonic: 5 * SECOND, realtime: START };
  const steps: number[] = [];
  const clock = new Clock({ realtime: () => now.realtime, monotonic: () => now.monotonic }, (step) =>
    steps.push(step),
  );
  return {
    clock,
    steps,
    now,
    pass: (time: number) => {
      now.monotonic += time;
      now.realtime += time;
    },
    step: (time: number) => {
      now.realtime += time;
    },
  };
}

describe('Clock', () => {
  it('starts at the wall clock and goes on with the time that passes', () => {
    const { clock, pass } = machine();
    expect(clock.now()).toBe(START);
    pass(3 * SECOND);
    expect(clock.now()).toBe(START + 3 * SECOND);
    expect(clock.fromKernel(START + 2 * SECOND)).toBe(START + 2 * SECOND);
    expect(clock.toWall(clock.now())).toBe(START + 3 * SECOND);
  });

  it.each([
    ['forward by years', 10 * YEAR],
    ['back by an hour', -HOUR],
    ['forward by 21 ms', 21 * MILLISECOND],
  ])('does not jump when the wall clock is set %s', (_, size) => {
    const { clock, now, pass, step, steps } = machine();
    pass(SECOND);
    step(size);
    clock.check();
    expect(steps).toEqual([size]);
    expect(clock.now()).toBe(START + SECOND);
    pass(SECOND);
    expect(clock.fromKernel(now.realtime)).toBe(START + 2 * SECOND);
    expect(clock.toWall(clock.now())).toBe(now.realtime);
    // What happened before the step is shown by the clock that is right.
    expect(clock.toWall(START)).toBe(START + size);
  });

  it('takes no frame for one of the future, though the wall clock was set since the last look', () => {
    const { clock, now, pass, step, steps } = machine();
    clock.check();
    pass(500 * MILLISECOND);
    step(HOUR);
    expect(clock.fromKernel(now.realtime)).toBe(START + 500 * MILLISECOND);
    expect(steps).toEqual([HOUR]);
  });

  it('finds a step by itself within a second', () => {
    const { clock, now, pass, step } = machine();
    step(HOUR);
    pass(SECOND);
    clock.now();
    expect(clock.fromKernel(now.realtime)).toBe(START + SECOND);
  });

  it('places a frame that was stamped before the step and read after it', () => {
    const { clock, now, pass, step } = machine();
    pass(SECOND);
    const stamped = now.realtime;
    pass(10 * MILLISECOND);
    step(10 * YEAR);
    clock.check();
    expect(clock.fromKernel(stamped)).toBe(START + SECOND);
    expect(clock.fromKernel(now.realtime)).toBe(START + SECOND + 10 * MILLISECOND);
  });

  it('takes slewing and the noise of reading for no step', () => {
    const { clock, step, steps } = machine();
    step(20 * MILLISECOND);
    clock.check();
    step(-35 * MILLISECOND);
    clock.check();
    expect(steps).toEqual([]);
  });

  it('takes a pause between reading the two clocks for no step', () => {
    const { clock, now, steps } = machine();
    let readings = 0;
    const paused = new Clock(
      {
        monotonic: () => now.monotonic,
        realtime: () => {
          const value = now.realtime;
          readings += 1;
          // The process is stopped for 50 ms after every other reading.
          if (readings % 2 === 1) {
            now.monotonic += 50 * MILLISECOND;
            now.realtime += 50 * MILLISECOND;
          }
          return value;
        },
      },
      (step) => steps.push(step),
    );
    for (let i = 0; i < 10; i += 1) paused.check();
    clock.check();
    expect(steps).toEqual([]);
  });

  it('never goes backwards, whatever the wall clock does', () => {
    const moves = fc.array(fc.tuple(fc.nat(5 * SECOND), fc.integer({ min: -YEAR, max: YEAR })), {
      maxLength: 50,
    });
    fc.assert(
      fc.property(moves, (list) => {
        const { clock, pass, step } = machine();
        let last = clock.now();
        let passed = 0;
        for (const [time, size] of list) {
          pass(time);
          step(size);
          passed += time;
          const now = clock.now();
          expect(now).toBeGreaterThanOrEqual(last);
          expect(now).toBe(START + passed);
          last = now;
        }
      }),
    );
  });
});
