// Draws the rooms and who imports whom, out of the source, into docs/architecture.svg.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Layout, layoutOf } from './layout.ts';
import { ROOMS, type Room, roomOf } from './rooms.ts';
import { importsOf, readSource, type Source } from './source.ts';

const ROOT = join(import.meta.dirname, '../..');
export const DRAWING = join(ROOT, 'docs/architecture.svg');

const MIN_WIDTH = 1200;
const MARGIN = 24;
const LEGEND = 80;
const BOX = { width: 148, height: 40 };
const ROW = 80;
const SIZES = { minWidth: MIN_WIDTH - 2 * MARGIN, box: BOX.width + 14, lane: 18 };

/** One room imports another; `byDoor` where only its door does. */
interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly byDoor: boolean;
}

export function drawing(source: Source = readSource(join(ROOT, 'src')), rooms = ROOMS): string {
  const arrows = arrowsOf(source, rooms);
  const drawn = withoutDetours(arrows, Object.keys(rooms));
  const layout = layoutOf(
    { nodes: Object.keys(rooms), edges: drawn.map(({ from, to }) => [from, to]) },
    SIZES,
  );
  const width = Math.ceil(layout.width) + 2 * MARGIN;
  const height = LEGEND + layout.layers * ROW + MARGIN;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    '<title>The rooms of vipwatch, and who imports whom</title>',
    `<style>${STYLE}</style>`,
    `<defs>${head('head', '#8a94a6')}${head('door-head', '#c2650c')}</defs>`,
    `<rect class="card" width="${width}" height="${height}" rx="14"/>`,
    ...legend(),
    ...drawn.map((arrow, i) => line(arrow, i, drawn, layout)),
    ...Object.entries(rooms).map(([name, room]) => box(name, room, arrows, layout)),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

function arrowsOf(source: Source, rooms: Readonly<Record<string, Room>>): Arrow[] {
  const arrows = new Map<string, Arrow>();
  for (const [file, text] of source) {
    const from = roomOf(file, rooms);
    for (const { to: path } of importsOf(file, text)) {
      const to = path !== null && source.has(path) ? roomOf(path, rooms) : undefined;
      if (from === undefined || to === undefined || from === to) continue;
      const key = `${from} ${to}`;
      const byDoor = file === rooms[from]!.door && (arrows.get(key)?.byDoor ?? true);
      arrows.set(key, { from, to, byDoor });
    }
  }
  return [...arrows.values()].sort((a, b) => (`${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1));
}

/** An arrow is left out where others lead the same way through a third room, or back: `circles.ts` tells of those. */
function withoutDetours(arrows: readonly Arrow[], rooms: readonly string[]): Arrow[] {
  const below = (room: string) => arrows.filter(({ from }) => from === room).map(({ to }) => to);
  const order: string[] = [];
  const reach = new Map<string, Set<string>>();
  const visit = (room: string): void => {
    if (reach.has(room)) return;
    const reached = new Set<string>();
    reach.set(room, reached);
    for (const to of below(room)) {
      visit(to);
      if (order.includes(to)) for (const one of [to, ...reach.get(to)!]) reached.add(one);
    }
    order.push(room);
  };
  rooms.forEach(visit);
  const downwards = arrows.filter(({ from, to }) => order.indexOf(to) < order.indexOf(from));
  return downwards.filter(
    (arrow) => !downwards.some(({ from, to }) => from === arrow.from && reach.get(to)!.has(arrow.to)),
  );
}

function top(layer: number, { layers }: Layout): number {
  return LEGEND + (layers - 1 - layer) * ROW + (ROW - BOX.height) / 2;
}

/** Curves from box to box, upright where it passes a layer. */
function line(arrow: Arrow, index: number, arrows: readonly Arrow[], layout: Layout): string {
  const { xs } = layout.ways[index]!;
  const first = layout.places.get(arrow.from)!.layer;
  const end = xs.length - 1;
  let path = '';
  for (let i = 0; i < end; i++) {
    const x = MARGIN + (i === 0 ? xs[0]! + port(arrow, 'from', arrows, layout) : xs[i]!);
    const nextX = MARGIN + (i + 1 === end ? xs[end]! + port(arrow, 'to', arrows, layout) : xs[i + 1]!);
    const y = top(first - i, layout) + BOX.height;
    const nextY = top(first - i - 1, layout) - (i + 1 === end ? HEAD : 0);
    const middle = round((y + nextY) / 2);
    path += i === 0 ? `M${round(x)} ${y}` : `V${y}`;
    path += `C${round(x)} ${middle} ${round(nextX)} ${middle} ${round(nextX)} ${nextY}`;
  }
  return `<path class="${arrow.byDoor ? 'by-door' : 'import'}" d="${path}"/>`;
}

/** Where on the edge of its box an arrow begins or ends: beside the others, in the order of where they lead. */
function port(arrow: Arrow, end: 'from' | 'to', arrows: readonly Arrow[], { ways }: Layout): number {
  const xOf = (one: Arrow) => ways[arrows.indexOf(one)]!.xs.at(end === 'from' ? 1 : -2)!;
  const beside = arrows.filter((one) => one[end] === arrow[end]).toSorted((a, b) => xOf(a) - xOf(b));
  const step = Math.min(16, (BOX.width - 20) / beside.length);
  return (beside.indexOf(arrow) - (beside.length - 1) / 2) * step;
}

function box(name: string, room: Room, arrows: readonly Arrow[], layout: Layout): string {
  const { layer, x } = layout.places.get(name)!;
  const [left, y] = [round(MARGIN + x - BOX.width / 2), top(layer, layout)];
  const middle = round(MARGIN + x);
  const imports = arrows.filter(({ from }) => from === name).map(({ to }) => to);
  return [
    `<g><title>${name} imports ${imports.join(', ') || 'no other room'}</title>`,
    boxShape(left, y, room.isEdge ? 'edge' : 'pure'),
    room.door === undefined
      ? `<text class="name" x="${middle}" y="${y + 25}">${name}</text>`
      : `<text class="name" x="${middle}" y="${y + 17}">${name}</text>${doorMark(middle, y, room.door.split('/').at(-1)!)}`,
    '</g>',
  ].join('');
}

function boxShape(x: number, y: number, kind: 'pure' | 'edge'): string {
  return `<rect class="${kind}" x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6"/>`;
}

function doorMark(middle: number, y: number, file: string): string {
  const width = 8 + 6 * file.length;
  return (
    `<rect class="door" x="${round(middle - width / 2)}" y="${y + 22}" width="${width}" height="14" rx="4"/>` +
    `<text class="file" x="${middle}" y="${y + 32.5}">${file}</text>`
  );
}

function legend(): string[] {
  const y = 26;
  const words = (x: number, ...rows: string[]) =>
    rows
      .map(
        (row, i) =>
          `<text class="legend" x="${x}" y="${y + 17 + (i - (rows.length - 1) / 2) * 16 + 8}">${row}</text>`,
      )
      .join('');
  const doorX = 492;
  return [
    boxShape(MARGIN, y, 'pure'),
    words(MARGIN + BOX.width + 10, 'a pure room'),
    boxShape(272, y, 'edge'),
    words(272 + BOX.width + 10, 'an edge'),
    boxShape(doorX, y, 'pure'),
    doorMark(doorX + BOX.width / 2, y, 'door.ts'),
    words(doorX + BOX.width + 10, 'the one file that', 'may touch the machine'),
    `<path class="import" d="M838 ${y}V${y + BOX.height - HEAD}"/>`,
    words(850, 'imports'),
    `<path class="by-door" d="M918 ${y}V${y + BOX.height - HEAD}"/>`,
    words(930, 'its door does'),
    words(1028, 'No arrow where others', 'lead the same way'),
  ];
}

const HEAD = 7;

function head(id: string, colour: string): string {
  return (
    `<marker id="${id}" viewBox="0 0 8 8" refX="0" refY="4" markerWidth="${HEAD}" markerHeight="${HEAD}"` +
    ` markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" fill="${colour}"/></marker>`
  );
}

/** A card of its own colour, so that it reads the same on a white and on a dark page. */
const STYLE = [
  'text{font-family:ui-sans-serif,"DejaVu Sans",Helvetica,Arial,sans-serif;fill:#1c2430}',
  '.card{fill:#f7f8fa;stroke:#c9d0da}',
  '.pure{fill:#dcebfb;stroke:#5b87b8}',
  '.edge{fill:#fbe5cb;stroke:#c2650c}',
  '.door{fill:#c2650c}',
  '.name{font-size:13px;font-weight:600;text-anchor:middle}',
  '.file{font-size:10px;fill:#fff;text-anchor:middle}',
  '.legend{font-size:12px}',
  '.import,.by-door{fill:none;stroke-width:1.4}',
  '.import{stroke:#8a94a6;marker-end:url(#head)}',
  '.by-door{stroke:#c2650c;stroke-dasharray:5 3;marker-end:url(#door-head)}',
].join('');

function round(x: number): number {
  return Math.round(x * 10) / 10;
}

if (import.meta.main) writeFileSync(DRAWING, drawing());
