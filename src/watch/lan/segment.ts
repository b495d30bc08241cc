// Broadcast domains: an interface, or a VLAN on it.
import type { Link } from '../../net/frame.ts';

/** A broadcast domain as this node sees it. One object per segment and process, so that it can be compared with `===`. */
export interface Segment {
  readonly interface: string;
  /** The (outer) VLAN id; null for untagged frames. */
  readonly vlan: number | null;
  /** `eth0`, `eth0.10` for VLAN 10 on it, `eth0.10.20` for VLAN 20 inside that. */
  readonly name: string;
}

/** As `eth0`, `eth0.10`, of a link's untagged frames. */
export function segmentName({ interface: name, vlan }: Link): string {
  return vlan === null ? name : `${name}.${vlan}`;
}

/** VLAN tags come from frames, so a flood of made-up tags must not make segments without end. */
const MAX_TAGGED_SEGMENTS = 256;

export class Segments {
  readonly #byName = new Map<string, Segment>();
  readonly #untagged = new Map<string, Segment>();
  #tagged = 0;

  /** The segment, made at first sight; undefined for a tagged one once there are too many. */
  of(interfaceName: string, vlans: readonly number[]): Segment | undefined {
    if (vlans.length === 0) {
      const known = this.#untagged.get(interfaceName);
      if (known) return known;
      const segment = this.restore({ interface: interfaceName, vlan: null, name: interfaceName });
      if (segment) this.#untagged.set(interfaceName, segment);
      return segment;
    }
    return this.restore({
      interface: interfaceName,
      vlan: vlans[0] ?? null,
      name: [interfaceName, ...vlans].join('.'),
    });
  }

  /** This process's object for a segment of the same name. */
  restore(segment: Segment): Segment | undefined {
    const known = this.#byName.get(segment.name);
    if (known) return known;
    if (segment.vlan !== null) {
      if (this.#tagged >= MAX_TAGGED_SEGMENTS) return undefined;
      this.#tagged += 1;
    }
    this.#byName.set(segment.name, segment);
    return segment;
  }
}
