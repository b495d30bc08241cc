import { expect, it } from 'vitest';
import { prettyLine } from '../../../src/host/log.ts';
import type { Ipv4 } from '../../../src/net/address.ts';
import { logEvent } from '../../../src/serve/render/event-log.ts';
import type { WatchEvent } from '../../../src/watch/view.ts';
import { ETH0, findingEvent, NOON, PHONE, sampleFinding, sampleTakeover } from '../sample.ts';

const iso = (at: number) => new Date(at / 1000).toISOString();

function logged(event: WatchEvent): { level: string; message: string; fields: Record<string, unknown> } {
  const told: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void told.push({ level, message, fields: { ...fields } });
  logEvent(
    {
      error: at('error'),
      warn: at('warn'),
      info: at('info'),
      debug: at('debug'),
      isLevelEnabled: () => true,
    },
    event,
    iso,
  );
  expect(told).toHaveLength(1);
  return told[0]!;
}

it('a critical finding is an error, with what is wrong and what to do', () => {
  expect(logged(findingEvent())).toMatchObject({
    level: 'error',
    message: 'DHCP gave the VIP 192.168.1.50 to luca-phone.',
    fields: {
      event: 'finding',
      kind: 'lease-on-vip',
      ip: '192.168.1.50',
      remedy: 'Exclude the pool from the router.',
    },
  });
});

it('a finding that only warns is a warning', () => {
  expect(logged(findingEvent({ kind: 'lease-conflict' })).level).toBe('warn');
});

it('a finding that became another says first what changed, as loud as it is now', () => {
  const finding = sampleFinding({ severity: 'warning', message: 'Not in use now.' });
  const event = { type: 'finding', action: 'changed', at: NOON, changed: ['severity'], finding } as const;
  expect(logged(event)).toMatchObject({
    level: 'warn',
    message: 'Now a warning: Not in use now.',
    fields: { event: 'finding', action: 'changed', changed: ['severity'], severity: 'warning' },
  });
  const back = { ...event, finding: sampleFinding() };
  expect(logged(back)).toMatchObject({
    level: 'error',
    message: expect.stringMatching(/^Now critical: DHCP/),
  });
  expect(logged({ ...back, changed: ['confirmed'] }).message).toMatch(/^Confirmed: DHCP/);
});

it('a resolved finding is information', () => {
  const finding = sampleFinding({ state: 'resolved', resolvedAt: NOON });
  expect(logged({ type: 'finding', action: 'resolved', at: NOON, finding })).toMatchObject({
    level: 'info',
    message: 'Resolved: DHCP gave the VIP 192.168.1.50 to luca-phone.',
  });
});

it('a takeover is information, with its gap or its overlap', () => {
  const takeover = sampleTakeover();
  expect(logged({ type: 'takeover', at: NOON, takeover })).toMatchObject({
    level: 'info',
    message: '192.168.1.50 went from w1 to w2: failover, 350 ms to 1.4 s without an answer',
  });
  const smooth = sampleTakeover({ class: 'handover', gapMs: 0, overlapMs: 20 });
  expect(logged({ type: 'takeover', at: NOON, takeover: smooth }).message).toMatch(
    /handover, both answered for 20 ms$/,
  );
});

it('a service gap is information, and silent where nothing was measured', () => {
  const measured = { gapMs: 2500, open: false, uncertaintyMs: 100, servedMs: 2400, note: null };
  const takeover = sampleTakeover({ serviceGap: measured });
  expect(logged({ type: 'service-gap', at: NOON, takeover })).toMatchObject({
    level: 'info',
    message: 'The service on 192.168.1.50 was away for 2.5 s, until w2 served',
    fields: { event: 'service-gap', serviceGapMs: 2500 },
  });
  const away = { ...takeover, serviceGap: { ...measured, open: true, servedMs: null } };
  expect(logged({ type: 'service-gap', at: NOON, takeover: away }).message).toBe(
    'The service on 192.168.1.50 has been away for 2.5 s, and w2 does not serve it yet',
  );
  const nothing = { ...takeover, serviceGap: { ...measured, gapMs: null, note: 'UDP only' } };
  const silent = () => expect.unreachable();
  logEvent(
    { error: silent, warn: silent, info: silent, debug: silent, isLevelEnabled: () => true },
    { type: 'service-gap', at: NOON, takeover: nothing },
    iso,
  );
});

it('a lease is for debugging', () => {
  const step = {
    state: 'requested',
    ip: '192.168.1.60' as Ipv4,
    mac: PHONE,
    clientId: PHONE,
    server: null,
    hostname: 'luca-phone',
    seconds: null,
    unconfirmed: false,
  } as const;
  expect(logged({ type: 'lease', at: NOON, segment: ETH0, step })).toMatchObject({
    level: 'debug',
    message: 'Lease of 192.168.1.60 requested: "luca-phone"',
  });
});

it('is readable on a terminal: the time, the message, and the remedy on a line of its own', () => {
  const line = JSON.stringify({
    level: 'error',
    time: '2026-03-01T12:00:00.123Z',
    event: 'finding',
    kind: 'foreign-claim',
    ip: '192.168.1.50',
    vlan: null,
    remedy: 'Exclude the pool.',
    msg: 'Taken.',
  });
  const timeText = (iso: string) => iso.replace('T', ' ');
  expect(prettyLine(line, { color: false, timeText })).toBe(
    '12:00:00.123Z ERROR Taken.  kind=foreign-claim\n             What to do: Exclude the pool.\n',
  );
  expect(prettyLine(line, { color: true, timeText })).toContain('\u001b[31m');
});

it('shows on a terminal what else there is to know where the message does not say it', () => {
  const time = '2026-03-01T12:00:00.123Z';
  const line = JSON.stringify({
    level: 'info',
    time,
    msg: 'Watching',
    vips: 3,
    url: 'http://192.168.1.10:9797',
  });
  expect(prettyLine(line, { color: false, timeText: () => '2026-03-01 13:00:00.123+01:00' })).toBe(
    '13:00:00.123+01:00 INFO  Watching  vips=3 url=http://192.168.1.10:9797\n',
  );
});
