// The real Chromium of the machine, for tests that look at the page as a person does.
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

/** Null: there is none, and such tests are skipped. */
export const WHY_NOT = CHROMIUM === undefined ? 'chromium is not installed' : null;

const TELL_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (violation) =>
  console.error('policy: ' + violation.violatedDirective + ' ' + violation.blockedURI))`;

/** @param more arguments of Chromium */
export async function startBrowser(more: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    executablePath: CHROMIUM!,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', ...more],
  });
}

export interface Look extends AsyncDisposable {
  readonly page: Page;
  /** What the browser complained of: violations of the policy, errors, scripts that failed. */
  readonly complaints: string[];
}

export async function look(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Look> {
  const context = await browser.newContext({ viewport: { width: 1_100, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  // Text, as it runs in the browser.
  await page.addInitScript({ content: TELL_VIOLATIONS });
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}
