import type { LabProcess } from '../process.ts';

/** What a DHCP server of the lab is told. */
export interface DhcpServerOptions {
  /** The subnet, e.g. `192.168.1.0/24`; the server's own address is within. */
  readonly subnet: string;
  /** First and last address that it hands out. */
  readonly range: readonly [first: string, last: string];
  /** @default 3600 */
  readonly leaseSeconds?: number;
}

export const DEFAULT_LEASE_SECONDS = 3600;

export interface DhcpServer {
  readonly process: LabProcess;
  /** Where it keeps its leases. */
  readonly leaseFile: string;
}

/** `255.255.255.0` of `192.168.1.0/24`. */
export function netmaskOf(subnet: string): string {
  const bits = 0xffffffff << (32 - Number(subnet.split('/')[1]));
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.');
}
