// Plain counters, ever growing; their keys are fixed words and interface names.

/** The protocol a frame was counted under; `ethernet` for what was refused before its protocol was known. */
export type Protocol = 'ethernet' | 'arp' | 'ndp' | 'dhcp' | 'other';

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
  readonly #byInterface = new Map<string, Record<Protocol, number>>();
  #lastInterface = '';
  #last: Record<Protocol, number> = noFrames();
  readonly #malformed = new Map<string, { protocol: Protocol; reason: string; count: number }>();
  readonly #ignored = new WordCounters();
  frames = 0;

  seen(interfaceName: string): void {
    this.frames += 1;
    if (interfaceName === this.#lastInterface) return;
    this.#lastInterface = interfaceName;
    this.#last = this.#byInterface.get(interfaceName) ?? noFrames();
    this.#byInterface.set(interfaceName, this.#last);
  }

  /** Counts the frame seen last under its protocol. */
  of(protocol: Protocol): void {
    this.#last[protocol] += 1;
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
      framesByProtocol: [...this.#byInterface].flatMap(([name, counts]) =>
        Object.entries(counts).map(([protocol, count]) => ({
          protocol: protocol as Protocol,
          interface: name,
          count,
        })),
      ),
      malformed: [...this.#malformed.values()],
      ignored: this.#ignored.entries().map(([reason, count]) => ({ reason, count })),
    };
  }
}

function noFrames(): Record<Protocol, number> {
  return { ethernet: 0, arp: 0, ndp: 0, dhcp: 0, other: 0 };
}
