// `make simulate-plants`: plants faults in copies of the rules, one by one, and sees whether 300 seeds turn red. Exit code 1 where one
// goes unnoticed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAULTS, type Fault } from './world/plants/faults.ts';

const ROOT = join(import.meta.dirname, '..');
/** All that the worlds are made of; test/ has objects of the Kubernetes API. */
const COPIED = ['package.json', 'src', 'lab', 'test/cluster-intent', 'test/data/world'];
const SEEDS = 300;
const SHOWN = 100;
const [wanted = ''] = process.argv.slice(2);

const faults = FAULTS.filter(({ what }) => what.includes(wanted));
let unnoticed = 0;
for (const fault of faults) {
  const shown = await shownBy(fault);
  if (shown === null) unnoticed += 1;
  console.log(
    `${shown === null ? 'UNNOTICED' : 'noticed  '}  ${fault.what}${shown === null ? '' : `: ${shown}`}`,
  );
}
console.log(`${faults.length - unnoticed} of ${faults.length} planted faults noticed`);
process.exitCode = unnoticed === 0 ? 0 : 1;

/** What the first red seed says; null: none is red. */
async function shownBy({ file, find, replace }: Fault): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'vipwatch-plant-'));
  try {
    for (const part of COPIED) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const path = join(folder, 'src', file);
    const source = readFileSync(path, 'utf8');
    if (source.split(find).length !== 2) throw new RangeError(`Not there once: ${find} in src/${file}`);
    writeFileSync(
      path,
      source.replace(find, () => replace),
    );
    return await firstRed(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function firstRed(folder: string): Promise<string | null> {
  const words = ['lab/simulate.ts', '--seeds', String(SEEDS), '--until-red'];
  const child = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  if (code === 0) return null;
  const red = /^seed (.+) \(.*\n {2}WRONG, (.*)$/m.exec(output);
  // Without a red seed it failed for another reason.
  if (code !== 1 || !red) throw new Error(`simulate.ts ended with ${code}:\n${output}`);
  return `seed ${red[1]}: ${red[2]!.slice(0, SHOWN)}`;
}
