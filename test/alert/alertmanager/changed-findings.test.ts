// What Alertmanager is told when a finding becomes another: severity is a label, so the finding leaves one alert for another, and
// neither is left hanging.
import { describe, expect, it } from 'vitest';
import { AlertBook, type AlertChange } from '../../../src/alert/alertmanager/alert.ts';
import { Outbox } from '../../../src/alert/alertmanager/outbox.ts';
import { SECOND } from '../../../src/base/time.ts';
import type { Mac } from '../../../src/net/address.ts';
import type { ChangedField, Finding } from '../../../src/watch/finding/finding.ts';
import type { Severity } from '../../../src/watch/finding/kinds.ts';
import { NOON, sampleFinding, VLAN10 } from '../../serve/sample.ts';

const LEASE = sampleFinding({ message: 'A.' });
const OTHER_MAC = '02:00:00:00:00:bb' as Mac;
const OTHER = sampleFinding({ id: 'other', culprit: { mac: OTHER_MAC }, segment: VLAN10, message: 'B.' });
const EVERY = 60 * SECOND;

class Told {
  readonly book = new AlertBook({ labels: {}, iso: String });
  readonly outbox = new Outbox(EVERY, NOON);
  #now = NOON;

  raised(finding: Finding): AlertChange[] {
    return this.#tell({ type: 'finding', action: 'raised', at: NOON, finding });
  }

  resolved(finding: Finding): AlertChange[] {
    return this.#tell({ type: 'finding', action: 'resolved', at: NOON, finding });
  }

  became(finding: Finding, ...changed: ChangedField[]): AlertChange[] {
    return this.#tell({ type: 'finding', action: 'changed', at: NOON, finding, changed });
  }

  #tell(event: Parameters<AlertBook['observe']>[0]): AlertChange[] {
    const changes = this.book.observe(event);
    for (const change of changes) this.outbox.change(change, NOON);
    return changes;
  }

  /** What is told when all that holds is told again: by severity, with how it is worded. */
  get holding(): string[] {
    this.#now += 2 * EVERY;
    return this.sentAt(this.#now).map(
      ({ labels, annotations }) => `${labels.severity}: ${annotations(null).summary}`,
    );
  }

  sentAt(now: number) {
    const { alerts = [] } = this.outbox.take(now) ?? {};
    this.outbox.accepted(now);
    return alerts;
  }
}

const as = (severity: Severity, finding = LEASE): Finding => ({ ...finding, severity });

describe('a finding that somebody acknowledges', () => {
  const KNOWN = { by: 'anna', comment: 'known', at: '2026-03-01T12:00:00Z', until: '2026-03-01T20:00:00Z' };
  const known = (finding = LEASE): Finding => ({ ...finding, acknowledged: KNOWN });

  it('ends its alert until the acknowledgement ends', () => {
    const told = new Told();
    told.raised(LEASE);
    expect(told.became(known(), 'acknowledged').map(({ type }) => type)).toEqual(['end']);
    expect(told.holding).toEqual([]);
    expect(told.became(known(), 'confirmed')).toEqual([]);
    told.became(LEASE, 'acknowledged');
    expect(told.holding).toEqual(['critical: A.']);
  });

  it('raises none where it is known already, and ends none that is not there', () => {
    const told = new Told();
    expect([...told.raised(known()), ...told.resolved(known())]).toEqual([]);
    expect(told.holding).toEqual([]);
  });

  it('is news once it is graver', () => {
    const told = new Told();
    told.raised(known(as('warning')));
    told.became(LEASE, 'severity', 'acknowledged');
    expect(told.holding).toEqual(['critical: A.']);
    expect(told.became(known(as('warning')), 'severity', 'acknowledged').map(({ type }) => type)).toEqual([
      'end',
    ]);
  });

  it('leaves the alert to the others that share it', () => {
    const told = new Told();
    told.raised(LEASE);
    told.raised(OTHER);
    told.became(known(), 'acknowledged');
    expect(told.holding).toEqual(['critical: B.']);
  });
});

describe('a finding that becomes a warning', () => {
  it('ends the alert that was critical, which is told no more and so expires, and begins another', () => {
    const told = new Told();
    told.raised(LEASE);
    expect(told.holding).toEqual(['critical: A.']);
    expect(told.became(as('warning'), 'severity').map(({ type }) => type)).toEqual(['end', 'set']);
    expect(told.holding).toEqual(['warning: A.']);
    told.became(as('critical'), 'severity');
    expect(told.holding).toEqual(['critical: A.']);
    told.resolved(as('critical'));
    expect(told.holding).toEqual([]);
    expect(told.outbox.nextAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it('leaves the alert to the others that share it', () => {
    const told = new Told();
    told.raised(LEASE);
    told.raised(OTHER);
    told.became(as('warning'), 'severity');
    expect(told.holding.sort()).toEqual(['critical: B.', 'warning: A.']);
    told.became(as('warning', OTHER), 'severity');
    expect(told.holding).toEqual(['warning: A. (And 1 more of this kind on this address.)']);
    told.became(as('critical'), 'severity');
    expect(told.holding.sort()).toEqual(['critical: A.', 'warning: B.']);
    told.resolved(as('critical'));
    told.resolved(as('warning', OTHER));
    expect(told.holding).toEqual([]);
  });

  it('before Alertmanager could be told is never told as a critical one', () => {
    const told = new Told();
    told.raised(LEASE);
    told.became(as('warning'), 'severity');
    expect(told.sentAt(NOON).map(({ labels }) => labels.severity)).toEqual(['warning']);
    expect(told.outbox.counters.dropped).toBe(1);
  });

  it('after a restart of the agent is told as what it is, and ends', () => {
    const told = new Told();
    for (const change of told.book.add(as('warning'))) told.outbox.change(change, NOON);
    expect(told.holding).toEqual(['warning: A.']);
    told.became(as('critical'), 'severity');
    expect(told.holding).toEqual(['critical: A.']);
    told.resolved(as('critical'));
    expect(told.holding).toEqual([]);
  });
});

describe('an unconfirmed finding', () => {
  const claim = sampleFinding({ kind: 'foreign-claim', confirmed: false, message: 'A.' });

  it('is not sent before it is confirmed', () => {
    const told = new Told();
    expect(told.raised(claim)).toEqual([]);
    expect(told.holding).toEqual([]);
    told.became({ ...claim, confirmed: true, message: 'C.' }, 'confirmed');
    expect(told.holding).toEqual(['critical: C.']);
    told.resolved({ ...claim, confirmed: true });
    expect(told.holding).toEqual([]);
  });

  it('that is over is not sent at all, and neither is one that a restart brought back', () => {
    const told = new Told();
    told.raised(claim);
    expect(told.resolved(claim)).toEqual([]);
    expect(told.book.add(claim)).toEqual([]);
    expect(told.holding).toEqual([]);
  });

  it('does not stand in the alert of one that is confirmed', () => {
    const told = new Told();
    told.raised(claim);
    told.raised(sampleFinding({ kind: 'foreign-claim', id: 'other', message: 'B.' }));
    expect(told.holding).toEqual(['critical: B.']);
  });

  it('whose severity changes is still not sent', () => {
    const told = new Told();
    told.raised(claim);
    told.became({ ...claim, severity: 'warning' }, 'severity');
    expect(told.holding).toEqual([]);
  });
});
