// A machine of the lab: one cell with one interface, `eth0`, on the LAN's switch.
import { readFile, writeFile } from 'node:fs/promises';
import { Cell, type RunResult } from './cell.ts';
import type { LabProcess } from './process.ts';
import type { Switch } from './switch.ts';
import { PROJECT_FOLDER, type Tool, toolPath } from './tools.ts';

export const INTERFACE = 'eth0';

export interface HostOptions {
  readonly mac: string;
  /** With its prefix, e.g. `192.168.1.10/24`; a machine without one waits for DHCP. */
  readonly address?: string;
  /** @default no default route */
  readonly gateway?: string;
}

/** Where a host stands: the cell that it lives in and the switch it is wired to. */
export interface Place {
  readonly lab: Cell;
  readonly switch: Switch;
  /** Of the switch's port; at most 15 characters, as for every Linux interface. */
  readonly port: string;
}

export class Host {
  readonly name: string;
  readonly mac: string;
  readonly #place: Place;
  readonly #options: HostOptions;
  #cell: Cell | undefined;

  private constructor(name: string, place: Place, options: HostOptions) {
    this.name = name;
    this.mac = options.mac;
    this.#place = place;
    this.#options = options;
  }

  /** The machine, running and plugged in. */
  static async create(name: string, place: Place, options: HostOptions): Promise<Host> {
    const host = new Host(name, place, options);
    await host.powerOn();
    return host;
  }

  get isOn(): boolean {
    return this.#cell !== undefined;
  }

  /** Starts a program of the machine's, or any by its full path. It ends with the host at the latest. */
  spawn(
    command: readonly [Tool | `/${string}`, ...string[]],
    environment?: Record<string, string>,
  ): LabProcess {
    return this.#running().spawn(resolved(command), environment);
  }

  /** Starts a program of this project on the project's own Node. */
  spawnScript(file: string, words: readonly string[] = [], environment?: Record<string, string>): LabProcess {
    return this.#running().spawn([process.execPath, `${PROJECT_FOLDER}/${file}`, ...words], environment);
  }

  /**
   * Runs a program to its end.
   *
   * @throws {Error} where its exit code is not 0 or it takes longer than `timeoutMs` (default 10 s).
   */
  async run(
    command: readonly [Tool | 'sh' | `/${string}`, ...string[]],
    options: { readonly timeoutMs?: number } = {},
  ): Promise<RunResult> {
    return await this.#running().run(resolved(command), options);
  }

  /** Writes a file that only this machine has. Below `/run/lab`, which is in memory and gone with the machine. */
  async writeFile(path: `/run/lab/${string}`, text: string, mode = 0o644): Promise<void> {
    await writeFile(this.path(path), text, { mode });
  }

  async readFile(path: string): Promise<string> {
    return await readFile(this.path(path), 'utf8');
  }

  /** Where the host's file is for the programs outside the lab, while the host is on. */
  path(inside: string): string {
    return this.#running().path(inside);
  }

  /** Every IPv4 address that eth0 has now, without the prefix. */
  async addresses(): Promise<string[]> {
    const { stdout } = await this.run(['ip', '-4', '-oneline', 'address', 'show', 'dev', INTERFACE]);
    return [...stdout.matchAll(/ inet ([\d.]+)/g)].map((match) => match[1]!);
  }

  /** Pulls the network cable; the machine runs on. */
  async unplug(): Promise<void> {
    await this.#place.switch.setPort(this.#place.port, 'down');
  }

  async plug(): Promise<void> {
    await this.#place.switch.setPort(this.#place.port, 'up');
  }

  /** Pulls the power: from one moment to the next the machine is silent, kernel included. */
  async powerOff(): Promise<void> {
    const cell = this.#running();
    this.#cell = undefined;
    // The cable first: a namespace whose last process was killed still answers ARP for a moment.
    await this.#place.switch.disconnect(this.#place.port);
    await cell.kill();
  }

  /** Starts the machine again as it was made: with its address, without any program. */
  async powerOn(): Promise<void> {
    if (this.#cell) throw new Error(`Cannot power on ${this.name}: it is on`);
    const cell = await Cell.create(this.name, this.#place.lab);
    await this.#place.switch.connect(this.#place.port, cell, INTERFACE, this.mac);
    const ip = toolPath('ip');
    await cell.run([ip, 'link', 'set', INTERFACE, 'up']);
    const { address, gateway } = this.#options;
    if (address) await cell.run([ip, 'address', 'add', address, 'broadcast', '+', 'dev', INTERFACE]);
    if (gateway) await cell.run([ip, 'route', 'add', 'default', 'via', gateway]);
    this.#cell = cell;
  }

  #running(): Cell {
    if (!this.#cell) throw new Error(`Cannot use ${this.name}: it is off`);
    return this.#cell;
  }
}

function resolved([program, ...words]: readonly [string, ...string[]]): string[] {
  return [program.startsWith('/') || program === 'sh' ? program : toolPath(program as Tool), ...words];
}
