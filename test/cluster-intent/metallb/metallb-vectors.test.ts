// Clusters made up at random, with the answers of MetalLB 0.16.2 itself: its config.For read their objects, and the
// ShouldAnnounce of a speaker on each node said whether it announces. A line each; nothing in it was written by hand.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  cluster,
  type Endpoint,
  l2,
  node,
  pool,
  type ServiceOptions,
  service,
  slice,
  speaker,
} from '../objects.ts';

type Named<Options> = readonly (readonly [name: string, options: Options])[];

interface Vector {
  readonly nodes: Named<{ labels: Record<string, string>; exclude: boolean; net: string }>;
  readonly pools: Named<{ addresses: string[]; labels: Record<string, string> }>;
  readonly ads: Named<Record<string, unknown>>;
  readonly services: Named<ServiceOptions>;
  /** For each Service its slices. */
  readonly endpoints: readonly (readonly (readonly [service: string, Endpoint[], suffix: string])[])[];
  readonly speakers: readonly string[];
  readonly memberlist?: boolean;
  readonly ignoreExclude?: boolean;
  /** The node that announces each Service, with its interfaces; or that MetalLB refused the configuration. */
  readonly expected: 'refused' | Record<string, { node: string; interfaces: string[] | null } | null>;
}

const EXCLUDE = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };

const vectors = readFileSync(join(import.meta.dirname, '../../data/metallb-elections.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

function stateOf({ nodes, pools, ads, endpoints, speakers, memberlist, ignoreExclude }: Vector) {
  const args = ignoreExclude ? ['--ignore-exclude-lb'] : [];
  return cluster({
    services: [],
    endpointSlices: endpoints.flat().map(([name, list, suffix]) => slice(`ns/${name}`, list, suffix)),
    nodes: nodes.map(([name, { labels, exclude, net }]) =>
      node(name, { networkUnavailable: net, labels: { ...labels, ...(exclude && EXCLUDE) } }),
    ),
    pools: pools.map(([name, { addresses, labels }]) => pool(name, addresses, {}, labels)),
    l2Advertisements: ads.map(([name, spec]) => l2(name, spec)),
    speakers: speakers.map((name) => speaker(name, { memberlist: memberlist ?? true, args })),
  });
}

describe('MetalLB itself says the same', () => {
  it('of enough elections to matter', () => {
    const won = vectors.flatMap(({ expected }) =>
      expected === 'refused' ? [] : Object.values(expected).filter((winner) => winner !== null),
    );
    expect(won.length).toBeGreaterThan(60);
    expect(new Set(won.map(({ node: name }) => name)).size).toBeGreaterThan(4);
  });

  it.each(vectors.map((vector, i) => [i + 1, vector] as const))('of the cluster in line %i', (_, vector) => {
    const state = stateOf(vector);
    if (vector.expected === 'refused') {
      expect(state.doubts()).toEqual(['configuration-refused']);
      return;
    }
    expect(state.doubts()).toEqual([]);
    for (const [name, options] of vector.services) {
      // By itself, since elsewhere several share an address.
      state.replace('services', [service(`ns/${name}`, options)]);
      const expected = vector.expected[`ns/${name}`];
      for (const vip of state.intent().vips) {
        const elected = vip.elector?.elect();
        expect([name, elected?.node === null ? null : elected]).toEqual([name, expected]);
      }
      if (expected) expect(state.intent().vips).not.toEqual([]);
    }
  });
});
