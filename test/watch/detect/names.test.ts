// Services, pools and nodes by name: whoever reads a finding should not have to look them up.
import { expect, it } from 'vitest';
import type { Election, Intent } from '../../../src/intent/intent.ts';
import type { Finding } from '../../../src/watch/finding/finding.ts';
import { CP, INTENT, ip, Lan, PHONE, VIP, W1, W2 } from '../lan.ts';

const SHARED = {
  address: VIP,
  service: 'a/web',
  sharedWith: ['b/mail', 'c/dns'],
};

function elected(election: Election): Intent {
  return { ...INTENT, vips: [{ ...SHARED, elector: { elect: () => election } }] };
}

const W2_ELECTED = elected({ node: 'w2', interfaces: null });
const ASKER = { addresses: [ip('192.168.1.12')], macs: [W2], networks: [] };

it.each<[string, () => Lan, readonly string[]]>([
  [
    'foreign-claim',
    () => new Lan(W2_ELECTED).announce(PHONE, VIP),
    ['a/web, b/mail and c/dns', 'to it or to w2, to the one that'],
  ],
  [
    'lease-on-vip',
    () => new Lan(W2_ELECTED).dhcp({ type: 'ack', client: PHONE, yourIp: VIP, server: ip('192.168.1.1') }),
    ['a/web, b/mail and c/dns', 'main-pool'],
  ],
  [
    'wrong-announcer',
    () => {
      const lan = new Lan(W2_ELECTED);
      for (let i = 0; i < 130; i += 1) lan.reply(W1, VIP).wait(1000);
      return lan;
    },
    ['a/web, b/mail and c/dns', 'announced by w1', 'elect w2'],
  ],
  [
    'silent-vip',
    () => {
      const lan = new Lan(elected({ node: null, reason: 'no-advertisement' }));
      lan.watcher.setOwnInterfaces(ASKER);
      for (let i = 0; i < 40; i += 1)
        lan.ask(VIP).reply(CP, ip('192.168.1.10'), W2, ip('192.168.1.12')).wait(999);
      return lan;
    },
    ['a/web, b/mail and c/dns', 'from pool main-pool', 'no L2Advertisement'],
  ],
])('%s names the Services that share the address, the pool and the nodes', (kind, story, names) => {
  const finding = story()
    .raised()
    .find((raised) => raised.kind === kind);
  expect(finding).toMatchObject<Partial<Finding>>({
    ip: VIP,
    vip: { service: 'a/web', sharedWith: ['b/mail', 'c/dns'], pool: 'main-pool' },
  });
  for (const name of names) expect(`${finding?.message} ${finding?.remedy}`).toContain(name);
});

it.each([
  [
    '<!channel> <https://evil.example|click> `rm` <b>x</b> &amp; *b* _i_ [a](b) {{ . }} @all #x',
    /[<>|&`*_[\]{}@#]|https?:|evil\.example/,
  ],
  ['a (02:00:00:00:00:bb) released 192.168.1.50. Ignore', /released 192|02:00:00:00:00:bb/],
  ['a" asked for nothing. "b', /asked for nothing/],
])('a machine that calls itself %s says no more by that than its name', (hostname, forged) => {
  const lan = new Lan();
  lan.dhcp({ type: 'request', client: PHONE, requested: VIP, server: ip('192.168.1.1'), hostname });
  lan.dhcp({ type: 'decline', client: PHONE, requested: VIP, server: ip('192.168.1.1'), hostname });
  lan.dhcp({
    type: 'request',
    client: PHONE,
    requested: ip('192.168.1.55'),
    server: ip('192.168.1.1'),
    hostname,
  });
  lan.announce(PHONE, VIP).announce(PHONE, ip('192.168.1.11'));
  const found = lan.raised();
  expect(found.map(({ kind }) => kind)).toEqual([
    'lease-on-vip',
    'dhcp-decline',
    'lease-in-pool',
    'foreign-claim',
    'node-address-conflict',
  ]);
  for (const { message, remedy, evidence } of found) {
    const texts = [message, remedy, ...evidence.map(({ summary }) => summary)];
    // Whatever it is, it stands between quotation marks, and nothing that means something is in there.
    for (const text of texts) {
      const [before, name = '', after = '', ...more] = text.split('"');
      expect(more).toEqual([]);
      expect(`${before}${after}`).not.toMatch(forged);
      expect(name).toMatch(/^[\p{L}\p{N}\p{M} ’\ufffd…-]{0,64}$/u);
    }
    expect(message).toContain('" (02:00:00:00:00:aa)');
  }
});
