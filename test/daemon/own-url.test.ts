// Which address of its own an agent names in links.
import { expect, it } from 'vitest';
import { ownUrl } from '../../src/daemon/own-url.ts';
import type { IpAddress } from '../../src/net/address.ts';

const OWN = ['fe80::1', 'fd00::10', '192.168.1.10', '10.0.0.10'] as IpAddress[];

it.each([
  { listens: '0.0.0.0', own: OWN, url: 'http://192.168.1.10:9797' },
  { listens: '::', own: OWN, url: 'http://192.168.1.10:9797' },
  { listens: '::', own: OWN.slice(0, 2), url: 'http://[fd00::10]:9797' },
  { listens: '0.0.0.0', own: OWN.slice(0, 2), url: null },
  { listens: '0.0.0.0', own: [], url: null },
  { listens: '10.0.0.10', own: OWN, url: 'http://10.0.0.10:9797' },
  { listens: '127.0.0.1', own: OWN, url: null },
  { listens: '::1', own: OWN, url: null },
])('who listens on $listens and has $own is reached at $url', ({ listens, own, url }) => {
  expect(ownUrl(listens, 9797, own)).toBe(url);
});
