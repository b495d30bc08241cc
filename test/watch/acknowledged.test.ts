// What somebody acknowledged is told of again where it is another trouble under the same id.
import { describe, expect, it } from 'vitest';
import { HOUR, toIso } from '../../src/base/time.ts';
import type { Election, Intent } from '../../src/intent/intent.ts';
import { acknowledgementOf } from '../../src/watch/finding/acknowledgement.ts';
import type { Finding } from '../../src/watch/finding/finding.ts';
import { CP, INTENT, ip, Lan, PHONE, VIP, W2 } from './lan.ts';

/** Of an address that no node is elected for. */
function intent(service: string | null): Intent {
  const elect = (): Election => ({ node: null, reason: 'no-eligible-node' });
  return { ...INTENT, vips: service === null ? [] : [{ address: VIP, service, elector: { elect } }] };
}

/** A VIP that nobody answers for, as seen from w2, and acknowledged as that of the Service `test/throwaway`. */
function acknowledgedSilence(): Lan {
  const lan = new Lan(intent('test/throwaway'));
  lan.watcher.setOwnInterfaces({ addresses: [ip('192.168.1.12')], macs: [W2], networks: [] });
  askInVain(lan);
  acknowledge(lan, 24 * HOUR);
  expect(shown(lan)).toEqual(['test/throwaway is known']);
  return lan;
}

function askInVain(lan: Lan): void {
  for (let i = 0; i < 100; i += 1) lan.request(CP, ip('192.168.1.10'), ip('192.168.1.1')).ask(VIP, 20, 50);
}

function acknowledge(lan: Lan, time: number): void {
  const acknowledged = {
    by: 'anna',
    comment: 'nobody needs it',
    at: toIso(lan.now),
    until: toIso(lan.now + time),
  };
  const all = active(lan).map((finding) => acknowledgementOf(finding, acknowledged));
  lan.watcher.setAcknowledgements(all, lan.now);
}

function active(lan: Lan): Finding[] {
  return lan.watcher.findings().filter(({ state }) => state === 'active');
}

function shown(lan: Lan): string[] {
  return active(lan).map(({ vip, acknowledged }) => `${vip?.service} is ${acknowledged ? 'known' : 'news'}`);
}

describe('an address that is silent', () => {
  it('is news where it is given to another Service', () => {
    const lan = acknowledgedSilence();
    lan.wait(1_000).intend(intent(null)).wait(600_000);
    expect(shown(lan)).toEqual([]);
    lan.intend(intent('payments/prod'));
    askInVain(lan);
    expect(shown(lan)).toEqual(['payments/prod is news']);
    lan.wait(1_000).intend(intent(null)).wait(600_000);
    lan.intend(intent('test/throwaway'));
    askInVain(lan);
    expect(shown(lan)).toEqual(['test/throwaway is known']);
  });

  it('is news where it passes from one Service to another in one moment', () => {
    const lan = acknowledgedSilence();
    lan.wait(60_000).intend(intent('payments/prod'));
    expect(shown(lan)).toEqual([]);
    askInVain(lan);
    expect(shown(lan)).toEqual(['payments/prod is news']);
  });

  it('stays known where another Service comes to share it', () => {
    const lan = acknowledgedSilence();
    const [vip] = intent('another/one').vips;
    lan.intend({ ...INTENT, vips: [{ ...vip!, sharedWith: ['test/throwaway'] }] });
    askInVain(lan);
    expect(shown(lan)).toEqual(['test/throwaway is known']);
  });
});

it('a lease of a VIP is news, too, once another Service has the VIP', () => {
  const lan = new Lan(intent('test/throwaway'));
  lan.dhcp({ type: 'request', client: PHONE, requested: VIP, server: ip('192.168.1.1') });
  acknowledge(lan, 24 * HOUR);
  expect(shown(lan)).toEqual(['test/throwaway is known']);
  lan.wait(60_000).intend(intent('payments/prod')).wait(60_000);
  expect(shown(lan)).toEqual(['payments/prod is news']);
});

it('an acknowledgement ends after a restart, too, while nobody knows the intent', () => {
  const before = new Lan();
  before.dhcp({ type: 'request', client: PHONE, requested: VIP, server: ip('192.168.1.1') });
  const nothing = { claims: [], leases: [], dhcpServers: [], takeovers: [] };
  const lan = new Lan(null);
  lan.watcher.restore({ ...nothing, findings: active(before) }, lan.now);
  acknowledge(lan, HOUR);
  expect(shown(lan)).toEqual(['traefik/traefik is known']);
  lan.wait(59 * 60_000);
  expect(shown(lan)).toEqual(['traefik/traefik is known']);
  lan.wait(2 * 60_000);
  expect(shown(lan)).toEqual(['traefik/traefik is news']);
});
