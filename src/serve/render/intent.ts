// The intent as a configuration file with a static intent: what `vipwatch replay` reads.

import type { Intent } from '../../intent/intent.ts';
import { rangeText } from '../../net/range.ts';

export type IntentFile = ReturnType<typeof renderIntent>;

/** MACs that were learned are left out: a node that lists some is known by these alone. */
export function renderIntent({ pools, vips, nodes }: Intent) {
  return {
    intent: {
      source: 'static',
      static: {
        pools: pools.map(({ name, ranges }) => ({ name, addresses: ranges.map(rangeText) })),
        vips: vips.map(({ address, service, ports = [] }) => ({
          address,
          ...(service !== null && { service }),
          ...(ports.length > 0 && { ports: ports.map(({ port, protocol }) => ({ port, protocol })) }),
        })),
        nodes: nodes.map(({ name, addresses, macs }) => ({
          name,
          addresses: [...addresses],
          ...(macs.length > 0 && { macs: [...macs] }),
        })),
      },
    },
  };
}

/** A row a line, each in JSON, which YAML is a superset of. */
export function* intentYaml({ intent }: IntentFile): Generator<string> {
  yield `intent:\n  source: ${intent.source}\n  static:\n`;
  for (const [name, rows] of Object.entries(intent.static)) {
    yield rows.length === 0 ? `    ${name}: []\n` : `    ${name}:\n`;
    for (const row of rows) yield `      - ${JSON.stringify(row)}\n`;
  }
}
