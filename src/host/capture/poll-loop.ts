// Waits for any of several descriptors on one background thread (poll(2)), and calls back on the main thread.
import { allocate, checked, libc, type Pointer, release } from '../libc.ts';

const POLLIN = 0x1;
const POLLERR = 0x8;
const POLLFD_LENGTH = 8;
const EFD_CLOEXEC_NONBLOCK = 0x80800;
/** An upper bound on how long a wake-up that got lost could delay the process's end. */
const TIMEOUT_MS = 1000;
/** Under a flood something is ready all the time: each look costs more than what it finds. */
const MOMENT_MS = 8;

interface Readiness {
  readonly readable: boolean;
  /** The descriptor has an error pending; poll reports it again and again until it is fetched. */
  readonly failed: boolean;
}

/** How much there was to read; `unread`: more than is read in one turn. */
export type Load = 'little' | 'much' | 'unread';

export interface Watched {
  readonly fd: number;
  readonly onReady: (readiness: Readiness) => Load;
}

export class PollLoop {
  readonly #watched = new Set<Watched>();
  readonly #wakeFd: number;
  readonly #stopped: Promise<void>;
  #resolveStopped = (): void => {};
  #closing = false;
  #pause: NodeJS.Timeout | undefined;
  #pollfds: Pointer | undefined;
  #capacity = 0;
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor() {
    this.#wakeFd = checked('eventfd', libc().eventfd(0, EFD_CLOEXEC_NONBLOCK));
    this.#stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve;
    });
    // Node waits for its pool's threads before it exits, also after an uncaught error: don't keep it waiting.
    process.on('exit', this.#wake);
    this.#wait();
  }

  add(watched: Watched): void {
    this.#watched.add(watched);
    this.#wake();
  }

  /** The descriptor may be closed right away: a poll under way holds the open file, and its result is not looked at. */
  remove(watched: Watched): void {
    this.#watched.delete(watched);
    this.#wake();
  }

  /** Resolves when the thread is back, after which nothing is called any more. */
  close(): Promise<void> {
    this.#closing = true;
    if (this.#pause === undefined) this.#wake();
    else {
      clearTimeout(this.#pause);
      this.#wait();
    }
    return this.#stopped;
  }

  readonly #wake = (): void => {
    libc().write(this.#wakeFd, new Uint8Array(BigUint64Array.of(1n).buffer), 8);
  };

  #wait(): void {
    if (this.#closing) {
      process.off('exit', this.#wake);
      if (this.#pollfds !== undefined) release(this.#pollfds);
      libc().close(this.#wakeFd);
      this.#resolveStopped();
      return;
    }
    const entries = [...this.#watched];
    const pointer = this.#prepare(entries);
    libc().pollAsync(pointer, entries.length + 1, TIMEOUT_MS, () => {
      let isFlooded = false;
      // A failed poll (EINTR) leaves no result; asking again is all there is to do.
      try {
        isFlooded = this.#dispatch(entries);
      } finally {
        if (!isFlooded || this.#closing) this.#wait();
        else this.#pause = setTimeout(() => this.#resume(), MOMENT_MS);
      }
    });
  }

  #resume(): void {
    this.#pause = undefined;
    this.#wait();
  }

  #prepare(entries: readonly Watched[]): Pointer {
    if (this.#pollfds === undefined || entries.length + 1 > this.#capacity) {
      if (this.#pollfds !== undefined) release(this.#pollfds);
      this.#capacity = Math.max(8, (entries.length + 1) * 2);
      const memory = allocate(this.#capacity * POLLFD_LENGTH);
      this.#pollfds = memory.pointer;
      this.#view = new DataView(memory.bytes.buffer);
    }
    [this.#wakeFd, ...entries.map((entry) => entry.fd)].forEach((fd, i) => {
      this.#view.setInt32(i * POLLFD_LENGTH, fd, true);
      this.#view.setInt16(i * POLLFD_LENGTH + 4, POLLIN, true);
      this.#view.setInt16(i * POLLFD_LENGTH + 6, 0, true);
    });
    return this.#pollfds;
  }

  /** True where much came, and all of it was read. */
  #dispatch(entries: readonly Watched[]): boolean {
    const loads = new Set<Load>();
    if (this.#revents(0) !== 0) libc().read(this.#wakeFd, new Uint8Array(8), 8);
    entries.forEach((entry, i) => {
      const revents = this.#revents(i + 1);
      if (revents === 0 || this.#closing || !this.#watched.has(entry)) return;
      loads.add(entry.onReady({ readable: (revents & POLLIN) !== 0, failed: (revents & POLLERR) !== 0 }));
    });
    return loads.has('much') && !loads.has('unread');
  }

  #revents(position: number): number {
    return this.#view.getInt16(position * POLLFD_LENGTH + 6, true);
  }
}
