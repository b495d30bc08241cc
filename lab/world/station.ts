// A machine that is no node: a phone on Wi-Fi, which comes, sleeps, goes and has another MAC the next day, or a computer.
import { SECOND } from '../../src/base/time.ts';
import { DhcpClient } from './dhcp-client.ts';
import { Host } from './host.ts';
import { CABLE } from './link.ts';
import { stationMac } from './macs.ts';
import type { StationPlan } from './scenario.ts';
import type { Surroundings } from './surroundings.ts';
import { napOf, type Sleep, WIFI } from './wifi.ts';

/** Phones doze most of the time, even in a hand. */
const DOZES = 0.7;
const STATE_CHANGES_EVERY = [5 * SECOND, 40 * SECOND] as const;

export class Station {
  readonly plan: StationPlan;
  readonly host: Host;
  readonly client: DhcpClient | null;
  readonly #world: Surroundings;
  #sleep: Sleep = 'awake';

  constructor(world: Surroundings, plan: StationPlan) {
    this.plan = plan;
    this.#world = world;
    const wiring = { kind: 'plain', link: plan.wifi ? WIFI : CABLE } as const;
    this.host = new Host(world, plan.name, [{ name: 'lan', mac: plan.mac, ip: null, wiring }]);
    this.host.powered = false;
    const { random } = this.host;
    this.client =
      plan.ip === null
        ? new DhcpClient(world, this.host, {
            hostname: plan.name,
            claim: plan.claim,
            clientId: plan.clientId,
          })
        : null;
    if (plan.wifi) this.#port.nap = napOf(() => this.#sleep, random.fork('nap'));
    if (plan.kind === 'phone') this.#doze();
  }

  get present(): boolean {
    return this.host.powered;
  }

  join(): void {
    if (this.present) return;
    this.host.powered = true;
    this.#port.plugBack();
    if (this.client) this.client.start();
    else this.host.card.ip = this.plan.ip;
    this.#world.lookAgain();
  }

  /** @param politely it gives its lease back. */
  leave(politely: boolean): void {
    if (!this.present) return;
    this.client?.stop(politely);
    this.host.powered = false;
    this.#port.pull();
    this.#world.lookAgain();
  }

  sleep(): void {
    this.#sleep = 'asleep';
  }

  wake(): void {
    this.#sleep = 'awake';
  }

  /**
   * As iOS and Android do for each network, or each day, before they join.
   * @throws {RangeError} while it is on the LAN.
   */
  randomizeMac(): void {
    if (this.present) throw new RangeError(`${this.plan.name} is on the LAN with its MAC`);
    this.host.card.mac = stationMac(this.host.random);
    this.client?.forget();
  }

  #doze(): void {
    this.#world.queue.after(this.host.random.between(...STATE_CHANGES_EVERY), () => {
      if (this.#sleep !== 'asleep') this.#sleep = this.host.random.chance(DOZES) ? 'dozing' : 'awake';
      this.#doze();
    });
  }

  get #port() {
    return this.host.card.wiring.ports[0]!;
  }
}
