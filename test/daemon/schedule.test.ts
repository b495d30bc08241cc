import { describe, expect, it } from 'vitest';
import { MILLISECOND, type Micros, SECOND } from '../../src/base/time.ts';
import { every, type Part, type PartName, Schedule } from '../../src/daemon/schedule.ts';
import type { WatchEvent } from '../../src/watch/view.ts';

const EVENT = { type: 'vip' } as unknown as WatchEvent;

/** A schedule on a clock that goes when it is told to, and what its parts were told. */
class Day {
  now: Micros = 0;
  readonly told: string[] = [];
  readonly schedule: Schedule;
  #timer: { readonly at: Micros; readonly callBack: () => void } | null = null;

  constructor() {
    this.schedule = new Schedule({
      now: () => this.now,
      wait: (callBack, time) => {
        const timer = { at: this.now + time, callBack };
        this.#timer = timer;
        return () => {
          if (this.#timer === timer) this.#timer = null;
        };
      },
    });
  }

  /** When it wakes up by itself; null: it does not. */
  get wakesAt(): Micros | null {
    return this.#timer?.at ?? null;
  }

  /** A part that writes down what it is told, and wants its turns at these times. */
  join(name: PartName, turns: readonly Micros[] = [], more: Part = {}): this {
    const left = [...turns];
    const say = (what: string) => void this.told.push(`${name} ${what}`);
    this.schedule.join(name, {
      nextAt: () => left[0] ?? Number.POSITIVE_INFINITY,
      tick: (now) => {
        say('ticks');
        while (left.length > 0 && left[0]! <= now) left.shift();
      },
      observe: () => say('observes'),
      tell: (events) => say(`is told of ${events.length}`),
      resumed: () => say('is resumed'),
      catchUp: () => say('catches up'),
      stop: () => say('stops'),
      ...more,
    });
    return this;
  }

  /** The timer goes off, so much later than it was set to. */
  wake(late: Micros = 0): string[] {
    const { at, callBack } = this.#timer!;
    this.#timer = null;
    this.now = at + late;
    callBack();
    return this.told.splice(0);
  }
}

describe('Schedule', () => {
  it('gives turns, tells and stops in its own order, whoever joined first', async () => {
    const day = new Day().join('journal').join('watcher', [SECOND]).join('cluster');
    day.schedule.arm();
    expect(day.wake()).toEqual(['cluster ticks', 'watcher ticks', 'journal ticks']);
    day.schedule.tell([EVENT, EVENT]);
    expect(day.told.splice(0)).toEqual([
      'cluster observes',
      'watcher observes',
      'journal observes',
      'cluster observes',
      'watcher observes',
      'journal observes',
      'cluster is told of 2',
      'watcher is told of 2',
      'journal is told of 2',
    ]);
    await day.schedule.stop();
    expect(day.told).toEqual(['cluster stops', 'watcher stops', 'journal stops']);
  });

  it('tells nobody of nothing', () => {
    const day = new Day().join('journal');
    day.schedule.tell([]);
    expect(day.told).toEqual([]);
  });

  it('wakes up for the earliest', () => {
    const day = new Day().join('watcher', [3 * SECOND, 9 * SECOND]).join('probing', [2 * SECOND, 5 * SECOND]);
    day.schedule.arm();
    const woke: Micros[] = [];
    for (let i = 0; i < 4; i += 1) {
      day.wake();
      woke.push(day.now);
    }
    expect(woke).toEqual([2 * SECOND, 3 * SECOND, 5 * SECOND, 9 * SECOND]);
  });

  it('sleeps until it is armed anew where no part wants a turn, and never for longer than a minute', () => {
    const day = new Day().join('watcher');
    day.schedule.arm();
    expect(day.wakesAt).toBeNull();
    day.join('watcher', [3_600 * SECOND]).schedule.arm();
    expect(day.wakesAt).toBe(60 * SECOND);
    day.wake();
    expect(day.wakesAt).toBe(120 * SECOND);
  });

  it('wakes up sooner once a part wants its turn sooner, and no later for one that wants it later', () => {
    let wanted = 9 * SECOND;
    const day = new Day().join('probing', [], { nextAt: () => wanted });
    day.schedule.arm();
    wanted = 4 * SECOND;
    day.schedule.arm();
    expect(day.wakesAt).toBe(4 * SECOND);
    wanted = 7 * SECOND;
    day.schedule.arm();
    expect(day.wakesAt).toBe(4 * SECOND);
    day.wake();
    expect(day.wakesAt).toBe(7 * SECOND);
  });

  it('wakes up at once for what was due before', () => {
    const day = new Day().join('probing', [-SECOND]);
    day.schedule.arm();
    expect(day.wakesAt).toBe(0);
  });

  it.each([
    ['three seconds late, is as ever', 3 * SECOND, ['watcher ticks', 'capture ticks']],
    [
      'later than three seconds, was stopped: what came meanwhile is read before time has passed',
      3 * SECOND + 1,
      [
        'watcher is resumed',
        'capture is resumed',
        'watcher catches up',
        'capture catches up',
        'watcher ticks',
        'capture ticks',
      ],
    ],
  ])('%s', (_, late, told) => {
    const day = new Day().join('watcher', [SECOND]).join('capture');
    day.schedule.arm();
    expect(day.wake(late)).toEqual(told);
  });

  it.each([
    [3 * SECOND, false],
    [3 * SECOND + 1, true],
  ])('frames that are read %d µs after it should have woken up tell that it was stopped: %s', (late, was) => {
    const day = new Day().join('watcher', [5 * SECOND]);
    day.schedule.arm();
    day.now = 5 * SECOND + late;
    expect(day.schedule.noteStop()).toBe(was);
    expect(day.told).toEqual(was ? ['watcher is resumed'] : []);
  });

  it.each([
    [3 * SECOND, false],
    [3 * SECOND + 1, true],
  ])('a turn that was due an hour ago is late only once it was asked for: by %d µs', (late, was) => {
    const day = new Day().join('probing', [0]);
    day.now = 3_600 * SECOND;
    day.schedule.arm();
    day.now += late;
    expect(day.schedule.noteStop()).toBe(was);
  });

  it('tells of no stop while it is stopped itself, when the last frames are read', async () => {
    const day = new Day().join('watcher', [SECOND]);
    day.schedule.arm();
    await day.schedule.stop();
    day.now += 3_600 * SECOND;
    expect(day.schedule.noteStop()).toBe(false);
  });

  it('lets another part of the same name take its place', () => {
    const day = new Day().join('serving', [SECOND]).join('journal', [4 * SECOND]);
    day.join('serving', [2 * SECOND], { tick: () => void day.told.push('another ticks') }).schedule.arm();
    expect(day.wakesAt).toBe(2 * SECOND);
    expect(day.wake()).toEqual(['journal ticks', 'another ticks']);
  });

  it('stops one part after the other, and sleeps no more', async () => {
    const day = new Day().join('capture', [SECOND], {
      stop: async () => {
        await Promise.resolve();
        day.told.push('capture stopped');
      },
    });
    day.join('journal').schedule.arm();
    await day.schedule.stop();
    expect(day.told).toEqual(['capture stopped', 'journal stops']);
    day.schedule.arm();
    expect(day.wakesAt).toBeNull();
  });
});

it('every() is due again and again, counted from when it was done', () => {
  const done: Micros[] = [];
  const part = every(SECOND, 0, (now) => done.push(now));
  for (const now of [SECOND - 1, SECOND, 1_500 * MILLISECOND, 2_300 * MILLISECOND, 3_299 * MILLISECOND])
    part.tick?.(now);
  expect(done).toEqual([SECOND, 2_300 * MILLISECOND]);
  expect(part.nextAt?.()).toBe(3_300 * MILLISECOND);
});
