// A crowd of http-crowd.ts on a machine of the lab.
import type { Host } from './host.ts';
import type { LabProcess } from './process.ts';

export interface CrowdReport {
  readonly asked: number;
  readonly answers: number;
  readonly bytes: number;
  /** How often each status but 200, and each error of the system, was met. */
  readonly errors: Readonly<Record<string, number>>;
  /** Of probes since the last report, in milliseconds. */
  readonly probes: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

export class Crowd implements AsyncDisposable {
  readonly #process: LabProcess;

  private constructor(process: LabProcess) {
    this.#process = process;
  }

  /** @param from their addresses in turn; none: the host's own. */
  static async start(
    host: Host,
    kind: 'read' | 'unread' | 'idle' | 'probe',
    count: number,
    server: string,
    paths: readonly string[],
    from: readonly string[] = [],
  ): Promise<Crowd> {
    const words = [kind, String(count), server, paths.join(','), from.join(',')];
    const process = host.spawnScript('lab/http-crowd.ts', words);
    await process.waitForLine(/^begun$/);
    return new Crowd(process);
  }

  async report(): Promise<CrowdReport> {
    const from = this.#process.output.length;
    this.#process.stdin.write('report\n');
    const [line] = await this.#process.waitForLine(/^\{.*/, { from, timeoutMs: 30_000 });
    return JSON.parse(line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop('SIGKILL');
  }
}
