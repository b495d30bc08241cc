// A histogram of Prometheus: what was observed, counted by the edges that it did not exceed.

export class Histogram {
  /** Upper edges, ascending; whatever is beyond the last one counts under +Inf. */
  readonly edges: readonly number[];
  readonly #counts: number[];
  sum = 0;

  constructor(edges: readonly number[]) {
    this.edges = edges;
    this.#counts = new Array(edges.length + 1).fill(0);
  }

  observe(value: number): void {
    const edge = this.edges.findIndex((upper) => value <= upper);
    this.#counts[edge < 0 ? this.edges.length : edge]! += 1;
    this.sum += value;
  }

  /** How many did not exceed each edge; the last one counts all. */
  cumulative(): number[] {
    let count = 0;
    return this.#counts.map((own) => {
      count += own;
      return count;
    });
  }
}
