// An agent under chaos: it is started, killed and started again, and looked at all the while.
import { readFile } from 'node:fs/promises';
import type { Api } from '../api.ts';
import type { Host } from '../host.ts';
import type { LabProcess } from '../process.ts';
import { apiOf } from '../roles/tunnel.ts';
import type { AgentName } from './plan.ts';

const CONFIG = '/run/lab/vipwatch.json';
const DISK = '/run/lab/disk';
export const JOURNAL = `${DISK}/journal.db`;
/** Room for the journal, and little beside it. */
const DISK_SIZE = '80m';
const START_TIMEOUT_MS = 60_000;
const PORT = 9797;

export interface ChaosAgentOptions {
  readonly name: AgentName;
  readonly host: Host;
  readonly command: readonly [`/${string}`, ...string[]];
  readonly environment: Record<string, string>;
  readonly config: object;
}

export class ChaosAgent {
  readonly name: AgentName;
  readonly host: Host;
  readonly api: Api;
  readonly #options: ChaosAgentOptions;
  #process: LabProcess | undefined;
  #restarts = 0;

  private constructor(options: ChaosAgentOptions, api: Api) {
    this.name = options.name;
    this.host = options.host;
    this.api = api;
    this.#options = options;
  }

  /** With a disk of its own; not started yet. */
  static async create(options: ChaosAgentOptions): Promise<ChaosAgent> {
    const { host, config } = options;
    await host.run(['sh', '-c', `mkdir -p ${DISK} && mount -t tmpfs -o size=${DISK_SIZE} tmpfs ${DISK}`]);
    await host.writeFile(CONFIG, JSON.stringify(config));
    return new ChaosAgent(options, await apiOf(host, PORT));
  }

  /** How often it ended by itself. */
  get restarts(): number {
    return this.#restarts;
  }

  start(): void {
    const { host, command, environment } = this.#options;
    const process = host.spawn([...command, 'run', '--config', CONFIG], environment);
    this.#process = process;
    void process.exited.then(() => {
      if (this.#process !== process) return;
      this.#restarts += 1;
      console.log(`  ${this.name}: ended by itself: ${process.describe()}`);
      this.start();
    });
  }

  /** False where it does not within a minute. */
  async untilReady(): Promise<boolean> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if ((await this.api.get('/readyz').catch(() => undefined))?.status === 200) return true;
      await new Promise((done) => setTimeout(done, 100));
    }
    console.log(`  ${this.name}: NOT READY: ${this.#process?.describe()}`);
    return false;
  }

  /** Without a word. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    await process?.signal('SIGKILL');
    await process?.exited;
  }

  async signal(name: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    await this.#process?.signal(name);
  }

  /** Undefined where it does not run. */
  async pid(): Promise<number | undefined> {
    return this.#process && !this.#process.exit ? await this.#process.pid : undefined;
  }

  /** Bytes, and of these the ones that no file holds; undefined where it does not run. */
  async resident(): Promise<{ readonly all: number; readonly anonymous: number } | undefined> {
    const pid = await this.pid();
    const status =
      pid === undefined ? undefined : await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
    const bytes = (name: string) =>
      1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status ?? '')?.[1] ?? Number.NaN);
    const all = bytes('VmRSS');
    return Number.isNaN(all) ? undefined : { all, anonymous: bytes('RssAnon') };
  }

  async fillDisk(): Promise<void> {
    await this.host.run(['sh', '-c', `dd if=/dev/zero of=${DISK}/filler bs=64k 2>/dev/null || true`]);
  }

  async clearDisk(): Promise<void> {
    await this.host.run(['sh', '-c', `rm -f ${DISK}/filler`]);
  }
}
