// One AF_PACKET socket on one interface, read through a memory-mapped ring (packet(7), docs/decisions/0001).
// Not promiscuous: it sees what the host's NIC accepts anyway, and a few multicast groups beside. Promiscuous mode would hide real
// faults, such as a NIC that drops broadcasts (metallb#2388). Solicitations for other hosts' IPv6 addresses go to groups
// that the NIC doesn't listen to and stay unseen; advertisements to all nodes, and every ARP broadcast, arrive.

import { MILLISECOND, type Millis } from '../../base/time.ts';
import {
  allocate,
  checked,
  errnoName,
  libc,
  memoryAt,
  type Pointer,
  release,
  SystemCallError,
} from '../libc.ts';
import { MULTICAST_GROUPS, membershipOf } from './multicast-groups.ts';
import { encodeFilter, packetFilter } from './packet-filter.ts';
import { type Delivery, deliverBlock, RingReader } from './packet-ring.ts';
import type { Load } from './poll-loop.ts';
import { MIN_BLOCKS, type RingShape, ringShape, WHOLE_RING } from './ring-shape.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const ETH_P_ALL = 3;

const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SO_ATTACH_FILTER = 26;
const SO_TIMESTAMPNS = 35;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const TPACKET_V3 = 2;

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const MSG_DONTWAIT = 0x40;

/**
 * Read before other sockets and the rest of the process have their turn: whatever frames cost, a request that takes a few turns
 * is answered soon. Milliseconds.
 */
const TURN_MS = 10;
/**
 * While frames come faster than they are read for so long, and the kernel loses some, those that waited for longer make room: as
 * many are lost as without, but what is read is of now. Milliseconds.
 */
const TOO_LATE_MS = 1000;
/** So many blocks that are ready at one time were full ones, mostly. */
const MUCH_AT_ONCE = 4;
/** Read between two looks at the clock. */
const BYTES_PER_LOOK = 256 * 1024;

/** The process may not open packet sockets. The message says what to do. */
export class NoPacketSocketPermission extends Error {
  override readonly name = 'NoPacketSocketPermission';

  constructor() {
    super(
      `Cannot capture: no permission for packet sockets. Run as root, or \`sudo setcap cap_net_raw+ep ${process.execPath}\`, or in Kubernetes add the NET_RAW capability`,
    );
  }
}

type SendRefusal = 'interface-down' | 'no-such-interface' | 'queue-full' | 'too-long' | 'refused';
export type SendResult = 'sent' | SendRefusal;

export class PacketSocket {
  readonly fd: number;
  readonly #map: Pointer;
  readonly #mapLength: number;
  readonly #blockLength: number;
  #ring: RingReader | undefined;
  /** Since when more was ready than a turn could read; null: all was read. */
  #behindSince: Millis | null = null;
  /** When frames were lost last, by the kernel or here. */
  #lostAt: Millis = Number.NEGATIVE_INFINITY;
  #skipped = 0;

  /**
   * @param ringBytes rounded up to whole blocks, and halved while the kernel has no memory for it. @default 4 MiB
   * @throws NoPacketSocketPermission, or SystemCallError where the interface is gone or memory is short.
   */
  constructor(interfaceIndex: number, ringBytes: number = WHOLE_RING) {
    const fd = openSocket();
    this.fd = fd;
    try {
      attachFilter(fd);
      // The stamp is taken when the frame enters the host, not when it reaches the ring.
      setInt(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
      setInt(fd, SOL_PACKET, PACKET_VERSION, TPACKET_V3);
      const { blockLength, blocks } = createRing(fd, ringBytes);
      this.#blockLength = blockLength;
      this.#mapLength = blockLength * blocks;
      this.#map = mapRing(fd, this.#mapLength);
    } catch (error) {
      libc().close(fd);
      throw error;
    }
    this.#ring = new RingReader(memoryAt(this.#map, this.#mapLength), this.#blockLength);
    const address = linkLayerAddress(interfaceIndex);
    try {
      checked('bind', libc().bind(fd, address, address.length));
      for (const group of MULTICAST_GROUPS) join(fd, membershipOf(group, interfaceIndex));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Bytes of the ring, as the kernel made it. */
  get ringBytes(): number {
    return this.#mapLength;
  }

  /**
   * Delivers what is ready, for a bounded time; `onReading` runs first, and now and then in between.
   * @param whole all that the ring holds now, however long it takes.
   */
  drain(
    delivery: Delivery,
    onReading: () => void,
    whole = false,
  ): { readonly delivered: number; readonly load: Load } {
    let delivered = 0;
    let blocks = 0;
    const most = this.#mapLength / this.#blockLength;
    const betweenLooks = BYTES_PER_LOOK / this.#blockLength;
    const begun = performance.now();
    const until = whole ? Number.POSITIVE_INFINITY : begun + TURN_MS;
    if (!whole) this.#skipLate(begun);
    // The handler may close this socket, which unmaps the ring.
    while (this.#ring?.take()) {
      if (blocks % betweenLooks === 0) onReading();
      delivered += deliverBlock(this.#ring.bytes, this.#ring.words, delivery);
      blocks += 1;
      if (blocks >= most || performance.now() >= until) {
        this.#behindSince ??= begun;
        return { delivered, load: 'unread' };
      }
    }
    this.#behindSince = null;
    return { delivered, load: blocks >= MUCH_AT_ONCE ? 'much' : 'little' };
  }

  #skipLate(now: Millis): void {
    const isBehind = this.#behindSince !== null && now - this.#behindSince >= TOO_LATE_MS;
    if (!isBehind || now - this.#lostAt >= TOO_LATE_MS) return;
    const oldest = (Date.now() - TOO_LATE_MS) * MILLISECOND;
    while ((this.#ring?.nextAt() ?? oldest) < oldest) this.#skipped += this.#ring!.skip();
  }

  /** Frames that passed the filter but found the ring full, or waited in it for too long, since the last call. */
  takeDropped(): number {
    const dropped = this.#droppedByKernel() + this.#skipped;
    this.#skipped = 0;
    if (dropped > 0) this.#lostAt = performance.now();
    return dropped;
  }

  #droppedByKernel(): number {
    const statistics = new Uint8Array(12); // tpacket_stats_v3: packets, drops, freezes
    const length = new Uint8Array(Uint32Array.of(statistics.length).buffer);
    if (libc().getsockopt(this.fd, SOL_PACKET, PACKET_STATISTICS, statistics, length) < 0) return 0;
    return new DataView(statistics.buffer).getUint32(4, true);
  }

  /** Clears the error that makes poll(2) report the socket, such as the interface having gone down. */
  clearError(): void {
    const error = new Uint8Array(4);
    libc().getsockopt(this.fd, SOL_SOCKET, SO_ERROR, error, new Uint8Array(Uint32Array.of(4).buffer));
  }

  /** Sends an Ethernet frame as it is. A socket doesn't see its own frames; other sockets do, as outgoing. */
  send(bytes: Uint8Array): SendResult {
    if (libc().send(this.fd, bytes, bytes.length, MSG_DONTWAIT) >= 0) return 'sent';
    switch (errnoName()) {
      case 'ENETDOWN':
        return 'interface-down';
      case 'ENXIO':
      case 'ENODEV':
        return 'no-such-interface';
      case 'EAGAIN':
      case 'ENOBUFS':
        return 'queue-full';
      case 'EMSGSIZE':
        return 'too-long';
      default:
        return 'refused';
    }
  }

  /** Without waiting for the kernel, which takes 25 ms for each socket: it may close several at a time. */
  closeAside(): void {
    if (this.#ring === undefined) return;
    this.#ring = undefined;
    const { closeAsync, munmapAsync } = libc();
    munmapAsync(this.#map, this.#mapLength, () => closeAsync(this.fd, () => {}));
  }

  close(): void {
    if (this.#ring === undefined) return;
    this.#ring = undefined;
    libc().munmap(this.#map, this.#mapLength);
    libc().close(this.fd);
  }
}

/** Throws NoPacketSocketPermission where capturing is not allowed. */
export function checkPacketSocketPermission(): void {
  libc().close(openSocket());
}

/** Protocol 0 receives nothing: no frame slips in before the filter is attached and the interface is bound. */
function openSocket(): number {
  const fd = libc().socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0) return fd;
  const code = errnoName();
  if (code === 'EPERM' || code === 'EACCES') throw new NoPacketSocketPermission();
  throw new SystemCallError('socket', code);
}

function setInt(fd: number, level: number, name: number, value: number): void {
  const bytes = new Uint8Array(Int32Array.of(value).buffer);
  checked('setsockopt', libc().setsockopt(fd, level, name, bytes, bytes.length));
}

/** `struct sock_fprog`: the number of instructions and a pointer to them. */
function attachFilter(fd: number): void {
  const program = encodeFilter(packetFilter());
  const filter = allocate(program.length);
  filter.bytes.set(program);
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  view.setUint16(0, program.length / 8, true);
  view.setBigUint64(8, filter.pointer, true);
  try {
    checked(
      'attaching the filter',
      libc().setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, header, header.length),
    );
  } finally {
    release(filter.pointer);
  }
}

/** It ends with the socket, and bears that the interface goes down meanwhile. */
function join(fd: number, membership: Uint8Array): void {
  const result = libc().setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership, membership.length);
  checked('joining a multicast group', result);
}

function createRing(fd: number, wantedBytes: number): RingShape {
  for (let bytes = wantedBytes; ; bytes /= 2) {
    const shape = ringShape(bytes, libc().getpagesize());
    const { blockLength, blocks, frameLength, timeoutMs } = shape;
    // struct tpacket_req3
    const frames = (blockLength / frameLength) * blocks;
    const request = Uint32Array.of(blockLength, blocks, frameLength, frames, timeoutMs, 0, 0);
    const encoded = new Uint8Array(request.buffer);
    if (libc().setsockopt(fd, SOL_PACKET, PACKET_RX_RING, encoded, encoded.length) === 0) return shape;
    const code = errnoName();
    if (code !== 'ENOMEM' || blocks <= MIN_BLOCKS)
      throw new SystemCallError('creating the receive ring', code);
  }
}

function mapRing(fd: number, length: number): Pointer {
  const pointer = libc().mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  if (pointer === null || pointer === MAP_FAILED) throw new SystemCallError('mmap', errnoName());
  return pointer;
}

/** `struct sockaddr_ll` for every protocol, so that the host's own outgoing frames are seen as well. */
function linkLayerAddress(interfaceIndex: number): Uint8Array {
  const address = new Uint8Array(20);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, ETH_P_ALL, false);
  view.setInt32(4, interfaceIndex, true);
  return address;
}
