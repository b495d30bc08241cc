import { describe, expect, it } from 'vitest';
import { TextRenderer } from '../../src/cli/text.ts';
import { utcText } from '../../src/cli/time-text.ts';
import type { IpAddress, Mac } from '../../src/net/address.ts';
import type { EventJson } from '../../src/serve/render/render.ts';

const LEASE: EventJson = {
  type: 'lease',
  at: '2026-03-01T12:00:00.000000Z',
  state: 'requested',
  ip: 'fd00::' as IpAddress,
  mac: '02:00:00:00:00:aa' as Mac,
  server: null,
  hostname: null,
  seconds: null,
  interface: 'eth0',
  vlan: null,
};

describe('a lease as text', () => {
  it.each([
    ['of an address', {}, 'fd00::  requested'],
    ['of a prefix', { prefixLength: 56 }, 'fd00::/56  requested'],
  ])('%s', (_name, more, expected) => {
    const line = new TextRenderer({ color: false, timeText: utcText }).event({ ...LEASE, ...more });
    expect(line).toBe(`2026-03-01 12:00:00.000000Z  lease     ${expected}: 02:00:00:00:00:aa\n`);
  });
});
