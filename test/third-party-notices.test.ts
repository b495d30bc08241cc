// The licences of what is shipped: which packages, and what is refused.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { noticesText, packageFoldersOf, readPackage } from '../scripts/third-party-notices.ts';

const root = mkdtempSync(join(tmpdir(), 'vipwatch-notices-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A package of these files beside its package.json. */
function packageOf(name: string, files: Readonly<Record<string, string>>, license?: string): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.2.3', license }));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

describe('packageFoldersOf()', () => {
  it('finds the innermost package of each file, scoped or not, and none of own files', () => {
    expect(
      packageFoldersOf([
        'src/main.ts',
        'node_modules/ajv/lib/a.js',
        'node_modules/ajv/lib/b.js',
        'node_modules/ajv/node_modules/fast-uri/index.js',
        'node_modules/@fastify/error/index.js',
      ]),
    ).toEqual(['node_modules/@fastify/error', 'node_modules/ajv', 'node_modules/ajv/node_modules/fast-uri']);
  });
});

describe('readPackage()', () => {
  it('takes the licence by whatever name, and the notice that goes with it', () => {
    const folder = packageOf('both', { 'license.md': 'may\n', NOTICE: 'by us', 'README.md': 'x' }, 'MIT');
    expect(readPackage(folder)).toEqual({
      name: 'both',
      version: '1.2.3',
      licence: 'MIT',
      texts: ['may', 'by us'],
    });
  });

  it('refuses a package without a text, with an empty one, or without a word of its licence', () => {
    const refused = /^Cannot ship none@1\.2\.3: it has no licence text/;
    expect(() => readPackage(packageOf('none', { 'index.js': '' }, 'MIT'))).toThrow(refused);
    expect(() => readPackage(packageOf('none', { LICENSE: '' }, 'MIT'))).toThrow(refused);
    expect(() => readPackage(packageOf('none', { LICENSE: 'may' }))).toThrow(refused);
    // A notice is no licence.
    const noticed = packageOf('noticed', { NOTICE: 'by us' }, 'MIT');
    expect(() => readPackage(noticed)).toThrow(/no licence text/);
  });

  it('takes the text by hand, of that very version, where the package has none', () => {
    const byHand = join(root, 'by-hand');
    mkdirSync(byHand);
    writeFileSync(join(byHand, '@scope+handed@1.2.3.txt'), 'by hand');
    writeFileSync(join(byHand, 'older@1.2.2.txt'), 'by hand');
    expect(readPackage(packageOf('@scope/handed', {}, 'MIT'), [], byHand).texts).toEqual(['by hand']);
    expect(() => readPackage(packageOf('older', {}, 'MIT'), [], byHand)).toThrow(/no licence text/);
  });

  it('has no text by hand that no package needs any more', () => {
    const needed = readdirSync(new URL('../scripts/licences', import.meta.url)).map((file) => {
      const [name, version] = /^(.+)@([^@]+)\.txt$/.exec(file)!.slice(1);
      const folder = new URL(`../node_modules/${name!.replace('+', '/')}`, import.meta.url).pathname;
      const text = readPackage(folder).texts.at(0);
      return [
        `${name}@${version}`,
        readPackage(folder).version === version && text?.includes('no text of its licence'),
      ];
    });
    expect(needed).toEqual(needed.map(([id]) => [id, true]));
  });
});

describe('noticesText()', () => {
  it('has one section for each version of each package, by name', () => {
    const one = { name: 'b', version: '1.0.0', licence: 'MIT', texts: ['text of b'] };
    const text = noticesText([one, { ...one, name: 'a' }, one, { ...one, version: '2.0.0' }]);
    expect(text.match(/^\w+ \d\.0\.0 \(MIT\)$/gm)).toEqual([
      'a 1.0.0 (MIT)',
      'b 1.0.0 (MIT)',
      'b 2.0.0 (MIT)',
    ]);
  });
});
