// Ports of this machine that are open, and that are not.

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { reachTcp } from '../../src/host/tcp-reach.ts';

describe('reachTcp()', () => {
  it('tells an open port from one that refuses, and from a machine that is not there', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    expect(await reachTcp('127.0.0.1', port)).toBe('open');
    await new Promise((done) => server.close(done));
    expect(await reachTcp('127.0.0.1', port)).toBe('refused');
    // Nobody may send to it: the kernel itself says so.
    expect(await reachTcp('255.255.255.255', port)).toBe('away');
  });
});
