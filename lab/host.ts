// A machine of the lab: one cell whose first network card, `eth0`, is plugged into the LAN's switch.
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Cell, type RunResult } from './cell.ts';
import type { LabProcess } from './process.ts';
import type { Switch } from './switch.ts';
import { PROJECT_FOLDER, type Tool, toolPath } from './tools.ts';

export const INTERFACE = 'eth0';

/** A network card beside eth0. */
export interface NetworkCard {
  /** Of the interface; at most 15 characters. */
  readonly name: string;
  readonly switch: Switch;
  readonly mac: string;
  /** With its prefix. */
  readonly address?: string;
}

export interface HostOptions {
  readonly mac: string;
  /** Where eth0 is plugged in. @default the LAN */
  readonly switch?: Switch;
  /** With its prefix, e.g. `192.168.1.10/24` or `fd00::10/64`; a machine without one waits for DHCP. */
  readonly address?: string;
  /** @default no default route */
  readonly gateway?: string;
  /** @default none */
  readonly cards?: readonly NetworkCard[];
}

/** Where a host stands: the cell that it lives in, and what its eth0 is plugged into where its options don't say. */
export interface Place {
  readonly lab: Cell;
  readonly switch: Switch;
  /** Of the switch's port; at most 12 characters: the other cards' ports get names that begin so. */
  readonly port: string;
}

/** A network card and the port that its cable leads to. */
interface Cable extends NetworkCard {
  readonly port: string;
}

export class Host {
  readonly name: string;
  readonly mac: string;
  readonly #place: Place;
  readonly #cables: readonly Cable[];
  readonly #gateway: string | undefined;
  #cell: Cell | undefined;

  private constructor(name: string, place: Place, options: HostOptions) {
    this.name = name;
    this.mac = options.mac;
    this.#place = place;
    const { mac, address, cards = [] } = options;
    const eth0 = {
      name: INTERFACE,
      switch: options.switch ?? place.switch,
      mac,
      ...(address && { address }),
    };
    this.#cables = [eth0, ...cards].map((card, i) => ({
      ...card,
      port: i ? `${place.port}-${i}` : place.port,
    }));
    this.#gateway = options.gateway;
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
   * @throws {Error} where its exit code is not 0 or it takes longer than `timeoutMs` (default 60 s).
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

  /**
   * Resolves when eth0's IPv6 addresses, the link-local one among them, have passed duplicate address detection (RFC 4862,
   * section 5.4), which takes a second or two; or have failed it.
   */
  async ipv6Settled(): Promise<void> {
    for (;;) {
      const { stdout } = await this.run(['ip', '-6', '-oneline', 'address', 'show', 'dev', INTERFACE]);
      const isTentative = /^(?!.* dadfailed ).* tentative /m.test(stdout);
      if (stdout.includes(' fe80:') && !isTentative) return;
      await delay(50);
    }
  }

  /** Pulls a network card's cable; the machine runs on. */
  async unplug(interfaceName: string = INTERFACE): Promise<void> {
    const cable = this.#cable(interfaceName);
    await cable.switch.setPort(cable.port, 'down');
  }

  async plug(interfaceName: string = INTERFACE): Promise<void> {
    const cable = this.#cable(interfaceName);
    await cable.switch.setPort(cable.port, 'up');
  }

  /** Pulls the power: from one moment to the next the machine is silent, kernel included. */
  async powerOff(): Promise<void> {
    const cell = this.#running();
    this.#cell = undefined;
    // The cables first: a namespace whose last process was killed still answers ARP for a moment.
    for (const cable of this.#cables) await cable.switch.disconnect(cable.port);
    await cell.kill();
  }

  /** Starts the machine again as it was made: with its addresses, without any program. */
  async powerOn(): Promise<void> {
    if (this.#cell) throw new Error(`Cannot power on ${this.name}: it is on`);
    const cell = await Cell.create(this.name, this.#place.lab);
    const ip = toolPath('ip');
    for (const { name, switch: network, port, mac, address } of this.#cables) {
      await network.connect(port, cell, name, mac);
      await cell.run([ip, 'link', 'set', name, 'up']);
      if (address) await cell.run([ip, 'address', 'add', ...addressWords(address), 'dev', name]);
    }
    if (this.#gateway) await cell.run([ip, 'route', 'add', 'default', 'via', this.#gateway]);
    this.#cell = cell;
  }

  #cable(interfaceName: string): Cable {
    const cable = this.#cables.find(({ name }) => name === interfaceName);
    if (!cable) throw new Error(`Cannot find ${interfaceName}: ${this.name} has no such network card`);
    return cable;
  }

  #running(): Cell {
    if (!this.#cell) throw new Error(`Cannot use ${this.name}: it is off`);
    return this.#cell;
  }
}

/** IPv6 has no broadcast address. */
function addressWords(address: string): string[] {
  return address.includes(':') ? [address] : [address, 'broadcast', '+'];
}

function resolved([program, ...words]: readonly [string, ...string[]]): string[] {
  return [program.startsWith('/') || program === 'sh' ? program : toolPath(program as Tool), ...words];
}
