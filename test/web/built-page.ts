// The page, built from web/ as it is now, in a folder of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPage } from '../../scripts/page.ts';
import { Page } from '../../src/serve/http/page.ts';

export async function builtPage(): Promise<{ readonly page: Page; readonly file: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'vipwatch-page-'));
  const file = join(folder, 'page.json');
  await buildPage(file);
  return {
    page: new Page(file),
    file,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
