// The audits of agents: when, of what, and by whom of them.
import { describe, expect, it } from 'vitest';
import type { AuditRow } from '../../src/audit/audit.ts';
import { Auditing } from '../../src/audit/auditing.ts';
import { HOUR, MINUTE, type Micros, SECOND } from '../../src/base/time.ts';
import { requestedIp } from '../../src/dhcp/option.ts';
import type { CapturedInterface } from '../../src/host/capture/live-capture.ts';
import type { Intent } from '../../src/intent/intent.ts';
import type { Ipv4 } from '../../src/net/address.ts';
import { emptyFrame } from '../../src/net/frame.ts';
import { interfaceInfo } from '../host/capture/interface-info.ts';
import { decodeFrame } from '../net/decode-frame.ts';
import { counting, ip, LINK, NODE, offerFrame, range } from './servers.ts';

const EVERY = 24 * HOUR;
const INTENT: Intent = {
  pools: [{ name: 'main', ranges: [range('192.168.1.200-192.168.1.249')] }],
  vips: [{ address: ip('192.168.1.210'), service: 'a/b' }],
  nodes: [{ name: 'cp', addresses: [ip('192.168.1.10')], macs: [NODE.mac] }],
};
const captured: CapturedInterface = {
  info: interfaceInfo('eth0', { index: 2, mac: NODE.mac, addresses: [{ ip: NODE.ip, prefixLength: 24 }] }),
  link: LINK,
};

interface Agent {
  readonly auditing: Auditing;
  readonly asked: Ipv4[];
  readonly askedAt: Micros[];
  readonly rows: AuditRow[];
}

class Segment {
  readonly agents: Agent[] = [];
  readonly auditedAt = new Map<Ipv4, Micros>();
  now: Micros = 0;

  agent(
    over: { every?: Micros; random?: number; intent?: (now: Micros) => Intent | null; first?: boolean } = {},
  ): Agent {
    const asked: Ipv4[] = [];
    const askedAt: Micros[] = [];
    const rows: AuditRow[] = [];
    const waiting: Uint8Array[] = [];
    const auditing = new Auditing({
      every: over.every ?? EVERY,
      startedAt: this.now,
      random: () => over.random ?? 0,
      transactionId: counting(),
      intent: over.intent ?? (() => INTENT),
      isFirstOn: () => over.first ?? true,
      auditedAt: (one) => this.auditedAt.get(one),
      capture: {
        captured: () => [captured],
        interfaces: () => [captured.info],
        send: (_, frame) => {
          const layers = decodeFrame(frame);
          if (layers.protocol !== 'dhcp') return 'sent';
          waiting.push(offerFrame(ip('192.168.1.1'), layers.packet, ip('192.168.1.77')));
          return 'sent';
        },
      },
      onSent: ({ bytes, at }) => {
        const layers = decodeFrame(bytes);
        if (layers.protocol !== 'dhcp') throw new Error('not DHCP');
        const one = requestedIp(layers.packet)!;
        asked.push(one);
        askedAt.push(at);
        this.auditedAt.set(one, at);
      },
      onRow: (row) => rows.push(row),
    });
    const agent = { auditing, asked, askedAt, rows };
    this.agents.push(agent);
    // The server's answers come with the next turn.
    const tick = auditing.tick.bind(auditing);
    auditing.tick = (now) => {
      for (const bytes of waiting.splice(0))
        auditing.frame({ ...emptyFrame(LINK), bytes, end: bytes.length, at: now });
      tick(now);
    };
    return agent;
  }

  until(time: Micros): this {
    while (this.now < time) {
      const next = Math.min(...this.agents.map(({ auditing }) => auditing.nextAt()));
      this.now = Math.min(time, Math.max(this.now + SECOND / 10, next));
      for (const { auditing } of this.agents) auditing.tick(this.now);
    }
    return this;
  }
}

const ofPool = (asked: readonly Ipv4[]) => asked.filter((one) => /\.2[0-4]\d$/.test(one));

describe('when', () => {
  it('is not at the start, and then once a while, not to the second', () => {
    const segment = new Segment();
    const agent = segment.agent({ random: 0.5 });
    segment.until(EVERY * 0.74);
    expect(agent.asked).toEqual([]);
    segment.until(EVERY * 0.75 + 10 * MINUTE);
    const first = agent.asked.length;
    expect(first).toBeGreaterThan(0);
    segment.until(EVERY * 1.84);
    expect(agent.asked).toHaveLength(first);
    segment.until(EVERY * 1.9);
    expect(agent.asked.length).toBeGreaterThan(first);
  });

  it('is when the intent is known and not stale', () => {
    const segment = new Segment();
    const agent = segment.agent({ intent: (now) => (now < EVERY ? null : INTENT) });
    segment.until(EVERY - 1);
    expect(agent.asked).toEqual([]);
    segment.until(EVERY * 1.2);
    expect(agent.asked.length).toBeGreaterThan(0);
  });

  it('is at most 32 addresses a day, however often', () => {
    const segment = new Segment();
    const agent = segment.agent({ every: 10 * MINUTE });
    segment.until(22 * HOUR);
    expect(ofPool(agent.asked)).toHaveLength(32);
    segment.until(30 * HOUR);
    expect(ofPool(agent.asked)).toHaveLength(64);
    // All of the pool had their turn, the VIP among the first.
    expect(agent.asked[0]).toBe('192.168.1.210');
    expect(new Set(ofPool(agent.asked)).size).toBe(50);
  });
});

describe('who', () => {
  it('is one agent of a segment', () => {
    const segment = new Segment();
    const [first, second] = [segment.agent(), segment.agent({ first: false })];
    segment.until(EVERY);
    expect(first.asked.length).toBeGreaterThan(0);
    expect(second.asked).toEqual([]);
  });

  it('is one, where agents do not know of each other: each hears what the others ask', () => {
    const segment = new Segment();
    const agents = [segment.agent(), segment.agent(), segment.agent({ random: 0.3 })];
    segment.until(EVERY);
    const pool = ofPool(agents.flatMap(({ asked }) => asked));
    expect(new Set(pool).size).toBe(pool.length);
    expect(pool).toHaveLength(32);
  });
});

it('says what became of each address', () => {
  const segment = new Segment();
  const agent = segment.agent();
  segment.until(EVERY * 0.6);
  expect(agent.rows).toHaveLength(32);
  expect(agent.rows[0]).toMatchObject({
    ip: '192.168.1.210',
    server: '192.168.1.1',
    offered: '192.168.1.77',
  });
});

it('asks nothing of its own, or where it has no address', () => {
  const segment = new Segment();
  const vips = [
    { address: ip('10.0.0.5'), service: null },
    { address: NODE.ip, service: null },
  ];
  const agent = segment.agent({ intent: () => ({ pools: [], vips, nodes: [] }) });
  segment.until(EVERY);
  expect(agent.asked).toEqual([]);
  expect(agent.rows).toMatchObject([{ ip: NODE.ip, reason: 'answers-ping' }]);
});
