// What is wrong with a configuration, and where: one line for each thing to put right, as editors and terminals follow it.
import { isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

/** The keys that lead to a value; those of a list's items are their numbers. */
export type Keys = readonly string[];

export interface Mistake {
  /** Where it is; none: in the whole file. */
  readonly keys: Keys;
  readonly text: string;
  /** Of a mistake that is no value's, such as one of the YAML. */
  readonly place?: Place;
}

/** Counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** `static or kubernetes`; `error, warn, info or debug`. */
export function oneOfText(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** More than fit on a screen beside what else is there help nobody. */
const MAX_SHOWN = 10;
/** Of what the file says, in a message: it may be another file altogether. Characters. */
const MAX_QUOTED = 40;

/** The configuration is wrong; `mistakes` holds one line for each thing to put right, in the order of the file. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly string[];

  /** @param placeOf where in the file; null: not known. */
  constructor(source: string, found: readonly Mistake[], placeOf: (keys: Keys) => Place | null = () => null) {
    const placed = found.map(({ keys, text, place = placeOf(keys) }) => ({
      place,
      path: pathText(keys),
      text,
    }));
    const lineOf = (place: Place | null) => place?.line ?? 0;
    const mistakes = placed
      .toSorted((a, b) => lineOf(a.place) - lineOf(b.place))
      .map(({ place, path, text }) => lineText(source, place, path === '' ? text : `${path}: ${text}`));
    super(shownText(mistakes));
    this.mistakes = mistakes;
  }
}

/** The first ten lines, and how many more there are. */
function shownText(mistakes: readonly string[]): string {
  const more = mistakes.length - MAX_SHOWN;
  return [
    ...mistakes.slice(0, MAX_SHOWN),
    ...(more > 0 ? [`and ${more} more ${more === 1 ? 'mistake' : 'mistakes'}`] : []),
  ].join('\n');
}

/** `vipwatch.yaml:5:5: intent.static.vip: unknown key`. */
function lineText(source: string, place: Place | null, text: string): string {
  const where = place === null ? source : `${source}:${place.line}:${place.column}`;
  return `${where}: ${shortened(text)}`.replaceAll(/\p{Cc}/gu, '?');
}

function shortened(text: string): string {
  return text.replaceAll(/"([^"]+)"/g, (whole, quoted: string) =>
    quoted.length > MAX_QUOTED ? `"${quoted.slice(0, MAX_QUOTED)}…"` : whole,
  );
}

/** `intent.static.vips[0].address`. */
export function pathText(keys: Keys): string {
  return keys.reduce((path, key) => {
    const short = key.length > MAX_QUOTED ? `${key.slice(0, MAX_QUOTED)}…` : key;
    return /^\d+$/.test(key) ? `${path}[${key}]` : path === '' ? short : `${path}.${short}`;
  }, '');
}

/** Where the entry begins that the keys lead to; where there is none, the last one on the way. */
export function placeIn(root: Node | null, lines: LineCounter, keys: Keys): Place | null {
  let found = root;
  let inside: unknown = root;
  for (const key of keys) {
    if (isMap(inside)) {
      const pair = inside.items.find(({ key: one }) => isScalar(one) && String(one.value) === key);
      if (!pair) break;
      found = pair.key as Node;
      inside = pair.value;
    } else if (isSeq(inside)) {
      inside = inside.items[Number(key)];
      found = (inside as Node | undefined) ?? found;
    } else break;
  }
  return found?.range ? placeAt(lines, found.range[0]) : null;
}

/** @param offset characters from the beginning of the file. */
export function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
