// Plain counters, ever growing; their keys are fixed words and interface names.
import type { Micros } from '../../base/time.ts';

/** The protocol a frame was counted under; `ethernet` for what was refused before its protocol was known. */
export type Protocol = 'ethernet' | 'arp' | 'ndp' | 'dhcp' | 'dhcpv6' | 'other';

export interface FrameCounts {
  readonly frames: number;
  /** By protocol and interface. */
  readonly framesByProtocol: readonly {
    readonly protocol: Protocol;
    readonly interface: string;
    readonly count: number;
  }[];
  readonly malformed: readonly {
    readonly protocol: Protocol;
    readonly reason: string;
    readonly count: number;
  }[];
  /** Frames of no interest, by reason word. */
  readonly ignored: readonly { readonly reason: string; readonly count: number }[];
  /** When the last frame that this node did not send came from each interface; null: none yet. */
  readonly lastHeard: readonly { readonly interface: string; readonly at: Micros | null }[];
}

interface InterfaceCounts {
  readonly frames: Record<Protocol, number>;
  heardAt: Micros | null;
}

export class WordCounters {
  readonly #counts = new Map<string, number>();

  add(word: string): void {
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1);
  }

  entries(): [string, number][] {
    return [...this.#counts];
  }
}

/** What became of every frame. */
export class FrameCounters {
  readonly #byInterface = new Map<string, InterfaceCounts>();
  #lastInterface = '';
  #last: InterfaceCounts = noFrames();
  readonly #malformed = new Map<string, { protocol: Protocol; reason: string; count: number }>();
  readonly #ignored = new WordCounters();
  frames = 0;

  seen(interfaceName: string, outgoing: boolean, at: Micros): void {
    this.frames += 1;
    if (interfaceName !== this.#lastInterface) {
      this.#lastInterface = interfaceName;
      this.#last = this.#byInterface.get(interfaceName) ?? noFrames();
      this.#byInterface.set(interfaceName, this.#last);
    }
    if (!outgoing) this.#last.heardAt = at;
  }

  /** Counts the frame seen last under its protocol. */
  of(protocol: Protocol): void {
    this.#last.frames[protocol] += 1;
  }

  malformed(protocol: Protocol, reason: string): undefined {
    const key = `${protocol}/${reason}`;
    const counter = this.#malformed.get(key) ?? { protocol, reason, count: 0 };
    counter.count += 1;
    this.#malformed.set(key, counter);
    return undefined;
  }

  ignored(reason: string): undefined {
    this.#ignored.add(reason);
    return undefined;
  }

  counts(): FrameCounts {
    return {
      frames: this.frames,
      framesByProtocol: [...this.#byInterface].flatMap(([name, { frames }]) =>
        Object.entries(frames).map(([protocol, count]) => ({
          protocol: protocol as Protocol,
          interface: name,
          count,
        })),
      ),
      malformed: [...this.#malformed.values()],
      ignored: this.#ignored.entries().map(([reason, count]) => ({ reason, count })),
      lastHeard: [...this.#byInterface].map(([name, { heardAt: at }]) => ({ interface: name, at })),
    };
  }
}

function noFrames(): InterfaceCounts {
  return { frames: { ethernet: 0, arp: 0, ndp: 0, dhcp: 0, dhcpv6: 0, other: 0 }, heardAt: null };
}
