// What Kea's configuration says of ranges and reservations, as its file or `config-get` gives it.
import { at, items, textAt } from '../base/json.ts';
import type { Draft } from './draft.ts';
import type { TextReader } from './imported.ts';

/** @param config what holds `Dhcp4`. Whether it does. */
export function addKeaConfig(draft: Draft, config: unknown): boolean {
  const dhcp4 = at(config, 'Dhcp4');
  if (typeof dhcp4 !== 'object') return false;
  const shared = items(at(dhcp4, 'shared-networks')).flatMap((network) => items(at(network, 'subnet4')));
  for (const subnet of [...items(at(dhcp4, 'subnet4')), ...shared]) {
    // `A-B`, `A - B`, or a network.
    for (const pool of items(at(subnet, 'pools'))) draft.range(textAt(pool, 'pool') ?? '');
    addReservations(draft, subnet);
  }
  addReservations(draft, dhcp4);
  return true;
}

function addReservations(draft: Draft, holder: unknown): void {
  for (const reservation of items(at(holder, 'reservations'))) {
    const ip = textAt(reservation, 'ip-address');
    if (ip === undefined) continue;
    draft.reservation(ip, textAt(reservation, 'hw-address') ?? null, textAt(reservation, 'hostname') ?? null);
  }
}

/** Characters. */
const MAX_FILE = 4 * 1024 * 1024;

/** The file as a whole. */
export class KeaConf implements TextReader {
  readonly #draft: Draft;
  #text = '';

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  add(text: string): void {
    if (this.#text.length <= MAX_FILE) this.#text += text;
  }

  finish(): string | null {
    if (this.#text.length > MAX_FILE) return 'its configuration is longer than 4 MiB';
    return addKeaConfig(this.#draft, parseKeaJson(this.#text))
      ? null
      : 'its configuration is not that of kea-dhcp4';
  }
}

/** Kea's own JSON, with comments as it allows them: `#` and `//` to the end of the line, and those of C. Undefined: it is none. */
export function parseKeaJson(text: string): unknown {
  const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"|#.*|\/\/.*|\/\*[\s\S]*?\*\//g, (found) =>
    found.startsWith('"') ? found : ' ',
  );
  try {
    return JSON.parse(bare);
  } catch {
    return undefined;
  }
}
