// Holds the source against the rooms: who imports whom, and what a pure room reaches for.
import { ROOMS, type Room, roomOf } from './rooms.ts';
import {
  type Import,
  importsOf,
  type Source,
  withoutComments,
  withoutImports,
  withoutStrings,
} from './source.ts';

export interface Breach {
  readonly file: string;
  readonly what: string;
}

/** What a clock, chance, the network or the process can be reached by without an import. */
const IMPURE = new Map(
  Object.entries({
    'a clock':
      /\bDate\.now\b|\bnew\s+Date\s*(?:\(\s*\)|(?!\s*\())|(?<!new\s)(?<![.\w])Date\s*\(|(?<![.\w])Date\b(?!\s*[.(])|\bperformance\b|\bTemporal\.Now\b/,
    'a timer':
      /\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bAbortSignal\.timeout\b|\bAtomics\.wait|\bprocess\.nextTick\b/,
    randomness:
      /\bMath\.random\b|(?<![.\w])Math\b(?!\s*\.)|\brandom(?:Bytes|UUID|Int|Fill)\b|\bgetRandomValues\b/,
    'the network': /(?<![.\w])fetch\b|\bWebSocket\b|\bEventSource\b|\bXMLHttpRequest\b/,
    'the process': /\bprocess\b|\bglobalThis\b|\bimport\.meta\b|\bconsole\./,
  }),
);

/** All that the walls forbid, of all files. */
export function breachesOf(source: Source, rooms: Readonly<Record<string, Room>> = ROOMS): Breach[] {
  return [...source].flatMap(([file, text]) => {
    const room = roomOf(file, rooms);
    if (room === undefined) return [{ file, what: 'is in no room' }];
    const told = (what: string): Breach => ({ file, what });
    const imports = importsOf(file, text).flatMap((one) => wrongImport(one, source, rooms) ?? []);
    return [...imports, ...impurities(file, text, rooms[room]!)].map(told);
  });
}

function wrongImport(
  { from, to, names, isType }: Import,
  source: Source,
  rooms: Readonly<Record<string, Room>>,
): string | undefined {
  const room = rooms[roomOf(from, rooms)!]!;
  if (to === null) return 'imports what it computes';
  const isOurs = source.has(to);
  if (isOurs) {
    const there = roomOf(to, rooms);
    if (there === undefined) return `imports ${to}, which is in no room`;
    if (names === null && !isLate(from, to, rooms)) return `imports ${to} for its effect or as a whole`;
    const isInside = there === roomOf(from, rooms);
    const isAllowed = isInside || room.imports.includes(there) || isDoorOf(from, rooms, there);
    if (!isAllowed) return `imports ${to}: ${roomOf(from, rooms)} may not import ${there}`;
    const doors = rooms[there]!.door;
    if (!isInside && doors === to && !room.knowsDoors && !isType) return `imports the door ${to}`;
    return undefined;
  }
  const packages = room.packages ?? [];
  if (packages.includes(to)) return undefined;
  // Of what mixes the pure and the impure, by name.
  if (names?.every((name) => packages.includes(`${to}#${name}`))) return undefined;
  return `imports ${to}${names ? ` { ${names.join(', ')} }` : ''}`;
}

/** Loaded when it is wanted, to spare memory: of the rooms that are. */
function isLate(from: string, to: string, rooms: Readonly<Record<string, Room>>): boolean {
  return rooms[roomOf(from, rooms)!]!.loadsLate?.includes(to) ?? false;
}

/** A door may touch the machine. */
function isDoorOf(from: string, rooms: Readonly<Record<string, Room>>, there: string): boolean {
  return rooms[roomOf(from, rooms)!]!.door === from && (there === 'host' || there.startsWith('host/'));
}

function impurities(file: string, text: string, room: Room): string[] {
  if (room.isEdge || room.door === file) return [];
  const code = withoutStrings(withoutImports(withoutComments(text)));
  return [...IMPURE].filter(([, pattern]) => pattern.test(code)).map(([what]) => `reaches for ${what}`);
}
