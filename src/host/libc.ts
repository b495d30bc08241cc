// The C library's functions that Node has no equivalent for. Little-endian 64-bit Linux: the structures that the callers
// lay out are the same on x64, arm64 and riscv64.

import { endianness } from 'node:os';
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';
import type { Millis } from '../base/time.ts';

/** Memory outside of JavaScript's heap: neither moved nor freed behind our back. */
export type Pointer = bigint;

export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array | Pointer, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number;
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  recv(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  read(fd: number, bytes: Uint8Array, length: number): number;
  write(fd: number, bytes: Uint8Array, length: number): number;
  close(fd: number): number;
  /** Run on a thread of libuv's pool each: the kernel may take a while. */
  closeAsync(fd: number, done: () => void): void;
  munmapAsync(address: Pointer, length: number, done: () => void): void;
  eventfd(initial: number, flags: number): number;
  /** Bytes. */
  getpagesize(): number;
  mmap(
    address: null,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ): Pointer | null;
  munmap(address: Pointer, length: number): number;
  madvise(address: Pointer, length: number, advice: number): number;
  /** These two are of glibc alone. */
  mallocTrim: ((keep: number) => number) | undefined;
  mallopt: ((parameter: number, value: number) => number) | undefined;
  clock_gettime(clock: number, timespec: Uint8Array): number;
  /** Runs on a thread of libuv's pool; `done` is called with the number of ready descriptors. */
  pollAsync(
    pollfds: Pointer,
    count: number,
    timeoutMs: Millis,
    done: (error: Error | null, ready: number) => void,
  ): void;
}

/** A system call failed. `code` is the errno's name, e.g. `ENODEV`. */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError';
  readonly code: string;

  constructor(call: string, code: string) {
    super(`${call} failed: ${code}`);
    this.code = code;
  }
}

let loaded: Libc | undefined;

/** Throws Error where the platform is not supported. */
export function libc(): Libc {
  loaded ??= load();
  return loaded;
}

/** Name of the last failed call's errno. */
export function errnoName(): string {
  return getSystemErrorName(-koffi.errno());
}

/** Passes the result on, or throws SystemCallError for -1. */
export function checked(call: string, result: number): number {
  if (result < 0) throw new SystemCallError(call, errnoName());
  return result;
}

/** Zeroed memory for structures that hold pointers or that a thread writes to; released with `release`. */
export function allocate(length: number): { pointer: Pointer; bytes: Uint8Array } {
  const pointer: Pointer = koffi.alloc('uint8_t', length);
  const bytes = memoryAt(pointer, length).fill(0);
  return { pointer, bytes };
}

export function release(pointer: Pointer): void {
  koffi.free(pointer);
}

/** A view of memory that is not JavaScript's: touching it after its release ends the process. */
export function memoryAt(pointer: Pointer, length: number): Uint8Array {
  return new Uint8Array(koffi.view(pointer, length));
}

function load(): Libc {
  if (process.platform !== 'linux' || endianness() !== 'LE' || koffi.sizeof('void *') !== 8) {
    throw new Error(
      `Cannot capture on ${process.platform} ${process.arch}: needs 64-bit little-endian Linux (x64, arm64, riscv64)`,
    );
  }
  const library = koffi.load(null);
  const close = library.func('int close(int fd)');
  const munmap = library.func('int munmap(void *address, size_t length)');
  const poll = library.func('int poll(void *fds, unsigned long nfds, int timeout)');
  return {
    socket: library.func('int socket(int domain, int type, int protocol)'),
    bind: library.func('int bind(int fd, void *address, uint32_t length)'),
    setsockopt: library.func('int setsockopt(int fd, int level, int name, void *value, uint32_t length)'),
    getsockopt: library.func('int getsockopt(int fd, int level, int name, void *value, void *length)'),
    send: library.func('long send(int fd, void *bytes, size_t length, int flags)'),
    recv: library.func('long recv(int fd, void *bytes, size_t length, int flags)'),
    read: library.func('long read(int fd, void *bytes, size_t length)'),
    write: library.func('long write(int fd, void *bytes, size_t length)'),
    close,
    closeAsync: close.async,
    eventfd: library.func('int eventfd(unsigned int initial, int flags)'),
    getpagesize: library.func('int getpagesize()'),
    mmap: library.func(
      'void *mmap(void *address, size_t length, int protection, int flags, int fd, long offset)',
    ),
    munmap,
    munmapAsync: munmap.async,
    madvise: library.func('int madvise(uintptr_t address, size_t length, int advice)'),
    mallocTrim: optional(() => library.func('int malloc_trim(size_t keep)')),
    mallopt: optional(() => library.func('int mallopt(int parameter, int value)')),
    clock_gettime: library.func('int clock_gettime(int clock, void *timespec)'),
    pollAsync: poll.async,
  };
}

function optional<Value>(find: () => Value): Value | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}
