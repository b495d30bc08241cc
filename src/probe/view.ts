/** What became of questions; plain numbers, read at a scrape. */
interface ProbeCounts {
  readonly answered: number;
  readonly unanswered: number;
  /** Not sent: the socket refused them. */
  readonly refused: number;
}

/** What the prober counts, by how it asked. */
export interface ProbeView {
  /** Of those that are known to hold an address. */
  readonly unicast: ProbeCounts;
  /** Of everybody, by broadcast or, in IPv6, by multicast. */
  readonly broadcast: ProbeCounts;
}

/** What became of the probes of services; plain numbers, read at a scrape. */
export interface ServiceProbeView {
  /** By a SYN-ACK. */
  readonly served: number;
  /** By an RST: the machine answered, the service does not listen. */
  readonly refused: number;
  readonly unanswered: number;
  /** Not sent: the socket refused them. */
  readonly unsent: number;
}
