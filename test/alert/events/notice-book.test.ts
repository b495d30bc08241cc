// What is told when: life of a notice on one agent. No clock and no chance: both are given.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../../src/alert/events/notice.ts';
import { NoticeBook } from '../../../src/alert/events/notice-book.ts';
import type { Liveness, NoticeStep } from '../../../src/alert/events/notice-step.ts';
import type { NoticeOutcome, NoticeTask } from '../../../src/alert/events/notice-task.ts';
import { HOUR, MINUTE, SECOND } from '../../../src/base/time.ts';
import { NOON } from '../../serve/sample.ts';
import { claim, noticeOf, pods, UID } from './sample-notices.ts';

const FINDING = claim();
const NOTICE = noticeOf();
const CREATED: NoticeOutcome = stepped({ do: 'create' });
const TOLD: NoticeOutcome = stepped({ do: 'nothing', because: 'told-by-others' });

let mine: boolean;
let states: Record<string, Liveness>;
let chance: number;
let book: NoticeBook;

beforeEach(() => {
  mine = true;
  states = {};
  chance = 0.5;
  book = new NoticeBook({
    isMine: () => mine,
    agents: () => 1000,
    livenessOf: (pod) => pods(states)(pod),
    random: () => chance,
  });
});

function stepped(step: NoticeStep): NoticeOutcome {
  return { kind: 'stepped', uid: UID, step };
}

function changed(result: 'repeated' | 'joined' | 'changed' | 'refreshed' | 'left', seenBy: string[] = []) {
  return stepped({ do: 'change', result, change: { seenBy, count: 2, seenNow: true } });
}

const CLOSED = stepped({ do: 'close', change: { seenBy: [], count: 2, seenNow: false } });

/** Some number of notices, each of its own finding. */
function notices(count: number, over: Partial<Notice> = {}): Notice[] {
  return Array.from({ length: count }, (_, i) => ({ ...NOTICE, ...over, key: `${over.kind} ${i}` }));
}

/** Takes what is due and says how it went. */
function carryOut(outcome: NoticeOutcome, now: number): NoticeTask | null {
  const task = book.take(now);
  if (task) book.settle(outcome, now);
  return task;
}

/** The counters that are not 0. */
function counted(): Record<string, number> {
  return Object.fromEntries(Object.entries(book.counters).filter(([, count]) => count > 0));
}

describe('a finding that is raised', () => {
  it('is told at once by an agent that asks for the address, and by one write at a time', () => {
    book.raise([NOTICE], FINDING, NOON);
    expect(book.nextAt()).toBe(NOON);
    const task = {
      notice: NOTICE,
      uid: null,
      closing: null,
      wish: 'stands',
      isMine: true,
      isPatient: true,
      isReworded: false,
    };
    expect(book.take(NOON)).toEqual(task);
    expect(book.take(NOON)).toBeNull();
    expect(book.nextAt()).toBe(Number.POSITIVE_INFINITY);
    book.settle(CREATED, NOON);
    expect(counted()).toEqual({ raised: 1 });
  });

  it('is told by another agent only after those, at a moment that depends on the number of agents', () => {
    mine = false;
    book.raise([NOTICE], FINDING, NOON);
    expect(book.take(NOON)).toBeNull();
    const then = NOON + 20 * SECOND + 500 * SECOND;
    expect(book.nextAt()).toBe(then);
    expect(book.take(then - 1)).toBeNull();
    expect(carryOut(TOLD, then)).toMatchObject({ wish: 'stands', isMine: false });
    expect(counted()).toEqual({ 'told-by-others': 1 });
    // It has looked; from now on it asks the API for nothing unless the address becomes its own.
    for (let after = then; after < then + 10 * HOUR; after += 10 * MINUTE)
      expect(book.take(after)).toBeNull();
    mine = true;
    expect(book.take(then + 11 * HOUR)).toMatchObject({ isMine: true });
  });

  it('and is over by the time of that moment, is told by nobody', () => {
    mine = false;
    book.raise([NOTICE], FINDING, NOON);
    book.take(NOON);
    book.resolve(FINDING, NOON + SECOND);
    expect({ size: book.size, ...counted() }).toEqual({ size: 0 });
  });

  it('is kept from expiring within the hour that an Event lasts', () => {
    book.raise([NOTICE], FINDING, NOON);
    let writtenAt = NOON;
    for (chance of [0, 1]) {
      carryOut(writtenAt === NOON ? CREATED : changed('refreshed'), writtenAt);
      expect(book.nextAt() - writtenAt).toBeGreaterThanOrEqual(30 * MINUTE);
      expect(book.nextAt() - writtenAt).toBeLessThan(HOUR);
      writtenAt = book.nextAt();
    }
    carryOut(changed('refreshed'), writtenAt);
    expect(counted()).toEqual({ raised: 1, refreshed: 2 });
  });

  it('about no object of the cluster is counted, and that is all', () => {
    book.raise([], FINDING, NOON);
    expect({ size: book.size, ...counted() }).toEqual({ size: 0, 'no-object': 1 });
  });

  it('and is over before it was told, is not known', () => {
    book.raise([NOTICE], FINDING, NOON);
    book.resolve(FINDING, NOON);
    expect(book.take(NOON)).toBeNull();
    expect({ size: book.size, ...counted() }).toEqual({ size: 0, dropped: 1 });
  });
});

describe('a finding that is over', () => {
  beforeEach(() => {
    book.raise([NOTICE], FINDING, NOON);
    carryOut(CREATED, NOON);
  });

  it('is closed, and then told to be over, once', () => {
    book.resolve(FINDING, NOON + MINUTE);
    expect(carryOut(CLOSED, NOON + MINUTE)).toMatchObject({ wish: 'over', uid: UID, closing: null });
    expect(carryOut({ kind: 'resolved' }, NOON + MINUTE)).toMatchObject({ closing: 2 });
    expect({ size: book.size, ...counted() }).toEqual({ size: 0, raised: 1, resolved: 1 });
  });

  it('is told to be over even where that takes several attempts', () => {
    book.resolve(FINDING, NOON + MINUTE);
    carryOut(CLOSED, NOON + MINUTE);
    carryOut({ kind: 'failed', isForbidden: false, maybeWritten: true }, NOON + MINUTE);
    expect(carryOut({ kind: 'resolved' }, NOON + 2 * MINUTE)).toMatchObject({ closing: 2 });
    expect(counted()).toMatchObject({ failed: 1, resolved: 1 });
  });

  it('on one interface stands while another one shows it', () => {
    const there = claim({ id: 'foreign-claim/eth0.10/192.168.1.50/x' });
    book.raise([NOTICE], there, NOON);
    book.resolve(FINDING, NOON + MINUTE);
    expect(book.take(NOON + MINUTE)).toBeNull();
    book.resolve(there, NOON + 2 * MINUTE);
    expect(book.take(NOON + 2 * MINUTE)).toMatchObject({ wish: 'over' });
  });

  it('and back while it is being taken back, stands', () => {
    book.resolve(FINDING, NOON + MINUTE);
    book.take(NOON + MINUTE);
    book.raise([NOTICE], FINDING, NOON + MINUTE);
    book.settle(CLOSED, NOON + MINUTE);
    expect(carryOut(changed('repeated'), NOON + MINUTE)).toMatchObject({ wish: 'stands', closing: null });
    expect(counted()).toEqual({ raised: 1, repeated: 1 });
  });

  it('while its warning is being written, is taken back', () => {
    book = new NoticeBook({ isMine: () => true, agents: () => 3, livenessOf: () => 'live', random: () => 0 });
    book.raise([NOTICE], FINDING, NOON);
    book.take(NOON);
    book.resolve(FINDING, NOON);
    book.settle(CREATED, NOON);
    expect(book.take(NOON)).toMatchObject({ wish: 'over' });
  });

  it('while the answer to its warning is lost, is taken back: it may have been written', () => {
    const another = { ...NOTICE, key: 'another' };
    const finding = claim({ id: 'another' });
    const lost = (maybeWritten: boolean, at: number) => {
      book.raise([another], finding, at);
      book.take(at);
      book.resolve(finding, at);
      book.settle({ kind: 'failed', isForbidden: false, maybeWritten }, at);
      return book.take(at + MINUTE);
    };
    expect(lost(false, NOON)).toBeNull();
    expect(lost(true, NOON + 5 * MINUTE)).toMatchObject({ wish: 'over', notice: another });
  });

  describe('for this agent and not for others', () => {
    const LEFT = NOON + MINUTE;
    beforeEach(() => {
      states.other = 'live';
      book.resolve(FINDING, LEFT);
      carryOut(changed('left', ['other']), LEFT);
    });

    it('is left to them, without another question', () => {
      for (let now = LEFT; now < LEFT + 59 * MINUTE; now += MINUTE) expect(book.take(now)).toBeNull();
      expect(book.size).toBe(1);
      expect(book.take(LEFT + HOUR)).toBeNull();
      expect({ size: book.size, ...counted() }).toEqual({ size: 0, raised: 1, left: 1 });
    });

    it('is closed once the last of them is gone', () => {
      expect(book.take(LEFT + 15 * SECOND)).toBeNull();
      states.other = 'gone';
      expect(carryOut(CLOSED, LEFT + 30 * SECOND)).toMatchObject({ wish: 'over' });
      expect(carryOut({ kind: 'resolved' }, LEFT + 30 * SECOND)).toMatchObject({ closing: 2 });
    });

    it('is told to be over once that was begun, whoever comes back', () => {
      states.other = 'gone';
      carryOut(CLOSED, LEFT + 30 * SECOND);
      states.other = 'live';
      expect(carryOut({ kind: 'resolved' }, LEFT + 30 * SECOND)).toMatchObject({ closing: 2 });
      expect(counted()).toEqual({ raised: 1, left: 1, resolved: 1 });
    });

    it('is closed once the last of them has not been ready for half a minute', () => {
      states.other = 'doubtful';
      expect(book.take(LEFT + 15 * SECOND)).toBeNull();
      expect(book.take(LEFT + 30 * SECOND)).toMatchObject({ wish: 'over', isPatient: false });
    });

    it('and back, is followed again', () => {
      book.raise([NOTICE], FINDING, LEFT + 20 * SECOND);
      expect(carryOut(changed('joined'), LEFT + 20 * SECOND)).toMatchObject({ wish: 'stands' });
      book.resolve(FINDING, LEFT + 80 * SECOND);
      expect(book.take(LEFT + 80 * SECOND)).toMatchObject({ wish: 'over', isPatient: true });
    });
  });
});

describe('a finding that the journal brought back', () => {
  it('is looked after at once by an agent that asks for the address', () => {
    book.raise([NOTICE], FINDING, NOON, true);
    carryOut(stepped({ do: 'nothing', because: 'standing' }), NOON);
    expect(counted()).toEqual({});
    book.resolve(FINDING, NOON + MINUTE);
    expect(book.take(NOON + MINUTE)).toMatchObject({ wish: 'over' });
  });

  it('and does not hold any more, is taken back: the Event may name this agent', () => {
    mine = false;
    book.raise([NOTICE], FINDING, NOON, true);
    expect(book.take(NOON)).toBeNull();
    book.resolve(FINDING, NOON);
    expect(carryOut(TOLD, NOON)).toMatchObject({ wish: 'over' });
    expect({ size: book.size, ...counted() }).toEqual({ size: 0, 'told-by-others': 1 });
  });
});

describe('the API server', () => {
  it('gets ten writes at once, and then one a second', () => {
    const all = notices(25);
    for (const notice of all) book.raise([notice], claim({ id: notice.key }), NOON);
    const at: number[] = [];
    for (let now = NOON; at.length < all.length; now = book.nextAt())
      while (carryOut(CREATED, now)) at.push((now - NOON) / SECOND);
    expect(at).toEqual([...Array(10).fill(0), ...Array.from({ length: 15 }, (_, i) => i + 1)]);
  });

  it('is told of the gravest first', () => {
    const [warning] = notices(1, { kind: 'proxy-arp', critical: false }) as [Notice];
    book.raise([warning], claim({ id: 'w' }), NOON - SECOND);
    book.raise([NOTICE], FINDING, NOON);
    expect(book.take(NOON)?.notice).toBe(NOTICE);
  });

  it('that takes nothing is asked again after waits that grow to half a minute, and no more often for more to tell', () => {
    for (const notice of notices(5)) book.raise([notice], claim({ id: notice.key }), NOON);
    chance = 1;
    const waits: number[] = [];
    for (let now = NOON; waits.length < 10; ) {
      carryOut({ kind: 'failed', isForbidden: waits.length > 5, maybeWritten: false }, now);
      waits.push((book.nextAt() - now) / SECOND);
      now = book.nextAt();
    }
    expect(waits).toEqual([0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30]);
    expect(counted()).toEqual({ failed: 6, forbidden: 4 });
    expect(book.size).toBe(5);
  });

  it('that refuses one is told of the others meanwhile', () => {
    const [bad, good] = notices(2) as [Notice, Notice];
    book.raise([bad], claim({ id: 'bad' }), NOON);
    book.raise([good], claim({ id: 'good' }), NOON);
    for (let refused = 0, now = NOON; refused < 8; refused += 1) {
      expect(carryOut({ kind: 'failed', isForbidden: true, maybeWritten: false }, now)?.notice).toBe(bad);
      if (refused === 0) expect(carryOut(CREATED, book.nextAt())?.notice).toBe(good);
      now = book.nextAt();
    }
    expect(counted()).toEqual({ raised: 1, forbidden: 8 });
  });

  it('where another agent wrote at the same time is asked again soon, and the others are not kept waiting', () => {
    const [a, b] = notices(2) as [Notice, Notice];
    book.raise([a], claim({ id: 'a' }), NOON);
    book.raise([b], claim({ id: 'b' }), NOON);
    carryOut({ kind: 'conflict' }, NOON);
    expect(carryOut(CREATED, NOON)?.notice).toBe(b);
    expect((book.nextAt() - NOON) / SECOND).toBeLessThanOrEqual(0.5);
    expect(carryOut(changed('joined'), book.nextAt())?.notice).toBe(a);
  });

  it('without the object is told nothing about it', () => {
    book.raise([NOTICE], FINDING, NOON);
    carryOut({ kind: 'object-gone' }, NOON);
    book.resolve(FINDING, NOON + MINUTE);
    expect({ size: book.size, ...counted() }).toEqual({ size: 0, 'object-gone': 1 });
  });
});

describe('the number of notices', () => {
  const WARNING = { kind: 'proxy-arp', critical: false } as const;

  function raiseAll(all: readonly Notice[], now = NOON): void {
    for (const notice of all) book.raise([notice], claim({ id: notice.key }), now);
  }
  const [critical] = notices(1, { kind: 'split-brain' }) as [Notice];
  const [warning] = notices(1, { ...WARNING, kind: 'lease-in-pool' }) as [Notice];

  it('is bounded: what comes beyond is not told, and what is only followed gives way', () => {
    states.other = 'live';
    book.raise([NOTICE], FINDING, NOON);
    carryOut(CREATED, NOON);
    book.resolve(FINDING, NOON);
    carryOut(changed('left', ['other']), NOON);
    raiseAll(notices(1000));
    expect({ size: book.size, ...counted() }).toEqual({ size: 1000, raised: 1, left: 1 });
    raiseAll([critical]);
    expect({ size: book.size, dropped: book.counters.dropped }).toEqual({ size: 1000, dropped: 1 });
  });

  it('leaves room for what is critical among warnings that nobody has told: the last of them is dropped', () => {
    const warnings = notices(1000, WARNING);
    raiseAll(warnings);
    carryOut(CREATED, NOON);
    raiseAll([critical]);
    expect(book.take(NOON)?.notice).toBe(critical);
    expect({ size: book.size, ...counted() }).toEqual({ size: 1000, raised: 1, dropped: 1 });
    book.settle(CREATED, NOON);
    // Raised again, it finds no room: the one that gave way was this.
    raiseAll([warnings[998]!]);
    expect(counted()).toEqual({ raised: 2, dropped: 1 });
    raiseAll([warnings[999]!]);
    expect(counted()).toEqual({ raised: 2, dropped: 2 });
  });

  it('leaves room for what is critical where others tell of a warning, and nothing is lost', () => {
    raiseAll(notices(999, WARNING));
    carryOut(TOLD, NOON);
    book.raise([NOTICE], FINDING, NOON);
    raiseAll([critical]);
    expect({ size: book.size, ...counted() }).toEqual({ size: 1000, 'told-by-others': 1 });

    mine = false;
    expect(book.take(NOON)).toBeNull();
    raiseAll(notices(1, { kind: 'silent-vip' }));
    expect({ size: book.size, ...counted() }).toEqual({ size: 1000, 'told-by-others': 1 });
  });

  it('leaves room for what is critical where all warnings are told: the end of one is not', () => {
    const warnings = notices(1000, WARNING);
    for (const notice of warnings) book.raise([notice], claim({ id: notice.key }), NOON, true);
    raiseAll([critical]);
    expect(book.take(NOON)?.notice).toBe(critical);
    expect({ size: book.size, ...counted() }).toEqual({ size: 1000, dropped: 1 });
    book.settle(CREATED, NOON);
    book.resolve(claim({ id: warnings[0]!.key }), NOON);
    expect(book.take(NOON)).toMatchObject({ notice: warnings[1], wish: 'stands' });
  });

  it.each([
    { full: 'with warnings, for a warning', held: WARNING, late: warning },
    { full: 'with what is critical, for a warning', held: {}, late: warning },
    { full: 'with what is critical, for another such', held: {}, late: critical },
  ])('leaves no room, full $full', ({ held, late }) => {
    raiseAll(notices(1000, held));
    raiseAll([late]);
    expect({ size: book.size, ...counted() }).toEqual({ size: 1000, dropped: 1 });
    // It has not taken another one's place: it is as new as it was.
    raiseAll([late]);
    expect({ size: book.size, ...counted() }).toEqual({ size: 1000, dropped: 2 });
  });

  it('leaves what is under way in peace, the only warning though it is', () => {
    raiseAll([warning]);
    expect(book.take(NOON)?.notice).toBe(warning);
    raiseAll(notices(999));
    raiseAll([critical]);
    raiseAll([critical]);
    expect({ size: book.size, ...counted() }).toEqual({ size: 1000, dropped: 2 });
    book.settle(CREATED, NOON);
    raiseAll([critical]);
    raiseAll([critical]);
    expect({ size: book.size, ...counted() }).toEqual({ size: 1000, raised: 1, dropped: 3 });
  });
});

describe('a finding that becomes another', () => {
  const LIGHTER: Notice = { ...NOTICE, critical: false, change: 'now a warning', message: 'Not in use.' };

  it('is written anew at once where it was written before, and once', () => {
    book.raise([NOTICE], FINDING, NOON);
    carryOut(CREATED, NOON);
    book.raise([LIGHTER], FINDING, NOON + MINUTE);
    expect(carryOut(changed('changed', ['me']), NOON + MINUTE)).toMatchObject({
      notice: LIGHTER,
      isReworded: true,
    });
    expect(book.take(NOON + 2 * MINUTE)).toBeNull();
    expect(counted()).toEqual({ raised: 1, changed: 1 });
    // What keeps it from expiring is no news.
    expect(book.take(NOON + HOUR)).toMatchObject({ isReworded: false });
  });

  it('is written once what was under way is done', () => {
    book.raise([NOTICE], FINDING, NOON);
    expect(book.take(NOON)).toMatchObject({ notice: NOTICE });
    book.raise([LIGHTER], FINDING, NOON);
    book.settle(CREATED, NOON);
    expect(book.take(NOON)).toMatchObject({ notice: LIGHTER, isReworded: true });
  });

  it('is tried again until it was written', () => {
    book.raise([NOTICE], FINDING, NOON);
    carryOut(CREATED, NOON);
    book.raise([LIGHTER], FINDING, NOON);
    carryOut({ kind: 'failed', isForbidden: false, maybeWritten: false }, NOON);
    expect(carryOut(changed('changed', ['me']), NOON + MINUTE)).toMatchObject({ isReworded: true });
  });

  it('before it was told is told as what it is, not as what changed', () => {
    mine = false;
    book.raise([NOTICE], FINDING, NOON);
    expect(book.take(NOON)).toBeNull();
    book.raise([LIGHTER], FINDING, NOON + SECOND);
    expect(book.take(NOON + SECOND)).toBeNull();
    const task = book.take(NOON + HOUR);
    expect(task).toMatchObject({ notice: { change: null, critical: false }, isReworded: false });
  });

  it('costs an agent nothing where others tell of it', () => {
    mine = false;
    book.raise([NOTICE], FINDING, NOON);
    book.take(NOON);
    carryOut(TOLD, NOON + HOUR);
    book.raise([LIGHTER], FINDING, NOON + HOUR);
    expect(book.take(NOON + HOUR)).toBeNull();
  });
});
