// A LAN's switch: a bridge in a namespace that no host is in, with a port for each network card. Everything that
// crosses it can be watched here, unicast included: the lab's referee.
import { type Cell, isRoot } from './cell.ts';
import type { LabProcess } from './process.ts';
import { PROJECT_FOLDER, toolPath } from './tools.ts';

// A switch that says nothing of its own: no router solicitations, no duplicate address detection.
const SILENT =
  'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6';

export interface Capture {
  /** The pcap file, for as long as the lab lives. */
  readonly path: string;
  /** Ends the capture and returns the path; every frame that crossed the switch before the call is then in the file. */
  stop(): Promise<string>;
}

export class Switch {
  readonly #cell: Cell;
  /** The bridge, by the interface's name in the cell. */
  readonly #bridge: string;
  #captures = 0;

  private constructor(cell: Cell, bridge: string) {
    this.#cell = cell;
    this.#bridge = bridge;
  }

  /** A cell may have several, each with a name of its own. */
  static async create(cell: Cell, name: string): Promise<Switch> {
    const ip = toolPath('ip');
    await cell.run(['sh', '-c', SILENT]);
    // Without snooping, multicast goes to every port, as on the cheap switches of a home. Ports forward at once.
    const bridge = [ip, 'link', 'add', name, 'type', 'bridge', 'mcast_snooping', '0', 'forward_delay', '0'];
    await cell.run(bridge);
    // Promiscuous, the bridge hands itself a copy of what it forwards from port to port.
    await cell.run([ip, 'link', 'set', name, 'promisc', 'on', 'up']);
    return new Switch(cell, name);
  }

  /** Lays a cable from a new port to a new, unconfigured interface of the other cell. */
  async connect(port: string, to: Cell, interfaceName: string, mac: string): Promise<void> {
    const ip = toolPath('ip');
    const peer = ['peer', 'name', interfaceName, 'address', mac, 'netns', String(await to.pidInParent())];
    await this.#cell.run([ip, 'link', 'add', port, 'type', 'veth', ...peer]);
    await this.#cell.run([ip, 'link', 'set', port, 'master', this.#bridge, 'up']);
  }

  /** Takes the port away; the interface at its other end goes with it. */
  async disconnect(port: string): Promise<void> {
    await this.#cell.run([toolPath('ip'), 'link', 'del', port]);
  }

  /** Pulls the cable or puts it back; the host sees its carrier go and come. */
  async setPort(port: string, state: 'up' | 'down'): Promise<void> {
    await this.#cell.run([toolPath('ip'), 'link', 'set', port, state]);
  }

  /**
   * Records what crosses the switch, unicast included; recording has begun when this resolves. As root it is every frame,
   * by tcpdump; otherwise those of ARP, NDP and DHCP, by this project's own capture.
   */
  async capture(): Promise<Capture> {
    this.#captures += 1;
    const file = `/run/lab/capture-${this.#bridge}-${this.#captures}.pcap`;
    const recorder = isRoot() ? this.#tcpdump(file) : this.#recorder(file);
    await recorder.waitForLine(/listening/);
    const path = this.#cell.path(file);
    return {
      path,
      stop: async () => {
        if (isRoot()) await drained(recorder);
        await recorder.stop();
        return path;
      },
    };
  }

  #tcpdump(file: string): LabProcess {
    return this.#cell.spawn([
      toolPath('tcpdump'),
      '-i',
      this.#bridge,
      '--immediate-mode',
      // The kernel keeps that much room for each frame: of a whole offloaded packet's it would hold 250, which a busy machine fills.
      '--snapshot-length=2048',
      '--buffer-size=16384',
      '-Z',
      'root',
      '-U',
      '-w',
      file,
    ]);
  }

  #recorder(file: string): LabProcess {
    const program = [process.execPath, `${PROJECT_FOLDER}/lab/recorder.ts`, this.#bridge];
    return this.#cell.spawn(['sh', '-c', 'file=$1; shift; exec "$@" >"$file"', 'sh', file, ...program]);
  }
}

/** A signal to end would make tcpdump leave behind what it has not yet read from the kernel; its counts tell. */
async function drained(recorder: LabProcess): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const from = recorder.output.length;
    await recorder.signal('SIGUSR1');
    const [, captured, received] = await recorder.waitForLine(COUNTS, { from });
    const [, dropped] = await recorder.waitForLine(DROPPED, { from });
    if (dropped !== '0') throw new Error(`The capture is incomplete: ${recorder.describe()}`);
    if (captured === received) return;
  }
  throw new Error(`The capture does not catch up with the kernel: ${recorder.describe()}`);
}

const DROPPED = /(\d+) packets? dropped by kernel/;
const COUNTS = /(\d+) packets? captured, (\d+) packets? received by filter/;
