// The page in a real Chromium, before the real server: as a person meets it, with a mouse or without, on a LAN that means harm.

import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { IpAddress, Mac } from '../../src/net/address.ts';
import type { WatchEvent } from '../../src/watch/view.ts';
import { sampleClaim } from '../serve/sample.ts';
import { look, startBrowser, WHY_NOT } from './browser.ts';
import { homeLan, phoneTakesVip, type Scene, VIP, vip } from './scene.ts';
import { shareBrowser } from './shared-browser.ts';

if (WHY_NOT !== null) console.warn(`The page is not tested: ${WHY_NOT}`);

const HOSTILE = '<img src=x onerror=document.title="taken">';

describe.skipIf(WHY_NOT !== null)('the page in Chromium', () => {
  const chromium = shareBrowser();

  const verdict = (page: Page, mood: string) => page.waitForSelector(`.verdict.${mood}`);
  const whole = (page: Page) => page.waitForSelector('#failover-test');
  const raise = (scene: Scene) => {
    const events = phoneTakesVip(scene.world).map(
      (finding): WatchEvent => ({ type: 'finding', action: 'raised', at: finding.raisedAt, finding }),
    );
    scene.events.publish(events);
  };

  it('turns red with the finding, shows its proof, and is green again at its end', async () => {
    await using scene = await chromium.scene();
    await using one = await chromium.look(scene.url);
    const { page } = one;
    await verdict(page, 'good');
    expect(await page.textContent('h1')).toContain(
      'All 3 VIPs are answered. Nothing on this LAN endangers them.',
    );
    raise(scene);
    await verdict(page, 'critical');
    expect(await page.textContent('h1')).toContain('"luca-phone"');
    expect(await page.title()).toBe('! vipwatch');
    await page.click('.finding summary');
    expect(await page.textContent('.evidence')).toContain('DHCP REQUEST from 02:00:00:00:00:aa');
    expect(await page.textContent('.finding')).toContain('Shrink the DHCP range');
    await page.waitForSelector(`td[aria-label^="${VIP}: conflict"]`);
    const [finding] = scene.world.findings;
    scene.world.findings = [];
    scene.events.publish([{ type: 'finding', action: 'resolved', at: finding!.raisedAt, finding: finding! }]);
    await verdict(page, 'good');
    expect(one.complaints).toEqual([]);
  });

  it('is not green where the agent hears nothing, and says why', async () => {
    const world = homeLan();
    world.hears = false;
    await using scene = await chromium.scene(world);
    await using one = await chromium.look(scene.url);
    const { page } = one;
    await verdict(page, 'unknown');
    await page.locator('h1', { hasText: 'cannot tell: no interface is captured that is up.' }).waitFor();
    expect(await page.textContent('.numbers')).toContain('0/3');
    world.hears = true;
    await verdict(page, 'good');
    expect(one.complaints).toEqual([]);
  });

  it('works by the keyboard alone', async () => {
    await using scene = await chromium.scene();
    await using one = await chromium.look(scene.url);
    const { page } = one;
    const { keyboard } = page;
    const focused = () =>
      page.evaluate(
        'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent',
      );
    await whole(page);
    await keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the findings');
    for (let tabs = 0; tabs < 30 && !String(await focused()).startsWith('192.168.1.0:'); tabs += 1)
      await keyboard.press('Tab');
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight'])
      await keyboard.press(key);
    expect(await focused()).toMatch(/^192\.168\.1\.50: VIP, announced by w1, of a pool, DHCP may lease it/);
    await keyboard.press('Enter');
    await page.waitForSelector('dialog[open] #card-title');
    expect(await page.textContent('dialog[open]')).toContain('VIP of traefik/traefik');
    expect(page.url()).toContain(`#/ip/${VIP}`);
    await keyboard.press('Escape');
    await page.waitForSelector('dialog[open]', { state: 'detached' });
    await expect.poll(() => page.url()).not.toContain('#/ip');
    await keyboard.press('?');
    expect(await page.textContent('dialog[open]')).toContain('filter the VIPs');
    await keyboard.press('Escape');
    await keyboard.press('/');
    await keyboard.type('jellyfin');
    await page.locator('.vip').nth(1).waitFor({ state: 'detached' });
    expect(await page.textContent('.vip')).toContain('media/jellyfin');
    await keyboard.press('Escape');
    await page.locator('.vip').nth(2).waitFor();
    expect(one.complaints).toEqual([]);
  });

  it.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', { viewport: { width: 390, height: 844 } }],
    ['with forced colours', { forcedColors: 'active' }],
  ] as const)('is accessible: %s', async (_, options) => {
    const world = homeLan();
    phoneTakesVip(world);
    world.vips[1] = { ...world.vips[1]!, up: false };
    await using scene = await chromium.scene(world);
    await using one = await chromium.look(scene.url, options);
    const { page } = one;
    await whole(page);
    expect(await violations(page)).toEqual([]);
    const wide = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(wide).toBe(0);
    await page.click(`td[aria-label^="${VIP}:"]`);
    await page.waitForSelector('dialog[open]');
    expect(await violations(page)).toEqual([]);
    expect(one.complaints).toEqual([]);
  });

  it('shows a name as text, whatever a machine calls itself', async () => {
    const world = homeLan();
    world.phone = HOSTILE;
    phoneTakesVip(world);
    world.claims.push(sampleClaim({ ip: VIP, mac: '02:00:00:00:00:aa' as Mac, node: null }));
    await using scene = await chromium.scene(world);
    await using one = await chromium.look(`${scene.url}#/ip/${VIP}`);
    const { page } = one;
    await page.locator('dialog[open]', { hasText: 'by <img' }).waitFor();
    expect(await page.textContent('dialog[open]')).toContain(HOSTILE);
    expect(await page.textContent('h1')).toContain('<img src=x');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('! vipwatch');
    expect(one.complaints).toEqual([]);
  });

  it('says that it is cut off, and since when, and comes back by itself', async () => {
    await using scene = await chromium.scene();
    await using proxy = await startProxy(scene.url, '/');
    await using one = await chromium.look(proxy.url);
    const { page } = one;
    await verdict(page, 'good');
    await proxy.cut();
    await page.locator('h1', { hasText: /Disconnected since \d+ s\.$/ }).waitFor();
    await page.waitForSelector('.page.stale');
    phoneTakesVip(scene.world);
    await proxy.join();
    await verdict(page, 'critical');
    await page.waitForSelector('.page:not(.stale)');
  });

  it('works under a path of a proxy', async () => {
    await using scene = await chromium.scene();
    await using proxy = await startProxy(scene.url, '/lan/vipwatch/');
    await using one = await chromium.look(proxy.url);
    await verdict(one.page, 'good');
    await whole(one.page);
    raise(scene);
    await verdict(one.page, 'critical');
    expect(one.complaints).toEqual([]);
  });

  it('says what checks found, what they did not look at, and what happens if a node dies', async () => {
    const world = homeLan();
    const done = world.checks!.done!;
    const [warning, skipped] = done.results;
    const critical = { ...warning!, status: 'critical', message: HOSTILE } as const;
    world.checks = {
      ...world.checks!,
      done: {
        ...done,
        results: [warning!, skipped!, critical],
        forecasts: done.forecasts.flatMap((one) =>
          one.node === null ? [] : { ...one, node: one.node === 'w2' ? 'cp' : one.node },
        ),
      },
    };
    await using scene = await chromium.scene(world);
    await using one = await chromium.look(scene.url);
    const { page } = one;
    await page.waitForSelector('#forecast .forecast');
    const checks = page.locator('#checks');
    expect(await checks.locator('article').allTextContents()).toEqual([
      expect.stringContaining(`! critical ${HOSTILE}`),
      expect.stringMatching(/△ warning The new Pod waits for the volume\..*Deployment traefik\/traefik/),
    ]);
    expect(await checks.textContent()).toContain('10 min ago');
    await checks.locator('summary', { hasText: 'Not checked, and why (1)' }).click();
    expect(await checks.locator('details[open]').textContent()).toContain('poddisruptionbudgets: forbidden');
    const forecast = page.locator('#forecast .forecast');
    await forecast.filter({ hasText: '? unknown192.168.1.51dns/dns' }).waitFor();
    expect(await forecast.textContent()).toContain('If cp dies: 192.168.1.51');
    await page.selectOption('#forecast select', 'w1');
    await forecast.filter({ hasText: 'If w1 dies: 192.168.1.50' }).waitFor();
    expect(await forecast.count()).toBe(1);
    expect(one.complaints).toEqual([]);
  });

  it.each([
    [
      'where another agent looks',
      { isOwn: false, node: 'cp', done: null },
      'The agent on cp (192.168.1.10) runs the checks for all',
    ],
    ['before the first look', { done: null }, 'runs the checks for all, and has not run them yet.'],
    [
      'where the last look failed',
      { trouble: { at: 0, reason: 'no answer' } },
      '△ The last run of the checks failed: no answer.',
    ],
  ])('says how it stands with the checks: %s', async (_, over, words) => {
    const world = homeLan();
    world.checks = { ...world.checks!, ...over };
    await using scene = await chromium.scene(world);
    await using one = await chromium.look(scene.url);
    await one.page.locator('#checks', { hasText: words }).waitFor();
    expect(await one.page.locator('#forecast').count()).toBe(world.checks.done === null ? 0 : 1);
    expect(one.complaints).toEqual([]);
  });

  it('has no such section where nobody looks', async () => {
    const world = homeLan();
    world.checks = null;
    await using scene = await chromium.scene(world);
    await using one = await chromium.look(scene.url);
    await Promise.all([
      one.page.waitForResponse((answer) => answer.url().includes('status=skipped')),
      whole(one.page),
    ]);
    await one.page.evaluate('new Promise((done) => setTimeout(() => requestAnimationFrame(done)))');
    expect(await one.page.locator('#checks, #forecast').count()).toBe(0);
  });

  it('has room for 1,000 VIPs and 5,000 claims', async () => {
    const world = homeLan();
    const address = (at: number) => `10.0.${Math.floor(at / 250)}.${(at % 250) + 1}` as IpAddress;
    world.vips = Array.from({ length: 1_000 }, (_, at) =>
      vip(address(at), `shop/web-${at}`, '02:00:00:00:00:11' as Mac, 'w1'),
    );
    world.vips[777] = { ...world.vips[777]!, up: false };
    world.claims = Array.from({ length: 5_000 }, (_, at) => sampleClaim({ ip: address(at) }));
    await using scene = await chromium.scene(world);
    await using one = await chromium.look(scene.url);
    const { page } = one;
    await whole(page);
    expect(await page.textContent('h1')).toContain('1 of 1,000 VIPs is not answered.');
    expect(await page.locator('.vip').count()).toBe(50);
    // Those in trouble come first.
    expect(await page.textContent('.vip')).toContain('shop/web-777');
    expect(one.complaints).toEqual([]);
  });

  it('asks for a failover test with the token, which it keeps nowhere, and shows a refusal as it was said', async () => {
    await using scene = await chromium.scene();
    await using one = await chromium.look(scene.url);
    const { page } = one;
    await whole(page);
    expect(await page.isDisabled('#failover-test [type=submit]')).toBe(true);
    await page.selectOption('#failover-test select', 'freeze');
    expect(await page.textContent('#failover-test form')).toContain('All VIPs of that node are unanswered');
    await page.fill('#failover-test [type=password]', 'secret-token');
    const asked = page.waitForRequest((one) => one.method() === 'POST');
    await page.click('#failover-test [type=submit]');
    expect((await asked).headers().authorization).toBe('Bearer secret-token');
    expect((await asked).postDataJSON()).toEqual({ vip: VIP, mode: 'freeze' });
    await page.waitForSelector('.refusal');
    expect(await page.textContent('.refusal')).toContain(
      'changes are disabled here: this agent is neither in a cluster',
    );
    const kept = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])',
    );
    expect(kept).not.toContain('secret-token');
  });

  it('says that the token crosses the network unencrypted, where it does', async () => {
    // By a name that the browser does not take for its own machine.
    const mapped = await startBrowser(['--host-resolver-rules=MAP cp.local 127.0.0.1']);
    await using scene = await chromium.scene();
    const warningAt = async (url: string) => {
      await using one = await look(mapped, url);
      await whole(one.page);
      return await one.page
        .locator('#failover-test form', { hasText: 'crosses the network unencrypted' })
        .count();
    };
    expect(await warningAt(scene.url)).toBe(0);
    expect(await warningAt(scene.url.replace('127.0.0.1', 'cp.local'))).toBe(1);
    await mapped.close();
  });

  it('opens at a finding, and chooses colours', async () => {
    const world = homeLan();
    const [finding] = phoneTakesVip(world);
    await using scene = await chromium.scene(world);
    await using one = await chromium.look(`${scene.url}#/findings/${encodeURIComponent(finding!.id)}`, {
      colorScheme: 'light',
    });
    await one.page.waitForSelector('.finding[aria-current=true] details[open]');
    const paper = () => one.page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(await paper()).toBe('rgb(255, 255, 255)');
    await one.page.click('text=Colours: auto');
    await expect.poll(paper).toBe('rgb(20, 23, 26)');
  });

  // `SHOTS=1` writes those of the README and docs/page.md.
  it.skipIf(process.env.SHOTS !== '1')('is drawn for the documents', async () => {
    const folder = join(import.meta.dirname, '../../docs/images');
    mkdirSync(folder, { recursive: true });
    const world = homeLan();
    phoneTakesVip(world);
    await using scene = await chromium.scene(world);
    for (const [name, options] of [
      ['page-light', { colorScheme: 'light', viewport: { width: 1_000, height: 1_060 } }],
      ['page-dark', { colorScheme: 'dark', viewport: { width: 1_000, height: 1_060 } }],
      ['page-phone', { colorScheme: 'light', viewport: { width: 390, height: 844 } }],
    ] as const) {
      await using one = await chromium.look(scene.url, options);
      await whole(one.page);
      await one.page.waitForSelector('.minute-u');
      await one.page.screenshot({ path: join(folder, `${name}.png`) });
    }
  });
});

async function violations(page: Page): Promise<unknown[]> {
  // By the debugger's way in: the page's policy lets no other script run.
  await page.evaluate(axe.source);
  const result = (await page.evaluate('axe.run(document)')) as axe.AxeResults;
  return result.violations.map(({ id, nodes }) => [
    id,
    nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary}`),
  ]);
}

interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** Ends all connections, and takes no more. */
  readonly cut: () => Promise<void>;
  /** The same port again. */
  readonly join: () => Promise<void>;
}

/** Passes on what comes under a path, as an ingress does. */
async function startProxy(target: string, path: string): Promise<Proxy> {
  const pass = () =>
    createServer((asked, answer) => {
      if (!asked.url?.startsWith(path)) return void answer.writeHead(404).end();
      const { host: _, ...headers } = asked.headers;
      const onward = request(new URL(asked.url.slice(path.length), target), {
        method: asked.method!,
        headers,
      });
      onward.on('response', (got) => {
        answer.writeHead(got.statusCode!, got.headers);
        got.pipe(answer);
      });
      onward.on('error', () => answer.destroy());
      answer.on('close', () => onward.destroy());
      asked.pipe(onward);
    });
  let server: Server = pass().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return {
    url: `http://127.0.0.1:${port}${path}`,
    cut,
    join: async () => {
      server = pass().listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    [Symbol.asyncDispose]: cut,
  };
}
