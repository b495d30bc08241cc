// The processes of a node, as /proc shows them: to find those of a container by what was put into its environment.
import { readdirSync, readFileSync } from 'node:fs';

/** Of the processes whose environment holds the variable with this value. Those that may not be read are none. */
export function processesWith(variable: string, value: string): number[] {
  const wanted = `${variable}=${value}`;
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(wanted)
        ? [Number(name)]
        : [];
    } catch {
      // It has ended meanwhile, or is another user's.
      return [];
    }
  });
}

/** Whether it was there to be signalled. @throws where that is not allowed. */
export function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
