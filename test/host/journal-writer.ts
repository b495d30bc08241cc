// A process of its own that writes to a journal, for tests that kill it. Arguments: path, how many rows (0: without end),
// and a file to remove at the first warning.
// Prints `row N` once row N is written, and warnings as `warn TEXT`; `done DURABLE WAITING` at the end.
import { rmSync } from 'node:fs';
import { HOUR, SECOND } from '../../src/base/time.ts';
import { Journal } from '../../src/host/journal.ts';

const [path = '', count = '0', ballast] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const start = 1_772_366_400 * SECOND;
const journal = new Journal({
  path,
  maxAge: 10_000 * HOUR,
  maxSize: 16 * 1024 * 1024,
  now: start,
  warn: (message) => {
    say(`warn ${message}`);
    if (ballast !== undefined) rmSync(ballast);
  },
});
const total = Number(count);

function write(number: number): void {
  if (total > 0 && number > total) {
    say(`done ${journal.durable} ${journal.waiting}`);
    journal.close(start + HOUR);
    return;
  }
  // Ten seconds for each row: what failed is always due to be tried again.
  const at = start + number * SECOND * 10;
  const row = {
    kind: 'lease',
    key: String(number),
    at: start,
    json: JSON.stringify({ number, pad: 'x'.repeat(500) }),
  };
  if (journal.put([row], at)) say(`row ${number}`);
  setImmediate(() => write(number + 1));
}
write(1);
