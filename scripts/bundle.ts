// Bundles the program into dist/vipwatch.js, which looks at Node's version and loads dist/main.js, with a chunk for each command
// that loads parts of its own: the daemon starts faster and smaller so, and a replay loads no web server. koffi stays outside: it
// loads a native library beside its code. The licences of all that is in there go with it.
// `node scripts/bundle.ts [FOLDER [CLOCK]]`: into another folder, and with a file in place of src/host/clock.ts, for `make chaos`.
import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import packageJson from '../package.json' with { type: 'json' };
import { buildPage } from './page.ts';
import { noticesText, packageFoldersOf, readPackage } from './third-party-notices.ts';

/** What koffi's native library is built from, besides koffi. */
const IN_KOFFI = ['vendor/node-addon-api/LICENSE.md', 'vendor/node-api-headers/LICENSE'];

const root = join(import.meta.dirname, '..');
const outdir = resolve(process.argv[2] ?? join(root, 'dist'));

const plugins = process.argv.slice(3).map((file) => otherClock(resolve(file)));

rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { main: join(root, 'src/main.ts') },
  outdir,
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  platform: 'node',
  format: 'esm',
  target: 'node26',
  external: ['koffi'],
  plugins,
  // CommonJS packages among the dependencies require Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  legalComments: 'linked',
  // The daemon keeps the text of what it has loaded. Names stay, and lines as short as a crash can show.
  minifyWhitespace: true,
  lineLimit: 160,
  metafile: true,
  logLevel: 'warning',
});
await build({
  entryPoints: { vipwatch: join(root, 'scripts/entry.js') },
  outdir,
  // No syntax that an old Node does not read.
  target: 'node14',
  define: { NEEDED_NODE: String(Number.parseInt(packageJson.engines.node.slice('>='.length), 10)) },
  logLevel: 'warning',
});
const ofPage = await buildPage(join(outdir, 'web/page.json'));
const bundled = packageFoldersOf([...Object.keys(metafile.inputs), ...ofPage]).map((folder) =>
  readPackage(join(root, folder)),
);
const koffi = readPackage(join(root, 'node_modules/koffi'), IN_KOFFI);
writeFileSync(
  join(outdir, 'THIRD-PARTY-NOTICES.txt'),
  noticesText([...bundled, koffi, { ...koffi, name: '@koromix/koffi-linux-*' }]),
);
const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
console.log(
  `dist/vipwatch.js and ${Object.keys(metafile.outputs).length} more files, ${Math.round(bytes / 1024)} KiB; licences of ${bundled.length + 1} packages`,
);

function otherClock(clock: string): Plugin {
  return {
    name: 'another clock',
    setup: ({ onResolve }) =>
      onResolve({ filter: /\/clock\.ts$/ }, ({ path, resolveDir, importer }) => {
        const isClock = resolve(resolveDir, path) === join(root, 'src/host/clock.ts');
        return isClock && importer !== clock ? { path: clock } : undefined;
      }),
  };
}
