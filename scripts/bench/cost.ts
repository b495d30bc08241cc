// What a program costs from start to end: its CPU time and the most memory it held.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Cost {
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

const POLL_MS = 20;

/** Runs it with its output thrown away. Rejects where it fails. The peak is the kernel's own, last read before the end. */
export function costOf(command: readonly string[]): Promise<Cost> {
  // The shell waits for the program and so knows its CPU time to the millisecond.
  const script = 'TIMEFORMAT="cpu %3U %3S"; time { "$@" >/dev/null 2>&1; }';
  const shell = spawn('bash', ['-c', script, 'bash', ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  shell.stderr.on('data', (chunk) => {
    said += chunk;
  });
  let peakMiB = 0;
  const timer = setInterval(() => {
    peakMiB = Math.max(peakMiB, peakOfChildren(shell.pid));
  }, POLL_MS);
  return new Promise((resolve, reject) => {
    shell.once('error', reject);
    shell.once('close', (code) => {
      clearInterval(timer);
      const times = /cpu ([\d.]+) ([\d.]+)/.exec(said);
      if (code !== 0 || !times) reject(new Error(`${command.join(' ')} failed with exit code ${code}`));
      else resolve({ cpuSeconds: Number(times[1]) + Number(times[2]), peakMiB });
    });
  });
}

/** The best of several runs: what others do on a shared machine only ever adds. */
export async function bestCostOf(command: readonly string[], runs = 3): Promise<Cost> {
  const costs = [];
  for (let i = 0; i < runs; i += 1) costs.push(await costOf(command));
  return costs.reduce((a, b) => (b.cpuSeconds < a.cpuSeconds ? b : a));
}

function peakOfChildren(pid: number | undefined): number {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean);
    return Math.max(0, ...children.map((child) => peakOf(Number(child))));
  } catch {
    return 0;
  }
}

/** Of so many MiB; a megabyte is a million bytes. */
export function megabytes(mib: number): number {
  return mib * 1.048576;
}

/** Resident memory at its highest so far, in MiB. */
export function peakOf(pid: number): number {
  return memoryOf(pid, 'VmHWM');
}

/** Resident memory now, in MiB. */
export function residentOf(pid: number): number {
  return memoryOf(pid, 'VmRSS');
}

function memoryOf(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
}
