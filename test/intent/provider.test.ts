import { describe, expect, it } from 'vitest';
import type { Election, NoAnnouncer } from '../../src/intent/intent.ts';
import { isAnothersToAnnounce, providerOf } from '../../src/intent/provider.ts';
import type { Ipv4 } from '../../src/net/address.ts';

const nobody = (reason: NoAnnouncer): Election => ({ node: null, reason });

describe('a VIP', () => {
  it.each([
    ['elected for', { node: 'w1', interfaces: null }, 'metallb'],
    ['that nobody can be elected for', nobody('no-endpoint'), 'metallb'],
    ['whose election cannot be told', null, 'metallb'],
    ['of another load balancer class', nobody('other-load-balancer-class'), null],
    ['outside all pools', nobody('outside-pools'), null],
  ] as const)('%s', (_, election, provider) => {
    const vip = { address: '10.0.0.1' as Ipv4, service: 'a/web', elector: { elect: () => election } };
    expect(providerOf(vip)).toBe(provider);
    expect(isAnothersToAnnounce(vip)).toBe(provider === null);
  });

  it('of a static file says nothing of who announces it', () => {
    const vip = { address: '10.0.0.1' as Ipv4, service: 'a/web' };
    expect(providerOf(vip)).toBeNull();
    expect(isAnothersToAnnounce(vip)).toBe(false);
  });
});
