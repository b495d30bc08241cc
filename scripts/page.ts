// Bundles web/ into one file of the page that agents serve: `node scripts/page.ts [FILE]`, by default web/page.json, where a
// checkout looks for it.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const WEB = join(ROOT, 'web');

/** What src/serve/http/page.ts reads. */
export interface PageFile {
  readonly index: string;
  readonly assets: Readonly<Record<string, { readonly type: string; readonly text: string }>>;
}

/** The files that went into it, below the project's folder, for their licences. */
export async function buildPage(file: string): Promise<string[]> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [join(WEB, 'app.tsx'), join(WEB, 'app.css')],
    outdir: WEB,
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    // The first with `light-dark()`, which all its colours are made of.
    target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const assets: Record<string, { type: string; text: string }> = {};
  const textOf = (ending: string, type: string) => {
    const { text } = outputFiles.find(({ path }) => path.endsWith(ending))!;
    const name = `app-${createHash('sha256').update(text).digest('hex').slice(0, 12)}${ending}`;
    assets[name] = { type, text };
    return name;
  };
  const script = textOf('.js', 'text/javascript; charset=utf-8');
  const style = textOf('.css', 'text/css; charset=utf-8');
  const index = readFileSync(join(WEB, 'index.html'), 'utf8')
    .replace('app.css', `assets/${style}`)
    .replace('app.js', `assets/${script}`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ index, assets } satisfies PageFile));
  return Object.keys(metafile.inputs);
}

if (import.meta.main) await buildPage(resolve(process.argv[2] ?? join(WEB, 'page.json')));
