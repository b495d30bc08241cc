// NETLINK_ROUTE sockets: one asks for the interfaces, the other hears of changes (netlink(7), rtnetlink(7)).

import { checked, errnoName, libc } from '../libc.ts';
import type { InterfaceInfo } from './interfaces.ts';
import { addressDumpRequest, InterfaceDump, linkDumpRequest } from './netlink.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const NETLINK_ROUTE = 0;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;

const RTMGRP_LINK = 0x1;
const RTMGRP_IPV4_IFADDR = 0x10;
const RTMGRP_IPV6_IFADDR = 0x100;

/** The kernel fills at most 32 KiB at a time when the reader offers as much. */
const DATAGRAM_LENGTH = 64 * 1024;
const ATTEMPTS = 5;
/** Notifications read before the rest of the process has its turn. */
const MAX_NOTIFICATIONS = 256;

/** Every interface of this network namespace. The kernel answers at once. Throws Error where it doesn't answer. */
export function readInterfaces(): InterfaceInfo[] {
  const fd = open(0, 0);
  try {
    const oneSecond = new Uint8Array(BigInt64Array.of(1n, 0n).buffer);
    checked('setsockopt', libc().setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, oneSecond, oneSecond.length));
    let sequence = 0;
    for (let attempt = 1; ; attempt += 1) {
      const dump = new InterfaceDump();
      sequence += 2;
      ask(fd, dump, linkDumpRequest(sequence), sequence);
      ask(fd, dump, addressDumpRequest(sequence + 1), sequence + 1);
      // Something always changes on a busy host; a listing that is off by one is put right at the next notification.
      if (!dump.interrupted || attempt === ATTEMPTS) return dump.interfaces();
    }
  } finally {
    libc().close(fd);
  }
}

/** Becomes readable when an interface or an address changes. What changed is found by reading them all again. */
export class InterfaceChanges {
  readonly fd: number;
  readonly #buffer = new Uint8Array(DATAGRAM_LENGTH);

  constructor() {
    this.fd = open(SOCK_NONBLOCK, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
  }

  /** Empties the queue, and with it an overrun (ENOBUFS: notifications were lost, which comes to the same). */
  drain(): void {
    for (let i = 0; i < MAX_NOTIFICATIONS; i += 1) {
      if (libc().recv(this.fd, this.#buffer, this.#buffer.length, 0) >= 0) continue;
      if (errnoName() !== 'ENOBUFS') return;
    }
  }

  close(): void {
    libc().close(this.fd);
  }
}

function open(flags: number, groups: number): number {
  const fd = checked('socket', libc().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE));
  const address = new Uint8Array(12); // struct sockaddr_nl
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_NETLINK, true);
  view.setUint32(8, groups, true);
  try {
    checked('bind', libc().bind(fd, address, address.length));
  } catch (error) {
    libc().close(fd);
    throw error;
  }
  return fd;
}

function ask(fd: number, dump: InterfaceDump, request: Uint8Array, sequence: number): void {
  checked('send', libc().send(fd, request, request.length, 0));
  const buffer = new Uint8Array(DATAGRAM_LENGTH);
  for (;;) {
    const length = checked('recv', libc().recv(fd, buffer, buffer.length, 0));
    const progress = dump.read(buffer.subarray(0, length), sequence);
    if (progress === 'failed') throw new Error('Cannot list the network interfaces: the kernel refused');
    if (progress === 'done') return;
  }
}
