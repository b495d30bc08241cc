/** What the prober counts; plain numbers, read at a scrape. */
export interface ProbeView {
  readonly answered: number;
  readonly unanswered: number;
  /** Probes not sent because the budget was spent or the socket refused them. */
  readonly refused: number;
}
