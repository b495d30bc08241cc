/** What the prober counts; plain numbers, read at a scrape. */
export interface ProbeView {
  readonly answered: number;
  readonly unanswered: number;
  /** Probes not sent because the budget was spent or the socket refused them. */
  readonly refused: number;
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
