// Chromium and the page built anew, which all tests of a file share: there before the first, gone after the last.
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type { Authorizer } from '../../src/serve/http/authorization.ts';
import { type Look, look, startBrowser } from './browser.ts';
import { builtPage } from './built-page.ts';
import { type Scene, startScene, type World } from './scene.ts';

export interface SharedBrowser {
  /** An agent that serves the page. @param authorizer null: nobody may change anything. */
  scene(world?: World, authorizer?: Authorizer | null): Promise<Scene>;
  look(url: string, options?: BrowserContextOptions): Promise<Look>;
}

/** To be called in a `describe`; it is of use in hooks and tests. */
export function shareBrowser(): SharedBrowser {
  let browser: Browser;
  let built: Awaited<ReturnType<typeof builtPage>>;
  beforeAll(async () => {
    built = await builtPage();
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await built?.[Symbol.asyncDispose]();
  });
  return {
    scene: async (world, authorizer) => await startScene(built.page, world, authorizer),
    look: async (url, options) => await look(browser, url, options),
  };
}
