// The page for people: read once somebody asks for it, and kept compressed.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

/** Beside the bundle, and in a checkout where `scripts/page.ts` writes it. */
const FILE = join('web', 'page.json');
const INDEX = '';
const MAX_COMPRESSION = 9;

export interface PageAsset {
  readonly type: string;
  readonly gzip: Uint8Array;
}

export class Page {
  #assets: Promise<ReadonlyMap<string, PageAsset>> | null = null;
  readonly #file: string | undefined;

  /** @param file @default the nearest above this file */
  constructor(file?: string) {
    this.#file = file;
  }

  /** Undefined: there is none of this name, or no page at all. */
  async asset(name: string): Promise<PageAsset | undefined> {
    this.#assets ??= this.#read();
    const assets = await this.#assets;
    // It may be there by the next time, as in a checkout.
    if (assets.size === 0) this.#assets = null;
    return assets.get(name);
  }

  index(): Promise<PageAsset | undefined> {
    return this.asset(INDEX);
  }

  async #read(): Promise<ReadonlyMap<string, PageAsset>> {
    const text = await (this.#file === undefined ? nearest() : readFile(this.#file, 'utf8'));
    if (text === undefined) return new Map();
    const { index, assets } = JSON.parse(text) as {
      readonly index: string;
      readonly assets: Readonly<Record<string, { readonly type: string; readonly text: string }>>;
    };
    const all = { [INDEX]: { type: 'text/html; charset=utf-8', text: index }, ...assets };
    return new Map(
      Object.entries(all).map(([name, { type, text: content }]) => [
        name,
        { type, gzip: gzipSync(content, { level: MAX_COMPRESSION }) },
      ]),
    );
  }
}

/** For who takes no gzip. */
export function plain({ gzip }: PageAsset): Uint8Array {
  return gunzipSync(gzip);
}

async function nearest(): Promise<string | undefined> {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const text = await readFile(join(folder, FILE), 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}
