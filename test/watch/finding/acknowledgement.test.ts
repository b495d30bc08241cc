// A finding that somebody knows of: it goes on as it is, and is told as acknowledged until its end, also where it is over and
// comes again; not where it becomes graver.
import { describe, expect, it } from 'vitest';
import { HOUR, type Micros, SECOND } from '../../../src/base/time.ts';
import type { Ipv4, Mac } from '../../../src/net/address.ts';
import { type Acknowledgement, acknowledgementOf } from '../../../src/watch/finding/acknowledgement.ts';
import { changeWords } from '../../../src/watch/finding/change-words.ts';
import type { Acknowledged, FindingEvent, Report } from '../../../src/watch/finding/finding.ts';
import { ALL_HEARD, SuppressionRules } from '../../../src/watch/finding/suppression.ts';
import { acknowledgement } from '../../acknowledge/acknowledgement.ts';
import { NOON } from '../../serve/sample.ts';
import { PHONE } from '../lan.ts';
import { about, bookWith } from './book.ts';

const ID = `lease-on-vip_eth0_10.0.0.1_${PHONE}`;

class Told {
  readonly events: FindingEvent[] = [];
  readonly rules = new SuppressionRules(ALL_HEARD);
  wokenAt: Micros = Number.POSITIVE_INFINITY;
  now: Micros = NOON;
  readonly book = bookWith({
    rules: this.rules,
    emit: (event) => void this.events.push(event),
    wake: (at) => {
      this.wokenAt = Math.min(this.wokenAt, at);
    },
  });

  report(over: Partial<Report> = {}): this {
    this.now += SECOND;
    const evidence = () => ({ at: this.now, interface: 'eth0', summary: '' });
    this.book.report(about(1, over), this.now, evidence);
    return this;
  }

  acknowledge(...all: Acknowledgement[]): this {
    this.book.telling.setAcknowledgements(all, this.now);
    return this;
  }

  /** The wall clock is set so much forward; the watcher's time stands still. */
  setClock(by: Micros): this {
    this.rules.setAhead(by);
    this.book.wallClockSet(this.now);
    this.book.expire(this.now);
    return this;
  }

  pass(time: Micros): this {
    this.now += time;
    this.book.hold(about(1), this.now);
    this.book.expire(this.now);
    return this;
  }

  /** What was told since the last look. */
  take(): { action: string; changed?: readonly string[]; acknowledged: boolean }[] {
    return this.events.splice(0).map(({ finding, ...event }) => ({
      action: event.action,
      ...('changed' in event && { changed: event.changed }),
      acknowledged: finding.acknowledged !== undefined,
    }));
  }

  get shown(): Acknowledged | undefined {
    return this.book.find(ID)?.acknowledged;
  }
}

const RAISED = { action: 'raised', acknowledged: false };
const ACKNOWLEDGED = { action: 'changed', changed: ['acknowledged'], acknowledged: true };
const OVER = { action: 'changed', changed: ['acknowledged'], acknowledged: false };

describe('an acknowledged finding', () => {
  it('is told as such, wherever it is shown', () => {
    const told = new Told().report().acknowledge(acknowledgement(ID));
    expect(told.take()).toEqual([RAISED, ACKNOWLEDGED]);
    const shown = {
      by: 'anna',
      comment: 'the router is replaced at six',
      at: '2026-03-01T12:00:00.000000Z',
      until: '2026-03-01T20:00:00.000000Z',
    };
    expect(told.shown).toEqual(shown);
    expect(told.book.all().map(({ acknowledged }) => acknowledged)).toEqual([shown]);
    expect(told.report().take()).toEqual([]);
    expect(told.acknowledge(acknowledgement(ID)).take()).toEqual([]);
    expect(told.acknowledge(acknowledgement(ID, { comment: 'at seven' })).take()).toEqual([ACKNOWLEDGED]);
    expect(told.acknowledge().take()).toEqual([OVER]);
    expect(told.shown).toBeUndefined();
  });

  it('is this one alone: another address, another culprit and another kind are not', () => {
    const others: Partial<Report>[] = [
      { ip: '10.0.0.2' as Ipv4 },
      { culprit: { mac: '02:00:00:00:00:bb' as Mac } },
      { kind: 'lease-in-pool' },
    ];
    const told = new Told().report().acknowledge(acknowledgement(ID));
    for (const other of others) told.report(other);
    expect(told.book.all().map(({ acknowledged }) => acknowledged !== undefined)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(told.take().slice(2)).toEqual([RAISED, RAISED, RAISED]);
  });

  it('nobody is told of where it is not active: unknown, or over', () => {
    const told = new Told().acknowledge(acknowledgement(ID), acknowledgement('nonsense'));
    expect(told.take()).toEqual([]);
    told.report();
    told.book.end(about(1), told.now);
    told.take();
    expect(told.acknowledge().take()).toEqual([]);
  });

  it('ends at its end, and not before', () => {
    const told = new Told().report().acknowledge(acknowledgement(ID));
    told.take();
    expect(told.wokenAt).toBeLessThanOrEqual(NOON + 8 * HOUR);
    expect(told.pass(8 * HOUR - 2 * SECOND).take()).toEqual([]);
    expect(told.shown).toBeDefined();
    expect(told.pass(SECOND).take()).toEqual([OVER]);
    expect(told.shown).toBeUndefined();
    expect(told.pass(SECOND).take()).toEqual([]);
  });

  it('is still known when it is over and comes again before the end, and is news after it', () => {
    const told = new Told().report().acknowledge(acknowledgement(ID));
    told.book.end(about(1), told.now);
    told.now += HOUR;
    told.take();
    expect(told.report().take()).toEqual([{ action: 'raised', acknowledged: true }]);
    told.book.end(about(1), told.now);
    told.now += 8 * HOUR;
    told.book.expire(told.now);
    expect(told.take()).toEqual([{ action: 'resolved', acknowledged: true }]);
    expect(told.report().take()).toEqual([RAISED]);
  });

  it('is news as a graver one, and known again as the lighter one', () => {
    const told = new Told()
      .report({ severity: 'warning' })
      .acknowledge(acknowledgement(ID, { severity: 'warning' }));
    told.take();
    expect(told.report({ severity: 'critical' }).take()).toEqual([
      { action: 'changed', changed: ['severity', 'acknowledged'], acknowledged: false },
    ]);
    expect(told.report({ severity: 'warning' }).take()).toEqual([
      { action: 'changed', changed: ['severity', 'acknowledged'], acknowledged: true },
    ]);
    // The look-alike: what was critical when it was acknowledged is known as a warning, too.
    told.acknowledge(acknowledgement(ID)).take();
    expect(told.report({ severity: 'critical' }).take()).toEqual([
      { action: 'changed', changed: ['severity'], acknowledged: true },
    ]);
  });

  it('is news once it is certain, where a single frame was all there was', () => {
    const told = new Told()
      .report({ confirmed: false })
      .acknowledge(acknowledgement(ID, { confirmed: false }));
    expect(told.take()).toEqual([RAISED, ACKNOWLEDGED]);
    expect(told.report({ confirmed: false }).take()).toEqual([]);
    expect(told.report().take()).toEqual([
      { action: 'changed', changed: ['confirmed', 'acknowledged'], acknowledged: false },
    ]);
    // The look-alike: what was certain is known as a suspicion, too.
    const other = new Told().report({ confirmed: false }).acknowledge(acknowledgement(ID));
    expect(other.take()).toEqual([RAISED, ACKNOWLEDGED]);
    expect(other.report().take()).toEqual([
      { action: 'changed', changed: ['confirmed'], acknowledged: true },
    ]);
  });

  it('is of the Service that had the address: of another one it is news', () => {
    const of = (service: string | null) => ({ vip: service === null ? null : { service, pool: 'main' } });
    for (const [one, other] of [
      ['test/throwaway', 'payments/prod'],
      ['test/throwaway', null],
      [null, 'payments/prod'],
    ] as const) {
      const told = new Told().report(of(one)).acknowledge(acknowledgement(ID, { service: one }));
      expect(told.take()).toEqual([RAISED, ACKNOWLEDGED]);
      told.book.end(about(1), told.now);
      told.now += HOUR;
      told.take();
      expect(told.report(of(other)).take()).toEqual([RAISED]);
      told.book.end(about(1), told.now);
      told.now += HOUR;
      told.take();
      expect(told.report(of(one)).take()).toEqual([{ action: 'raised', acknowledged: true }]);
    }
  });

  it('is of the machines of then where these are named', () => {
    const other = '02:00:00:00:00:bb' as Mac;
    const told = new Told().report().acknowledge(acknowledgement(ID, { macs: [PHONE] }));
    expect(told.take()).toEqual([RAISED, ACKNOWLEDGED]);
    expect(told.report({ macs: [PHONE, other] }).take()).toEqual([OVER]);
    expect(told.report({ macs: [PHONE] }).take()).toEqual([ACKNOWLEDGED]);
    expect(told.report({ macs: [] }).take()).toEqual([]);
    expect(
      told
        .acknowledge(acknowledgement(ID))
        .report({ macs: [other] })
        .take(),
    ).toEqual([]);
  });

  it('is kept with its machines only where the id does not tell them apart', () => {
    const told = new Told().report().report({ kind: 'node-mac-differs', culprit: null });
    const { by, comment, at, until } = acknowledgement(ID);
    const [lease, node] = told.book.all().map((one) => acknowledgementOf(one, { by, comment, at, until }));
    expect(lease).toEqual(acknowledgement(ID));
    expect(node).toEqual(
      acknowledgement('node-mac-differs_eth0_10.0.0.1', { severity: 'warning', macs: [PHONE] }),
    );
  });

  it('follows the wall clock: set forward it ends, set back it holds again', () => {
    const told = new Told().report().acknowledge(acknowledgement(ID));
    told.take();
    expect(told.setClock(7 * HOUR).take()).toEqual([]);
    expect(told.setClock(8 * HOUR).take()).toEqual([OVER]);
    expect(told.setClock(0).take()).toEqual([ACKNOWLEDGED]);
  });

  it('does not hold for years by a clock that was wrong, or by whoever wrote it', () => {
    const told = new Told().report();
    told.take();
    const at = '2036-03-01T12:00:00.000000Z';
    expect(
      told.acknowledge(acknowledgement(ID, { at, until: '2036-03-02T12:00:00.000000Z' })).take(),
    ).toEqual([]);
    const latest = '2026-04-01T12:00:01.000000Z';
    expect(told.acknowledge(acknowledgement(ID, { until: latest })).take()).toEqual([ACKNOWLEDGED]);
    const later = '2026-04-01T12:00:02.000000Z';
    expect(told.acknowledge(acknowledgement(ID, { until: later })).take()).toEqual([OVER]);
  });
});

it('has words', () => {
  const { by, comment, at, until } = acknowledgement(ID);
  const told = (acknowledged: Acknowledged | null) =>
    changeWords(['acknowledged'], { severity: 'critical', acknowledged });
  const words = 'until 2026-03-01T20:00:00.000000Z ("the router is replaced at six")';
  expect(told({ by, comment, at, until })).toBe(`acknowledged by anna ${words}`);
  expect(told({ by: null, comment, at, until })).toBe(`acknowledged ${words}`);
  expect(told(null)).toBe('not acknowledged any more');
});
