// The TCP ports that service probes are sent from. One block, so that the kernel-side filter passes their answers and no
// other TCP; beyond Linux's ephemeral ports (32768 to 60999), so that hardly a connection of the node's own has one.
export const PROBE_PORT_FIRST = 0xfe00;
export const PROBE_PORT_COUNT = 0x100;

/** `port & PROBE_PORT_MASK` is `PROBE_PORT_FIRST` for those in the block. */
export const PROBE_PORT_MASK = 0xffff ^ (PROBE_PORT_COUNT - 1);

export function isProbePort(port: number): boolean {
  return (port & PROBE_PORT_MASK) === PROBE_PORT_FIRST;
}
