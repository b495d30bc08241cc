// The story of the leased VIP with the page open: real frames, a real agent, a real browser.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab } from '../../lab/lab.ts';
import { passOn } from '../../lab/pass-on.ts';
import { playStory } from '../../lab/story.ts';
import { buildPage } from '../../scripts/page.ts';
import { type Look, look, startBrowser, WHY_NOT } from '../web/browser.ts';
import { labUnavailable } from './available.ts';

if (WHY_NOT !== null) console.warn(`skipped: ${WHY_NOT}`);

describe.skipIf(WHY_NOT !== null || labUnavailable('dnsmasq', 'udhcpc', 'arping'))(
  'the page beside the story',
  () => {
    let browser: Browser;
    beforeAll(async () => {
      // Where an agent of a checkout looks for it.
      await buildPage(join(import.meta.dirname, '../../web/page.json'));
      browser = await startBrowser();
    });
    afterAll(() => browser?.close());

    it('turns from amber to red when the phone takes the VIP, with its frames, and shows the failover', async () => {
      await using lab = await Lab.create();
      const stop = new AbortController();
      const server = createServer();
      let opened: Look | undefined;
      try {
        const end = await playStory(lab, {
          tell: () => {},
          onEvent: () => {},
          signal: stop.signal,
          onWitness: async ({ api }) => {
            server.on('connection', (client) => passOn(client, { path: api.socketPath }));
            server.listen(0, '127.0.0.1');
            await once(server, 'listening');
            opened = await look(browser, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
            // The router's range holds the pool: that will go wrong, and has not yet.
            await opened.page.waitForSelector('.verdict.warning');
          },
        });
        const { page, complaints } = opened!;
        await page.locator('.verdict.critical h1', { hasText: '"luca-phone"' }).waitFor();
        const claimed = page.locator('.finding.critical', { hasText: 'belongs to no cluster node' });
        await claimed.locator('summary').click();
        expect(await claimed.locator('.evidence').textContent()).toContain(
          '192.168.1.50 is at 02:00:00:00:00:aa',
        );
        await page.locator('td[aria-label^="192.168.1.50: conflict"]').waitFor();
        await end.failOver();
        await page.locator('.takeover', { hasText: 'w1 to cp' }).waitFor();
        expect(complaints).toEqual([]);
      } finally {
        stop.abort();
        await opened?.[Symbol.asyncDispose]();
        server.close();
      }
    });
  },
);
