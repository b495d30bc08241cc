// A finding whose severity or certainty becomes another: told once, and neither losing its room nor taking that of others.
import { describe, expect, it } from 'vitest';
import { MINUTE, type Micros, SECOND } from '../../../src/base/time.ts';
import type { Mac } from '../../../src/net/address.ts';
import type { FindingBook } from '../../../src/watch/finding/book.ts';
import { changeWords } from '../../../src/watch/finding/change-words.ts';
import type { FindingEvent, Report } from '../../../src/watch/finding/finding.ts';
import type { Severity } from '../../../src/watch/finding/kinds.ts';
import {
  ALL_HEARD,
  SuppressionRules,
  type SuppressionSettings,
} from '../../../src/watch/finding/suppression.ts';
import { PHONE, START } from '../lan.ts';
import { about, bookWith } from './book.ts';

class Told {
  readonly events: FindingEvent[] = [];
  readonly book: FindingBook;
  #at: Micros = START;

  constructor(settings: Partial<SuppressionSettings> = {}, capacity = 2_000) {
    const rules = new SuppressionRules({ ...ALL_HEARD, ...settings });
    this.book = bookWith({ capacity, rules, emit: (event) => void this.events.push(event) });
  }

  report(report: Report, after: Micros = SECOND) {
    this.#at += after;
    const evidence = () => ({ at: this.#at, interface: 'eth0', summary: '' });
    return this.book.report(report, this.#at, evidence);
  }

  end(report: Report): this {
    this.book.end(report, this.#at);
    return this;
  }

  expire(after: Micros): this {
    this.#at += after;
    this.book.expire(this.#at);
    return this;
  }

  /** `raised critical`, `changed warning`. */
  get story(): string[] {
    return this.events.map(({ action, finding }) => `${action} ${finding.severity}`);
  }
}

const warning = (address: number) => about(address, { severity: 'warning' });

describe('a finding', () => {
  it('has the severity that its detector gives, else the usual one of its kind', () => {
    const told = new Told();
    told.report(about(1));
    told.report(warning(2));
    expect(told.story).toEqual(['raised critical', 'raised warning']);
  });

  it('is told when it becomes lighter or graver, and only then', () => {
    const told = new Told();
    for (const severity of ['critical', 'critical', 'warning', 'warning', undefined, 'critical'] as const)
      told.report(about(1, severity && { severity }));
    told.end(about(1));
    expect(told.story).toEqual([
      'raised critical',
      'changed warning',
      'changed critical',
      'resolved critical',
    ]);
    expect(told.events[1]).toMatchObject({ changed: ['severity'], finding: { occurrences: 3 } });
    // Raised once.
    expect(told.book.telling.raised['lease-on-vip']).toBe(1);
  });

  it('once confirmed stays so', () => {
    const told = new Told();
    for (const confirmed of [false, false, true, false])
      told.report(about(1, { kind: 'foreign-claim', confirmed }));
    expect(told.events.map((event) => [event.action, event.finding.confirmed])).toEqual([
      ['raised', false],
      ['changed', true],
    ]);
    expect(told.book.all()).toMatchObject([{ confirmed: true }]);
  });

  it('that is raised anew is what its new evidence makes it', () => {
    const told = new Told();
    told.report(about(1, { kind: 'foreign-claim' }));
    told.expire(2 * MINUTE);
    told.report(about(1, { kind: 'foreign-claim', confirmed: false }));
    expect(told.events.map((event) => [event.action, event.finding.confirmed])).toEqual([
      ['raised', true],
      ['resolved', true],
      ['raised', false],
    ]);
  });

  it('that was held down is raised as it was reported last', () => {
    const told = new Told();
    told.report(about(1));
    told.end(about(1));
    expect(told.report(about(1))).toBe('held-down');
    expect(told.report(warning(1))).toBe('held-down');
    told.expire(MINUTE);
    expect(told.story).toEqual(['raised critical', 'resolved critical', 'raised warning']);
  });
});

describe('what the operator says', () => {
  it('of the severity holds, whatever the detector says', () => {
    for (const severity of ['critical', 'warning'] as const) {
      const told = new Told({ kinds: { 'lease-on-vip': { severity } } });
      for (const own of ['critical', 'warning', 'critical'] as const)
        told.report(about(1, { severity: own }));
      expect(told.story).toEqual([`raised ${severity}`]);
    }
  });

  it('of it holds after a restart as well, and what the detector said is back once he says nothing', () => {
    const severityAfter = (before: Severity | undefined, after: Severity | undefined, own: Severity) => {
      const kinds = (severity: Severity | undefined) =>
        severity === undefined ? {} : { kinds: { 'lease-on-vip': { severity } } };
      const old = new Told(kinds(before));
      old.report(own === 'critical' ? about(1) : warning(1));
      const restarted = new Told(kinds(after));
      restarted.book.restore(old.book.all(), START + MINUTE);
      return restarted.book.all()[0]?.severity;
    };
    expect(severityAfter(undefined, undefined, 'warning')).toBe('warning');
    expect(severityAfter('warning', undefined, 'critical')).toBe('critical');
    expect(severityAfter('critical', undefined, 'warning')).toBe('warning');
    expect(severityAfter(undefined, 'critical', 'warning')).toBe('critical');
  });

  it('of what is suppressed: it changes in silence, and is told as it is then', () => {
    const until = START + MINUTE;
    const silences = [{ mac: PHONE, ranges: [], kinds: null, comment: 'soon', until }];
    const told = new Told({ silences });
    told.report(about(1));
    told.report(warning(1));
    expect(told.story).toEqual([]);
    told.expire(2 * MINUTE);
    expect(told.story).toEqual(['raised warning']);
    told.report(about(1));
    expect(told.story).toEqual(['raised warning', 'changed critical']);
  });
});

describe('a critical finding that becomes a warning', () => {
  const MOST = 500;

  it('keeps its room among 500 warnings, and new ones wait until there are fewer', () => {
    const told = new Told();
    for (let i = 0; i < MOST; i += 1) expect(told.report(warning(i))).toBeNull();
    expect(told.report(warning(MOST))).toBe('too-many-of-kind');
    told.report(about(1_000));
    expect(told.report(warning(1_000))).toBeNull();
    expect(told.story.at(-1)).toBe('changed warning');
    // 501: when one ends, there is still no room for a new one.
    told.end(warning(0));
    expect(told.report(warning(MOST))).toBe('too-many-of-kind');
    told.end(warning(1));
    expect(told.report(warning(MOST))).toBeNull();
  });

  it('gives its room among the warnings back when it is critical again', () => {
    const told = new Told();
    for (let i = 0; i < MOST; i += 1) told.report(warning(i));
    told.report(about(0));
    expect(told.report(warning(MOST))).toBeNull();
    expect(told.report(warning(MOST + 1))).toBe('too-many-of-kind');
    // Back and forth: the count stays right.
    for (let i = 0; i < 5; i += 1) {
      told.report(warning(0));
      told.report(about(0));
    }
    told.end(warning(2));
    expect(told.report(warning(MOST + 1))).toBeNull();
    expect(told.report(warning(MOST + 2))).toBe('too-many-of-kind');
  });

  it('in a full book makes room for a critical one, and as a critical one for none', () => {
    const told = new Told({}, 3);
    for (const i of [1, 2, 3]) told.report(about(i));
    expect(told.report(about(4))).toBe('too-many-findings');
    told.report(warning(2));
    expect(told.report(about(4))).toBeNull();
    expect(told.story.slice(-3)).toEqual(['changed warning', 'resolved warning', 'raised critical']);
    told.report(warning(3));
    told.report(about(3));
    expect(told.report(about(5))).toBe('too-many-findings');
    expect(told.book.all().map(({ ip }) => ip)).toEqual(['10.0.0.1', '10.0.0.3', '10.0.0.4']);
  });

  it('gives way in the order in which they became warnings', () => {
    const told = new Told({}, 3);
    for (const i of [1, 2, 3]) told.report(about(i));
    for (const i of [3, 1]) told.report(warning(i));
    told.report(about(4));
    expect(told.book.all().map(({ ip }) => ip)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.4']);
  });
});

it('another culprit is another finding, a machine or a node', () => {
  const told = new Told();
  const culprits = [{ mac: PHONE }, { mac: '02:00:00:00:00:bb' as Mac }, { node: 'w1' }, null];
  for (const culprit of culprits) told.report(about(1, { culprit }));
  expect(told.book.all().map(({ culprit }) => culprit)).toEqual(culprits);
  told.end(about(1, { culprit: { node: 'w1' } }));
  expect(told.events.at(-1)).toMatchObject({ action: 'resolved', finding: { culprit: { node: 'w1' } } });
});

it('changes have words', () => {
  expect(changeWords(['severity'], { severity: 'warning' })).toBe('now a warning');
  expect(changeWords(['severity'], { severity: 'critical' })).toBe('now critical');
  expect(changeWords(['confirmed'], { severity: 'critical' })).toBe('confirmed');
  expect(changeWords(['severity', 'confirmed'], { severity: 'critical' })).toBe('now critical, confirmed');
});
