// Places boxes in layers, so that every arrow leads downwards: the layered drawing of Sugiyama, Tagawa and Toda (1981), in its
// four steps. It knows nothing of rooms.

export interface Graph {
  readonly nodes: readonly string[];
  /** From the box above to the one below. */
  readonly edges: readonly (readonly [from: string, to: string])[];
}

export interface Layout {
  /** Of each box: its layer, counted from the bottom, and its middle in pixels. */
  readonly places: ReadonlyMap<string, { readonly layer: number; readonly x: number }>;
  /** The middles that an arrow passes, from its box above to the one below: one in each layer between. */
  readonly ways: readonly { readonly from: string; readonly to: string; readonly xs: readonly number[] }[];
  readonly layers: number;
  /** In pixels. */
  readonly width: number;
}

/** In pixels. */
export interface Sizes {
  readonly minWidth: number;
  /** From the middle of a box to that of its neighbour, at least. */
  readonly box: number;
  /** The same for an arrow that passes by. */
  readonly lane: number;
}

/** A box, or where an arrow passes a layer. */
interface Stop {
  readonly box: string | null;
  readonly up: Stop[];
  readonly down: Stop[];
  x: number;
}

const SWEEPS = 40;
/** How much rather a box moves than a long arrow bends. */
const STRAIGHTNESS = 4;

export function layoutOf(graph: Graph, sizes: Sizes): Layout {
  const layerOf = layersOf(graph);
  const layers = 1 + Math.max(...layerOf.values());
  const rows: Stop[][] = Array.from({ length: layers }, () => []);
  const stops = new Map(graph.nodes.map((box) => [box, stopIn(rows[layerOf.get(box)!]!, box)]));
  const ways = graph.edges.map(([from, to]) => {
    const way = [stops.get(from)!];
    for (let layer = layerOf.get(from)! - 1; layer > layerOf.get(to)!; layer--)
      way.push(stopIn(rows[layer]!, null));
    way.push(stops.get(to)!);
    for (let i = 1; i < way.length; i++) join(way[i - 1]!, way[i]!);
    return { from, to, way };
  });
  const ordered = fewestCrossings(rows);
  spread(ordered, sizes);
  const width = centre(ordered, sizes);
  return {
    places: new Map([...stops].map(([box, { x }]) => [box, { layer: layerOf.get(box)!, x }])),
    ways: ways.map(({ from, to, way }) => ({ from, to, xs: way.map(({ x }) => x) })),
    layers,
    width,
  };
}

function stopIn(row: Stop[], box: string | null): Stop {
  const stop = { box, up: [], down: [], x: 0 };
  row.push(stop);
  return stop;
}

function join(above: Stop, below: Stop): void {
  above.down.push(below);
  below.up.push(above);
}

/** As low as can be, then each where its arrows are shortest. */
function layersOf({ nodes, edges }: Graph): Map<string, number> {
  const below = new Map(
    nodes.map((node) => [node, edges.filter(([from]) => from === node).map(([, to]) => to)]),
  );
  const above = new Map(
    nodes.map((node) => [node, edges.filter(([, to]) => to === node).map(([from]) => from)]),
  );
  const layerOf = new Map<string, number>();
  const lowest = (node: string): number => {
    const known = layerOf.get(node);
    if (known !== undefined) return known;
    const layer = 1 + Math.max(-1, ...below.get(node)!.map(lowest));
    layerOf.set(node, layer);
    return layer;
  };
  nodes.forEach(lowest);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const node of nodes) {
      const [under, over] = [below.get(node)!, above.get(node)!];
      if (over.length > under.length)
        layerOf.set(node, Math.min(...over.map((one) => layerOf.get(one)!)) - 1);
      if (over.length < under.length)
        layerOf.set(node, Math.max(...under.map((one) => layerOf.get(one)!)) + 1);
    }
  }
  return layerOf;
}

/** The rows in the best order that was met while each was sorted by its neighbours' places. */
function fewestCrossings(rows: readonly Stop[][]): Stop[][] {
  let best = rows.map((row) => [...row]);
  let fewest = Number.POSITIVE_INFINITY;
  const order = rows.map((row) => [...row]);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    const indices = order.map((_, i) => (isDown ? order.length - 1 - i : i));
    for (const row of order) for (const [i, stop] of row.entries()) stop.x = i;
    for (const i of indices) {
      const row = order[i]!;
      const wanted = new Map(row.map((stop) => [stop, mean(isDown ? stop.up : stop.down) ?? stop.x]));
      row.sort((a, b) => wanted.get(a)! - wanted.get(b)!);
      for (const [at, stop] of row.entries()) stop.x = at;
    }
    swapNeighbours(order);
    const crossings = order.reduce((sum, row) => sum + crossingsBelow(row), 0);
    if (crossings < fewest) {
      fewest = crossings;
      best = order.map((row) => [...row]);
    }
  }
  return best;
}

/** Until no pair of neighbours would cross less the other way round. */
function swapNeighbours(rows: readonly Stop[][]): void {
  for (let isBetter = true; isBetter; ) {
    isBetter = false;
    for (const row of rows) {
      for (let i = 1; i < row.length; i++) {
        const [left, right] = [row[i - 1]!, row[i]!];
        if (crossingsOf(left, right) <= crossingsOf(right, left)) continue;
        [row[i - 1], row[i]] = [right, left];
        [left.x, right.x] = [i, i - 1];
        isBetter = true;
      }
    }
  }
}

function crossingsOf(left: Stop, right: Stop): number {
  const between = (a: readonly Stop[], b: readonly Stop[]) =>
    a.reduce((sum, one) => sum + b.filter((other) => other.x < one.x).length, 0);
  return between(left.up, right.up) + between(left.down, right.down);
}

function crossingsBelow(row: readonly Stop[]): number {
  let crossings = 0;
  for (const [i, left] of row.entries())
    for (const right of row.slice(i + 1))
      for (const one of left.down) crossings += right.down.filter((other) => other.x < one.x).length;
  return crossings;
}

/** Each below and above its neighbours, as far as the order and the sizes let it. */
function spread(rows: readonly Stop[][], sizes: Sizes): void {
  for (const row of rows)
    place(
      row,
      row.map(() => 0),
      sizes,
    );
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const row of isDown ? rows.toReversed() : rows) {
      const wanted = row.map((stop) => mean([...stop.up, ...stop.down]) ?? stop.x);
      place(row, wanted, sizes);
    }
  }
}

function share(stop: Stop, { box, lane }: Sizes): number {
  return stop.box === null ? lane : box;
}

/** As near as can be to what is wanted: neighbours that would overlap move together (pool adjacent violators). */
function place(row: readonly Stop[], wanted: readonly number[], sizes: Sizes): void {
  let used = 0;
  const offsets = row.map((stop) => {
    used += share(stop, sizes);
    return used - share(stop, sizes) / 2;
  });
  const pools: { sum: number; weight: number; size: number }[] = [];
  const startOf = ({ sum, weight }: { sum: number; weight: number }) => sum / weight;
  for (const [i, x] of wanted.entries()) {
    const weight = row[i]!.box === null ? STRAIGHTNESS : 1;
    pools.push({ sum: weight * (x - offsets[i]!), weight, size: 1 });
    while (pools.length > 1 && startOf(pools.at(-2)!) > startOf(pools.at(-1)!)) {
      const { sum, weight: more, size } = pools.pop()!;
      pools.at(-1)!.sum += sum;
      pools.at(-1)!.weight += more;
      pools.at(-1)!.size += size;
    }
  }
  const starts = pools.flatMap((pool) => Array.from({ length: pool.size }, () => startOf(pool)));
  // Within the width, as far as the row fits in there.
  const first = -Math.max(sizes.minWidth, used) / 2;
  const last = first + Math.max(sizes.minWidth - used, 0);
  for (const [i, stop] of row.entries()) stop.x = offsets[i]! + Math.min(Math.max(starts[i]!, first), last);
}

/** Moves all rows into the middle. Returns the width. */
function centre(rows: readonly Stop[][], sizes: Sizes): number {
  const stops = rows.flat();
  const left = Math.min(...stops.map((stop) => stop.x - share(stop, sizes) / 2));
  const right = Math.max(...stops.map((stop) => stop.x + share(stop, sizes) / 2));
  const width = Math.max(sizes.minWidth, right - left);
  for (const stop of stops) stop.x += (width - left - right) / 2;
  return width;
}

function mean(stops: readonly Stop[]): number | undefined {
  if (stops.length === 0) return undefined;
  return stops.reduce((sum, { x }) => sum + x, 0) / stops.length;
}
