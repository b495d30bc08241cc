// MetalLB's election held against the wire.
import { describe, expect, it } from 'vitest';
import type { Election, Intent } from '../../../src/intent/intent.ts';
import type { Mac } from '../../../src/net/address.ts';
import { CP, INTENT, ip, Lan, mac, PHONE, VIP, W1, W2 } from '../lan.ts';

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

  it('is resolved when the address is no VIP any more', () => {
    const lan = answers(new Lan(elect(node('w2'))), W1, 130).intend({ ...INTENT, vips: [] });
    expect(lan.story()).toEqual([
      'raised wrong-announcer 192.168.1.50',
      'resolved wrong-announcer 192.168.1.50',
    ]);
  });

  it('is raised, and resolved, while the intent changes more often than it is held against the wire', () => {
    const lan = new Lan(elect(node('w2')));
    const changing = (owner: Mac, seconds: number) => {
      for (let i = 0; i < 2 * seconds; i += 1)
        lan
          .reply(owner, VIP)
          .intend(elect(node('w2')))
          .wait(500);
    };
    changing(W1, 130);
    expect(lan.story()).toEqual(['raised wrong-announcer 192.168.1.50']);
    changing(W2, 130);
    expect(lan.story().at(-1)).toBe('resolved wrong-announcer 192.168.1.50');
  });

  it('is raised within the grace and a quarter of it, of however many VIPs', () => {
    const many = Array.from({ length: 5000 }, (_, i) => ({
      address: ip(`10.${Math.floor(i / 250)}.${i % 250}.9`),
      service: `default/web-${i}`,
      elector: { elect: () => node('w2') },
    }));
    const intent = elect(node('w2'));
    const lan = answers(new Lan({ ...intent, vips: [...many, ...intent.vips] }), W1, 151);
    expect(lan.raised()).toMatchObject([{ kind: 'wrong-announcer', ip: VIP }]);
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
  const ALL = [CP, W1, W2];
  const allAnswer = (lan: Lan, owners: readonly Mac[]) => {
    for (let i = 0; i < 10; i += 1) {
      for (const owner of owners) lan.reply(owner, VIP);
      lan.wait(1000);
    }
    return lan;
  };
  const said = (lan: Lan) => {
    expect(lan.raised()).toMatchObject([{ kind: 'split-brain' }]);
    const { message, remedy } = lan.active()[0]!;
    return { message, strictArp: remedy.includes('strictARP'), speakers: remedy.includes('7946') };
  };

  it('names IPVS without strictARP where every node answers, and does not rule out the speakers', () => {
    const { message, ...remedies } = said(allAnswer(new Lan(), ALL));
    expect(message).toContain(
      'Every node answers for VIP 192.168.1.50 of traefik/traefik at the same time: kube-proxy in IPVS mode without strictARP does that',
    );
    expect(message).toContain('(cp, w1 and w2)');
    expect(remedies).toEqual({ strictArp: true, speakers: true });
  });

  it('names it too where all answer but one, which may be off', () => {
    const nodes = [...INTENT.nodes, { name: 'w3', addresses: [ip('192.168.1.13')], macs: [mac('13')] }];
    const { message, ...remedies } = said(allAnswer(new Lan({ ...INTENT, nodes }), ALL));
    expect(message).toContain(
      'cp, w1 and w2 answer for VIP 192.168.1.50 of traefik/traefik at the same time: kube-proxy in IPVS mode',
    );
    expect(remedies).toEqual({ strictArp: true, speakers: true });
  });

  it('names the speakers alone where two nodes answer', () => {
    const { message, ...remedies } = said(allAnswer(new Lan(), [W1, W2]));
    expect(message).toContain(
      'w1 and w2 answer for VIP 192.168.1.50 of traefik/traefik at the same time, and neither stops',
    );
    expect(remedies).toEqual({ strictArp: false, speakers: true });
  });

  it('names the speakers alone where every node announces: they have all lost each other', () => {
    const lan = new Lan();
    for (const owner of ALL) lan.gratuitous(owner, VIP).wait(1100);
    const { message, ...remedies } = said(allAnswer(lan, ALL));
    expect(message).toContain(
      'cp, w1 and w2 answer for VIP 192.168.1.50 of traefik/traefik at the same time, and none of them stops',
    );
    expect(remedies).toEqual({ strictArp: false, speakers: true });
  });

  it('names the speakers alone where MetalLB says of two nodes that they announce', () => {
    const { strictArp } = said(allAnswer(new Lan(elect(node('w1'), ['w1', 'w2'])), ALL));
    expect(strictArp).toBe(false);
  });

  it('names IPVS though one speaker announces, as it does when it gets the VIP', () => {
    const { strictArp } = said(allAnswer(allAnswer(new Lan(), [W1]).gratuitous(W2, VIP), ALL));
    expect(strictArp).toBe(true);
  });
});
