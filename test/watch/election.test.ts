// MetalLB's election held against the wire.
import { describe, expect, it } from 'vitest';
import type { Election, Intent } from '../../src/cluster/intent.ts';
import { INTENT, Lan, PHONE, VIP, W1, W2 } from './lan.ts';

function elect(election: Election | null, statusNodes: readonly string[] = []): Intent {
  return {
    ...INTENT,
    vips: [{ address: VIP, service: 'traefik/traefik', elector: { elect: () => election }, statusNodes }],
  };
}

const node = (name: string): Election => ({ node: name, interfaces: null });
const answers = (lan: Lan, owner: typeof W1, seconds: number) => {
  for (let i = 0; i < seconds; i += 1) lan.reply(owner, VIP).wait(1000);
  return lan;
};

describe('wrong-announcer', () => {
  it('is raised after two minutes in which another node announces, and names all three opinions', () => {
    const lan = answers(new Lan(elect(node('w2'), ['w1'])), W1, 115);
    expect(lan.story()).toEqual([]);
    answers(lan, W1, 10);
    expect(lan.raised()).toMatchObject([
      { kind: 'wrong-announcer', severity: 'warning', ip: VIP, macs: [W1] },
    ]);
    expect(lan.raised()[0]?.message).toBe(
      "VIP 192.168.1.50 of traefik/traefik is announced by w1, but MetalLB's rules elect w2; its ServiceL2Status names w1, as the wire does.",
    );
  });

  it('is resolved when wire and election agree', () => {
    const lan = answers(new Lan(elect(node('w2'))), W1, 130);
    answers(lan, W2, 10);
    expect(lan.story()).toEqual([
      'raised wrong-announcer 192.168.1.50',
      'resolved wrong-announcer 192.168.1.50',
    ]);
  });

  it('is not raised by a stale status, a failover, or where no election can be told', () => {
    expect(answers(new Lan(elect(node('w1'), ['w2'])), W1, 300).story()).toEqual([]);
    expect(answers(new Lan(elect(null)), W1, 300).story()).toEqual([]);
    const failover = answers(new Lan(elect(node('w1'))), W1, 10);
    answers(failover, W2, 60).intend(elect(node('w2')));
    expect(answers(failover, W2, 200).story()).toEqual([]);
  });
});

describe('foreign-claim', () => {
  it('is not raised for a VIP that another load balancer may announce', () => {
    for (const reason of ['other-load-balancer-class', 'outside-pools'] as const) {
      const lan = answers(new Lan(elect({ node: null, reason })), PHONE, 5);
      expect(lan.story()).toEqual([]);
      expect(lan.dismissed('another-load-balancer')).toBeGreaterThan(0);
    }
  });

  it('is raised for one that MetalLB would announce if it could', () => {
    const lan = answers(new Lan(elect({ node: null, reason: 'no-endpoint' })), PHONE, 5);
    expect(lan.raised()).toMatchObject([{ kind: 'foreign-claim', macs: [PHONE] }]);
  });
});

describe('split-brain', () => {
  it('names IPVS without strictARP where every node answers', () => {
    const lan = new Lan();
    for (let i = 0; i < 10; i += 1)
      lan.reply(W1, VIP).reply(W2, VIP).reply(INTENT.nodes[0]!.macs[0]!, VIP).wait(1000);
    expect(lan.raised()).toMatchObject([{ kind: 'split-brain' }]);
    expect(lan.active()[0]?.remedy).toContain('strictARP');
  });
});
