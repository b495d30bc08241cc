// The first file of the packaged program, which `scripts/bundle.ts` puts before all others: written so that any Node that has
// modules reads it, for a Node that is too old fails at others with a stack that tells nobody why.
/* global NEEDED_NODE */
const major = Number.parseInt(process.versions.node, 10);
if (major < NEEDED_NODE) {
  process.stderr.write(
    'vipwatch: Node ' +
      process.versions.node +
      ' is too old: version ' +
      NEEDED_NODE +
      ' or newer is needed; ' +
      process.execPath +
      ' is the one that runs\n',
  );
  process.exit(2);
}
import('./main.js');
