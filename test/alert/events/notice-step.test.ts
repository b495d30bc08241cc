// What one agent writes next, by what the Event says. Values only.
import { describe, expect, it } from 'vitest';
import type { WarningEvent } from '../../../src/alert/events/notice-event.ts';
import { nextStep, type Position } from '../../../src/alert/events/notice-step.ts';
import { pods } from './sample-notices.ts';

const MINUTE = 60_000;
const NOW = Date.parse('2026-03-01T12:00:00Z');
const LIVE = pods({ a: 'live', b: 'live', c: 'live', new: 'doubtful' });

function event(seenBy: readonly string[], over: Partial<WarningEvent> = {}): WarningEvent {
  return { resourceVersion: '7', message: '', count: 4, seenBy, lastSeen: NOW - MINUTE, ...over };
}

function step(known: WarningEvent | null, over: Partial<Position> = {}) {
  return nextStep(known, {
    wish: 'stands',
    ownPod: 'me',
    isMine: true,
    isPatient: true,
    isReworded: false,
    livenessOf: LIVE,
    now: NOW,
    ...over,
  });
}

describe('while the problem stands, an agent', () => {
  it('warns where nobody has', () => {
    expect(step(null)).toEqual({ do: 'create' });
    expect(step(null, { isMine: false })).toEqual({ do: 'create' });
  });

  it('counts a warning on that was over', () => {
    const change = { seenBy: ['me'], count: 5, seenNow: true };
    expect(step(event([]))).toEqual({ do: 'change', result: 'repeated', change });
  });

  it.each([
    { named: ['a'], after: ['a', 'me'] },
    { named: ['a', 'b'], after: ['a', 'b', 'me'] },
    { named: ['dead', 'a'], after: ['a', 'me'] },
    { named: ['dead'], after: ['me'] },
    { named: ['a', 'new'], after: ['a', 'new', 'me'] },
    { named: ['a', 'b', 'new'], after: ['a', 'b', 'me'] },
  ])('joins $named, and counts nothing', ({ named, after }) => {
    const change = { seenBy: after, count: 4, seenNow: false };
    expect(step(event(named))).toEqual({ do: 'change', result: 'joined', change });
  });

  it('leaves it to three others', () => {
    expect(step(event(['a', 'b', 'c']))).toEqual({ do: 'nothing', because: 'told-by-others' });
  });

  it('that does not ask for the address leaves it to one who is alive', () => {
    const others = { isMine: false };
    expect(step(event(['a']), others)).toEqual({ do: 'nothing', because: 'told-by-others' });
    expect(step(event(['dead']), others)).toMatchObject({ result: 'joined', change: { seenBy: ['me'] } });
    expect(step(event(['new']), others)).toMatchObject({ change: { seenBy: ['new', 'me'] } });
  });

  it.each([
    { minutes: 1, does: { do: 'nothing', because: 'standing' } },
    { minutes: 25, does: { do: 'nothing', because: 'standing' } },
    { minutes: 26, does: { do: 'change', result: 'refreshed', change: { seenNow: true, count: 4 } } },
  ])('that is named keeps it from expiring after $minutes min', ({ minutes, does }) => {
    expect(step(event(['me', 'a'], { lastSeen: NOW - minutes * MINUTE }))).toMatchObject(does);
  });
});

describe('while the problem stands, but is graver, lighter or certain now, an agent', () => {
  const reworded = { isReworded: true };

  it('that is named says so, and counts nothing', () => {
    const change = { seenBy: ['me', 'a'], count: 4, seenNow: true };
    expect(step(event(['me', 'a']), reworded)).toEqual({ do: 'change', result: 'changed', change });
  });

  it('that joins says so, and one that leaves it to others does not', () => {
    expect(step(event(['a']), reworded)).toMatchObject({ result: 'joined', change: { seenNow: true } });
    const others = { ...reworded, isMine: false };
    expect(step(event(['a']), others)).toEqual({ do: 'nothing', because: 'told-by-others' });
  });
});

describe('once it sees the problem no more, an agent', () => {
  const over = (named: readonly string[] | null, position: Partial<Position> = {}) =>
    step(named && event(named), { wish: 'over', ...position });

  it.each([
    { named: ['me'] },
    { named: ['me', 'dead'] },
    // It was named under another Pod's name before it was replaced.
    { named: ['dead'] },
  ])('closes the warning that names $named', ({ named }) => {
    expect(over(named)).toEqual({ do: 'close', change: { seenBy: [], count: 4, seenNow: false } });
  });

  it('leaves where others are alive, or may just be starting', () => {
    expect(over(['a', 'me'])).toMatchObject({ result: 'left', change: { seenBy: ['a'], count: 4 } });
    expect(over(['me', 'new'])).toMatchObject({ result: 'left', change: { seenBy: ['new'] } });
  });

  it('closes it once those have had time to start', () => {
    expect(over(['new'], { isPatient: false })).toMatchObject({ do: 'close' });
    expect(over(['a'], { isPatient: false })).toMatchObject({ do: 'nothing', because: 'told-by-others' });
  });

  it('writes nothing where it is not named, where it is over already, and where the warning has expired', () => {
    expect(over(['a'])).toEqual({ do: 'nothing', because: 'told-by-others' });
    expect(over([])).toEqual({ do: 'nothing', because: 'told-by-others' });
    expect(over(null)).toEqual({ do: 'nothing', because: 'expired' });
  });
});
