// Makes a lab, says which processes it is made of, and waits: for the tests that kill a lab's owner.
import { readdirSync, readFileSync } from 'node:fs';
import { Lab } from '../../lab/lab.ts';

const lab = await Lab.create();
const host = await lab.host('host', { mac: '02:00:00:00:00:01', address: '192.168.1.1/24' });
const program = host.spawn(['/bin/sleep', '1000']);
// A stopped program is the hardest to take along.
await program.signal('SIGSTOP');
process.stdout.write(`${JSON.stringify(descendants(process.pid))}\n`);
setInterval(() => {}, 1_000_000);

function descendants(pid: number): number[] {
  const parentOf = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // Fields 3 and 4 (proc(5)) come after the name in parentheses, which may hold anything.
      const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      parentOf.set(Number(name), Number(parent));
    } catch {
      // It ended meanwhile.
    }
  }
  const found = [pid];
  for (const one of found) for (const [child, parent] of parentOf) if (parent === one) found.push(child);
  return found.slice(1);
}
