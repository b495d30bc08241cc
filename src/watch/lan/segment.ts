// Broadcast domains: an interface, or a VLAN on it.
import { BoundedMap } from '../../base/bounded-map.ts';
import { MINUTE, type Micros } from '../../base/time.ts';
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
/** A tag that was heard over so much time is less likely to be made up than one that was heard for a moment. */
const ESTABLISHED_AFTER = MINUTE;
/** So many that were forgotten keep their object: what still speaks of them speaks of the same ones when they are back. */
const MAX_FORGOTTEN = 4_096;

interface Tagged {
  readonly segment: Segment;
  readonly firstHeard: Micros;
  lastHeard: Micros;
}

export class Segments {
  readonly #untagged = new Map<string, Segment>();
  /** Of interfaces that are captured themselves: this machine says how many there are. */
  readonly #captured = new Map<string, Segment>();
  /** Made by tags, in the order of last hearing: those that were only heard for a moment, and the others. */
  readonly #passing = new Map<string, Tagged>();
  readonly #established = new Map<string, Tagged>();
  readonly #forgotten = new BoundedMap<string, Segment>(MAX_FORGOTTEN);
  readonly #onForgotten: (segment: Segment) => void;
  /** Those that made room for others. */
  evictions = 0;

  /** @param onForgotten told of each segment that is forgotten: what is known of it goes with it. */
  constructor(onForgotten: (segment: Segment) => void) {
    this.#onForgotten = onForgotten;
  }

  /** How many are known by their tags alone. */
  get size(): number {
    return this.#passing.size + this.#established.size;
  }

  /** This machine has an interface on it: it is not merely named by the tag of a frame. */
  isCaptured({ vlan, name }: Segment): boolean {
    return vlan === null || this.#captured.has(name);
  }

  /** The same of the segment of this name. */
  isCapturedAs(name: string): boolean {
    return this.#untagged.has(name) || this.#captured.has(name);
  }

  /** That of a link's own frames: of an interface, or of a VLAN that has an interface of its own here. */
  ofLink(link: Link): Segment {
    if (link.vlan === null) return this.#untaggedAt(link.interface);
    const name = segmentName(link);
    const known = this.#captured.get(name);
    if (known) return known;
    const segment = this.#taggedAt(name)?.segment ?? this.#objectOf({ ...link, name });
    this.#passing.delete(name);
    this.#established.delete(name);
    this.#captured.set(name, segment);
    return segment;
  }

  /**
   * That of a frame that came over a link with these tags, made at first sight; where there are too many, the one unheard for
   * longest is forgotten.
   */
  of(link: Link, tags: readonly number[], at: Micros): Segment {
    if (tags.length === 0) return this.ofLink(link);
    const vlans = link.vlan === null ? tags : [link.vlan, ...tags];
    const name = [link.interface, ...vlans].join('.');
    return (
      this.#captured.get(name) ??
      this.#heard(name, at) ??
      this.#add({ interface: link.interface, vlan: vlans[0]!, name }, at)
    );
  }

  /** This process's object for a segment of the same name. Those that no frame brings back are the first to be forgotten. */
  restore(segment: Segment, now: Micros): Segment {
    const { name } = segment;
    if (segment.vlan === null) return this.#untaggedAt(segment.interface);
    return this.#captured.get(name) ?? this.#taggedAt(name)?.segment ?? this.#add(segment, now);
  }

  /** The same for what only tells of it: that keeps no segment from being forgotten, and pushes none out. */
  named(segment: Segment): Segment {
    const { name } = segment;
    if (segment.vlan === null) return this.#untaggedAt(segment.interface);
    const known = this.#captured.get(name) ?? this.#taggedAt(name)?.segment ?? this.#forgotten.get(name);
    if (known) return known;
    this.#forgotten.set(name, segment);
    return segment;
  }

  /** Forgets the tagged ones unheard since `before`. */
  forget(before: Micros): void {
    for (const tagged of [this.#passing, this.#established]) {
      for (const { segment, lastHeard } of tagged.values()) {
        if (lastHeard >= before) break;
        this.#forget(tagged, segment);
      }
    }
  }

  #untaggedAt(interfaceName: string): Segment {
    const known = this.#untagged.get(interfaceName);
    if (known) return known;
    const segment = { interface: interfaceName, vlan: null, name: interfaceName };
    this.#untagged.set(interfaceName, segment);
    return segment;
  }

  #taggedAt(name: string): Tagged | undefined {
    return this.#passing.get(name) ?? this.#established.get(name);
  }

  #heard(name: string, at: Micros): Segment | undefined {
    const known = this.#taggedAt(name);
    if (!known) return undefined;
    known.lastHeard = at;
    this.#passing.delete(name);
    this.#established.delete(name);
    const isPassing = at - known.firstHeard < ESTABLISHED_AFTER;
    (isPassing ? this.#passing : this.#established).set(name, known);
    return known.segment;
  }

  #add(segment: Segment, at: Micros): Segment {
    if (this.size >= MAX_TAGGED_SEGMENTS) {
      const tagged = this.#passing.size > 0 ? this.#passing : this.#established;
      for (const { segment: longestUnheard } of tagged.values()) {
        this.#forget(tagged, longestUnheard);
        this.evictions += 1;
        break;
      }
    }
    const own = this.#objectOf(segment);
    this.#passing.set(own.name, { segment: own, firstHeard: at, lastHeard: at });
    return own;
  }

  #forget(tagged: Map<string, Tagged>, segment: Segment): void {
    tagged.delete(segment.name);
    this.#forgotten.set(segment.name, segment);
    this.#onForgotten(segment);
  }

  #objectOf(segment: Segment): Segment {
    const own = this.#forgotten.get(segment.name) ?? segment;
    this.#forgotten.delete(segment.name);
    return own;
  }
}
