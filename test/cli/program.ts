import { type ExecFileException, execFile } from 'node:child_process';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
export const PROGRAM = join(ROOT, 'bin/vipwatch');
export const HOME_LAN = join(ROOT, 'test/data/home-lan-phone-gets-vip.pcap');
export const HOME_LAN_CONFIG = join(ROOT, 'test/data/home-lan.yaml');

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as a person would, from a folder that is not its own. */
export function vipwatch(args: readonly string[], input?: Uint8Array): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      PROGRAM,
      args,
      { cwd: '/', timeout: 60_000 },
      (error: ExecFileException | null, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** Each line of JSON output. */
export function lines(stdout: string): Record<string, unknown>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
