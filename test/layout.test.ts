// The layout of the drawing of the rooms: what holds of whatever is drawn.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Graph, type Layout, layoutOf } from '../scripts/structure/layout.ts';

const SIZES = { minWidth: 500, box: 100, lane: 10 };

/** Arrows from a box to those after it: no circle. */
const graphs = fc.integer({ min: 1, max: 14 }).chain((size): fc.Arbitrary<Graph> => {
  const nodes = Array.from({ length: size }, (_, i) => `room-${i}`);
  const pair = fc.tuple(fc.nat(size - 1), fc.nat(size - 1));
  return fc.uniqueArray(pair, { selector: ([a, b]) => `${a} ${b}`, maxLength: 30 }).map((pairs) => ({
    nodes,
    edges: pairs.filter(([a, b]) => a < b).map(([a, b]) => [nodes[a]!, nodes[b]!] as const),
  }));
});

function forEach(check: (layout: Layout, graph: Graph) => void): void {
  fc.assert(fc.property(graphs, (graph) => check(layoutOf(graph, SIZES), graph)));
}

describe('a layout', () => {
  it('has an arrow lead downwards, by one stop in each layer between', () => {
    forEach(({ places, ways }) => {
      for (const { from, to, xs } of ways) {
        const [above, below] = [places.get(from)!, places.get(to)!];
        expect(above.layer).toBeGreaterThan(below.layer);
        expect(xs).toHaveLength(1 + above.layer - below.layer);
        expect([xs[0], xs.at(-1)]).toEqual([above.x, below.x]);
      }
    });
  });

  it('keeps boxes apart, and within its width', () => {
    forEach(({ places, width }, { nodes }) => {
      expect([...places.keys()]).toEqual(nodes);
      for (const layer of Map.groupBy(places.values(), (place) => place.layer).values()) {
        const xs = layer.map(({ x }) => x).toSorted((a, b) => a - b);
        expect(xs[0]! - SIZES.box / 2).toBeGreaterThan(-1e-6);
        expect(xs.at(-1)! + SIZES.box / 2).toBeLessThan(width + 1e-6);
        for (let i = 1; i < xs.length; i++) expect(xs[i]! - xs[i - 1]!).toBeGreaterThan(SIZES.box - 1e-6);
      }
    });
  });

  it('is the same for the same graph', () => {
    forEach((layout, graph) => {
      expect(layoutOf(graph, SIZES)).toEqual(layout);
    });
  });
});
