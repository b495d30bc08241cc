// What a scrape says.
import type { Metrics } from '../../../src/serve/metrics/metrics.ts';

export function textOf(metrics: Metrics): string {
  return [...metrics.render()].join('');
}

/** The sample lines of one metric; a histogram's have three names. */
export function seriesOf(metrics: Metrics, name: string): string[] {
  return textOf(metrics)
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}
