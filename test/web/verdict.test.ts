import { describe, expect, it } from 'vitest';
import type { Finding, Summary } from '../../web/api.ts';
import type { State } from '../../web/known.ts';
import { verdictOf } from '../../web/verdict.ts';

const NOW = 1_772_366_400_000;

function finding(over: Partial<Finding>): Finding {
  return {
    id: 'lease-on-vip_eth0_192.168.1.50',
    state: 'active',
    kind: 'lease-on-vip',
    severity: 'critical',
    confirmed: true,
    ip: '192.168.1.50',
    macs: [],
    interface: 'eth0',
    vlan: null,
    vip: null,
    message: 'The VIP is leased.',
    remedy: 'Shrink the range.',
    raisedAt: '2026-03-01T12:00:00.000000Z',
    refreshedAt: '2026-03-01T12:00:00.000000Z',
    resolvedAt: null,
    suppressed: null,
    acknowledged: null,
    occurrences: 1,
    documentation: '',
    evidence: [],
    ...over,
  };
}

function state(
  vips: Partial<Record<'total' | 'up' | 'down' | 'unknown', number>>,
  ...findings: Finding[]
): State {
  return {
    lostSince: null,
    readAt: NOW,
    findings,
    summary: {
      at: '',
      version: '',
      node: null,
      ready: true,
      unreadyReason: null,
      intentConfirmedAt: null,
      vips: { total: 3, up: 3, down: 0, unknown: 0, ...vips },
      findings: { critical: 0, warning: 0, suppressed: 0, acknowledged: 0 },
      lastTakeover: null,
      dhcp: 'unknown',
      agents: null,
    },
  };
}

const summarized = (known: State, over: Partial<Summary>): State => ({
  ...known,
  summary: { ...known.summary!, ...over },
});
const withOthers = (known: State) => summarized(known, { agents: { ready: 3, nodes: 3 } });
const DEAF = { ready: false, unreadyReason: 'no interface is captured that is up' };
const deaf = (known: State) => summarized(known, DEAF);

describe('the verdict', () => {
  it.each([
    ['all is well', state({}), 'good', 'All 3 VIPs are answered. Nothing on this LAN endangers them.'],
    [
      'one VIP',
      state({ total: 1, up: 1 }),
      'good',
      'The one VIP is answered. Nothing on this LAN endangers them.',
    ],
    [
      'it vouches only for what it asks',
      withOthers(state({ up: 1, unknown: 2 })),
      'good',
      '1 of 3 VIPs answered; other agents ask for the rest. Nothing on this LAN endangers them.',
    ],
    [
      'others ask for all',
      withOthers(state({ up: 0, unknown: 3 })),
      'good',
      '0 of 3 VIPs answered; other agents ask for the rest. Nothing on this LAN endangers them.',
    ],
    [
      'it speaks of no others where none are known',
      state({ up: 1, unknown: 2 }),
      'good',
      '1 of 3 VIPs answered; whether anybody asks for the rest is not known. Nothing on this LAN endangers them.',
    ],
    [
      'no VIP is known to be answered, and nobody else is known to ask',
      state({ up: 0, unknown: 3 }),
      'unknown',
      '0 of 3 VIPs answered; whether anybody asks for the rest is not known.',
    ],
    [
      'the only agent that is ready is this one',
      summarized(state({ up: 0, unknown: 3 }), { agents: { ready: 1, nodes: 3 } }),
      'unknown',
      '0 of 3 VIPs answered; whether anybody asks for the rest is not known.',
    ],
    [
      'it hears nothing',
      deaf(withOthers(state({ up: 0, unknown: 3 }))),
      'unknown',
      'This agent cannot tell: no interface is captured that is up.',
    ],
    [
      'it hears nothing, whatever it warned of',
      deaf(state({}, finding({ severity: 'warning' }))),
      'unknown',
      'This agent cannot tell: no interface is captured that is up.',
    ],
    ['it hears nothing, but knew of danger', deaf(state({}, finding({}))), 'critical', 'The VIP is leased.'],
    [
      'nothing to watch',
      state({ total: 0, up: 0 }),
      'unknown',
      'No VIP is known: there is nothing to watch yet.',
    ],
    [
      'a VIP is down, and no finding says so yet',
      state({ up: 2, down: 1 }),
      'critical',
      '1 of 3 VIPs is not answered.',
    ],
    ['a warning', state({}, finding({ severity: 'warning', message: 'It will.' })), 'warning', 'It will.'],
    [
      'two warnings',
      state({}, finding({ severity: 'warning' }), finding({ severity: 'warning' })),
      'warning',
      '2 things will go wrong.',
    ],
    [
      'what is suppressed is none',
      state({}, finding({ state: 'suppressed' })),
      'good',
      expect.stringContaining('All 3'),
    ],
    [
      'the latest of one address',
      state(
        {},
        finding({}),
        finding({ message: 'The phone answers.', raisedAt: '2026-03-01T12:00:01.000000Z' }),
      ),
      'critical',
      'The phone answers.',
    ],
    [
      'several addresses',
      state({}, finding({}), finding({ ip: '192.168.1.51' })),
      'critical',
      '2 addresses are in danger.',
    ],
    [
      'cut off',
      { ...state({}, finding({})), lostSince: NOW - 12_400 },
      'unknown',
      'Disconnected since 12 s.',
    ],
    [
      'the agent answers, but not what it rests on',
      { ...state({}), refused: { findings: 'ask again in a moment' } },
      'unknown',
      'The agent does not tell how it stands: ask again in a moment.',
    ],
    [
      'a list that it does not rest on is refused',
      { ...state({}), refused: { leases: 'ask again in a moment' } },
      'good',
      expect.stringContaining('All 3'),
    ],
    ['nothing read yet', { lostSince: null, readAt: null }, 'unknown', 'Looking …'],
  ] as const)('%s', (_, known, mood, sentence) => {
    expect(verdictOf(known, NOW)).toMatchObject({ mood, sentence });
  });
});
