// Intent that the API has not confirmed for a while: what is still told, with its age, and what is not.
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, type Micros, SECOND } from '../../../src/base/time.ts';
import type { Election, Intent } from '../../../src/intent/intent.ts';
import { CP, INTENT, ip, Lan, VIP, W1, W2 } from '../lan.ts';

const node = (name: string): Election => ({ node: name, interfaces: null });

function elect(election: Election): Intent {
  return {
    ...INTENT,
    vips: [{ address: VIP, service: 'traefik/traefik', elector: { elect: () => election } }],
  };
}

/** An agent on w2, whose API was heard for the last time so long ago. */
function agent(age: Micros, intent: Intent = INTENT): Lan {
  const lan = new Lan(intent);
  lan.watcher.setOwnInterfaces({ addresses: [ip('192.168.1.12')], macs: [W2], networks: [] });
  lan.watcher.setConfirmed(lan.now - age);
  return lan;
}

function confirmed(lan: Lan): Lan {
  lan.watcher.setConfirmed(lan.now);
  return lan;
}

/** Questions for the VIP that nobody answers, while cp is heard. */
function unanswered(lan: Lan, seconds: number): Lan {
  for (let i = 0; i < seconds; i += 1)
    lan.request(CP, ip('192.168.1.10'), ip('192.168.1.1')).ask(VIP, 20, 50);
  return lan;
}

function answers(lan: Lan, owner: typeof W1, seconds: number, each = (_: Lan) => {}): Lan {
  for (let i = 0; i < seconds; i += 1) {
    each(lan);
    lan.reply(owner, VIP).wait(1000);
  }
  return lan;
}

const AGED = / The intent is .* old; the Kubernetes API has not confirmed it since\.$/;
const IF_GONE = 'First check whether the Service still exists. If it was deleted since';

describe('silent-vip', () => {
  it('is raised as soon as ever while the API is away, critical, and says how old the intent is', () => {
    const lan = unanswered(agent(12 * MINUTE), 14);
    expect(lan.story()).toEqual([]);
    unanswered(lan, 3);
    expect(lan.raised()).toMatchObject([{ kind: 'silent-vip', severity: 'critical', ip: VIP }]);
    expect(lan.raised()[0]?.message).toBe(
      'Nobody answers for VIP 192.168.1.50 of traefik/traefik: nobody has answered since this agent began to probe; heard lately: cp; not heard: w1. The intent is 12 minutes old; the Kubernetes API has not confirmed it since.',
    );
    expect(lan.raised()[0]?.remedy).toMatch(
      new RegExp(`^${IF_GONE}, this is normal, .* If not: Check the MetalLB speaker on each node:`),
    );
  });

  it('says so of a silence with a known cause too', () => {
    const lan = unanswered(agent(3 * HOUR, elect({ node: null, reason: 'no-endpoint' })), 35);
    expect(lan.raised()[0]?.message).toMatch(
      /no endpoint of its Service is ready\. The intent is 3 hours old; /,
    );
  });

  it('says nothing of it while signs of life keep coming, or where the intent does not age', () => {
    for (const lan of [agent(30 * SECOND), agent(Number.NEGATIVE_INFINITY), new Lan()]) {
      unanswered(lan, 25);
      expect(lan.raised()).toMatchObject([{ kind: 'silent-vip' }]);
      expect(lan.raised()[0]?.message).not.toMatch(AGED);
      expect(lan.raised()[0]?.remedy).not.toContain(IF_GONE);
    }
  });

  it('comes to say so where the API falls silent later, and no more once it is back: one finding all along', () => {
    const lan = unanswered(agent(0), 20);
    expect(lan.active()[0]?.message).not.toMatch(AGED);
    unanswered(lan, 130);
    expect(lan.active()[0]?.message).toMatch(AGED);
    unanswered(confirmed(lan), 1);
    for (let i = 0; i < 7; i += 1) unanswered(confirmed(lan), 10);
    expect(lan.active()[0]?.message).not.toMatch(AGED);
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50']);
  });

  it('ends when the API is back and the Service is not', () => {
    const lan = unanswered(agent(12 * MINUTE), 20);
    confirmed(lan).intend({ ...INTENT, vips: [] });
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50', 'resolved silent-vip 192.168.1.50']);
  });
});

describe('wrong-announcer', () => {
  it('is not raised while the API is away: the speakers may know better', () => {
    const lan = answers(agent(2 * MINUTE, elect(node('w2'))), W1, 300);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('intent-stale')).toBeGreaterThan(250);
    // Nor when it is back, and says what they knew.
    confirmed(lan).intend(elect(node('w1')));
    expect(answers(lan, W1, 200, confirmed).story()).toEqual([]);
  });

  it('is, two minutes after the API is back, where wire and election still differ', () => {
    // It differed for half a minute before the API went away.
    const lan = answers(agent(0, elect(node('w2'))), W1, 30, confirmed);
    answers(lan, W1, 300);
    expect(answers(lan, W1, 115, confirmed).story()).toEqual([]);
    expect(answers(lan, W1, 10, confirmed).raised()).toMatchObject([{ kind: 'wrong-announcer' }]);
  });

  it('stays, where it was raised before the API went away, until wire and election agree', () => {
    const lan = answers(agent(0, elect(node('w2'))), W1, 130, confirmed);
    expect(answers(lan, W1, 300).story()).toEqual(['raised wrong-announcer 192.168.1.50']);
    expect(answers(lan, W2, 10).story()).toContain('resolved wrong-announcer 192.168.1.50');
  });
});
