/** What the prober counts; plain numbers, read at a scrape. */
export interface ProbeView {
  readonly answered: number;
  readonly unanswered: number;
  /** Probes not sent because the budget or the socket refused them. */
  readonly refused: number;
  /** Called for each answer with its round-trip time in seconds. */
  onAnswer: ((seconds: number) => void) | null;
}
