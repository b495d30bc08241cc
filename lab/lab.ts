// A LAN of network namespaces: real kernels' ARP, real programs, on wires that lead nowhere else. Several may run at
// once, with the same addresses: nothing of them is seen outside. Needs root, or a kernel that lets everyone make user
// namespaces.
import { Cell } from './cell.ts';
import { Host, type HostOptions } from './host.ts';
import { Switch } from './switch.ts';

export class Lab implements AsyncDisposable {
  /** The LAN's. */
  readonly switch: Switch;
  readonly #cell: Cell;
  readonly #names = new Set<string>();
  #networks = 0;

  private constructor(cell: Cell, lanSwitch: Switch) {
    this.#cell = cell;
    this.switch = lanSwitch;
  }

  /**
   * An empty LAN. It ends when disposed of, and with the process that made it, however that ends.
   *
   * @throws {Error} where this machine does not let it make namespaces, or a tool is missing.
   */
  static async create(): Promise<Lab> {
    const cell = await Cell.create('switch');
    try {
      return new Lab(cell, await Switch.create(cell, 'br0'));
    } catch (error) {
      await cell.kill();
      throw error;
    }
  }

  /** Another network, for hosts that have a card in it; nothing leads from it to the LAN. */
  async network(): Promise<Switch> {
    this.#networks += 1;
    return await Switch.create(this.#cell, `br${this.#networks}`);
  }

  /**
   * Adds a machine to the LAN, or to the network that its options name; `name` is its own in this lab. Several may be
   * added at the same time.
   */
  async host(name: string, options: HostOptions): Promise<Host> {
    if (this.#names.has(name)) throw new Error(`Cannot add ${name}: the lab has a host of this name`);
    this.#names.add(name);
    const port = `port${this.#names.size}`;
    return await Host.create(name, { lab: this.#cell, switch: this.switch, port }, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cell.kill();
  }
}
