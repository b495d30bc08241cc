// Acknowledging on the page, in a real Chromium: by whoever has the token, shown to everyone, and whatever is written is text.
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Authorizer } from '../../src/serve/http/authorization.ts';
import { WHY_NOT } from './browser.ts';
import { homeLan, phoneTakesVip } from './scene.ts';
import { shareBrowser } from './shared-browser.ts';

const TOKEN = 'correct-horse-battery';
const HOSTILE = '<img src=x onerror=document.title="taken">';

const carol: Authorizer = {
  authorize: async (token) =>
    token === TOKEN ? { kind: 'allowed', user: `carol${HOSTILE}` } : { kind: 'unknown' },
};

describe.skipIf(WHY_NOT !== null)('acknowledging on the page', () => {
  const chromium = shareBrowser();

  async function scene() {
    const world = homeLan();
    phoneTakesVip(world);
    return await chromium.scene(world, carol);
  }

  async function fill(page: Page, comment: string, token: string): Promise<void> {
    await page.click('.acknowledge > button >> nth=0');
    await page.fill('.acknowledge input:not([type=password])', comment);
    await page.fill('.acknowledge [type=password]', token);
    await page.click('.acknowledge [type=submit]');
  }

  it('shows who, why and until when, as text, says so in the verdict, and takes it back', async () => {
    await using one = await scene();
    await using seen = await chromium.look(one.url);
    const { page } = seen;
    await page.waitForSelector('.verdict.critical');
    const critical = one.world.findings.filter(({ severity }) => severity === 'critical').length;
    expect(await page.textContent('.verdict')).not.toContain('acknowledged');
    await fill(page, `the router ${HOSTILE}`, TOKEN);
    const told = page.locator('.acknowledge p', { hasText: 'Acknowledged' }).first();
    await told.waitFor();
    expect(await told.textContent()).toContain(`by carol${HOSTILE}, until `);
    expect(await told.textContent()).toContain(`: the router ${HOSTILE}`);
    expect(await page.title()).toBe('! vipwatch');
    expect(await page.locator('.finding img').count()).toBe(0);
    const words = critical === 1 ? '1 critical, acknowledged.' : `${critical} critical, 1 acknowledged.`;
    await page.locator('.verdict.critical', { hasText: words }).waitFor();
    const result = (await page.evaluate(
      `${axe.source}; axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] })`,
    )) as axe.AxeResults;
    expect(result.violations.map(({ id }) => id)).toEqual([]);

    // Somebody else who looks has it as well, and no token.
    await using other = await chromium.look(one.url);
    await other.page.locator('.acknowledge p', { hasText: `the router ${HOSTILE}` }).waitFor();
    await other.page.click('.acknowledge > button >> nth=0');
    expect(await other.page.inputValue('.acknowledge [type=password]')).toBe('');

    await page.click('.acknowledge > button >> nth=0');
    await page.click('.acknowledge form [type=button]');
    await told.waitFor({ state: 'detached' });
    expect(one.world.findings.some(({ acknowledged }) => acknowledged)).toBe(false);
    expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])')).toBe(
      '[{},{},""]',
    );
    expect([...seen.complaints, ...other.complaints]).toEqual([]);
  });

  it('needs a comment and a token, and shows a refusal as it was said', async () => {
    await using one = await scene();
    await using seen = await chromium.look(one.url);
    const { page } = seen;
    await page.click('.acknowledge > button >> nth=0');
    expect(await page.isDisabled('.acknowledge [type=submit]')).toBe(true);
    await page.fill('.acknowledge [type=password]', 'x');
    expect(await page.isDisabled('.acknowledge [type=submit]')).toBe(true);
    await page.fill('.acknowledge input:not([type=password])', 'known');
    await page.click('.acknowledge [type=submit]');
    await page.locator('.acknowledge .refusal', { hasText: 'the token is wrong or has expired' }).waitFor();
    expect(one.world.findings.some(({ acknowledged }) => acknowledged)).toBe(false);
    // The field takes no more than is kept.
    await page.fill('.acknowledge input:not([type=password])', '');
    await page.focus('.acknowledge input:not([type=password])');
    await page.keyboard.insertText('x'.repeat(10_000));
    expect((await page.inputValue('.acknowledge input:not([type=password])')).length).toBe(200);
  });
});
