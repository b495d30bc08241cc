/** A broadcast domain as this node sees it. One object per segment and process, so that it can be compared with `===`. */
export interface Segment {
  readonly interface: string;
  readonly vlan: number | null;
  /** `eth0`, or `eth0.10` for VLAN 10 on it. */
  readonly name: string;
}

/** VLAN tags come from frames, so a flood of made-up tags must not make segments without end. */
const MAX_SEGMENTS = 256;

export class Segments {
  readonly #byName = new Map<string, Segment>();
  readonly #untagged = new Map<string, Segment>();

  /** The segment, made at first sight; undefined once there are too many. */
  of(interfaceName: string, vlan: number | null): Segment | undefined {
    if (vlan === null) return this.#untagged.get(interfaceName) ?? this.#add(interfaceName, null);
    return this.#byName.get(`${interfaceName}.${vlan}`) ?? this.#add(interfaceName, vlan);
  }

  all(): readonly Segment[] {
    return [...this.#byName.values()];
  }

  #add(interfaceName: string, vlan: number | null): Segment | undefined {
    if (this.#byName.size >= MAX_SEGMENTS) return undefined;
    const name = vlan === null ? interfaceName : `${interfaceName}.${vlan}`;
    const segment: Segment = { interface: interfaceName, vlan, name };
    this.#byName.set(name, segment);
    if (vlan === null) this.#untagged.set(interfaceName, segment);
    return segment;
  }
}
