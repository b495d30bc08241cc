// Kubernetes objects out of a text: YAML with several documents, JSON, and lists of either. What cannot be read is told with
// its line, and the rest is read.
import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type YAMLMap } from 'yaml';
import { at, items, textAt } from '../../base/json.ts';
import { shapeProblems } from './shape.ts';

export interface Manifest {
  readonly raw: unknown;
  /** Null: of a text too long to be read with its lines. */
  readonly line: number | null;
}

export interface ManifestProblem {
  readonly line: number | null;
  readonly what: string;
}

export interface Manifests {
  readonly objects: readonly Manifest[];
  readonly problems: readonly ManifestProblem[];
  /** It can be read, and is about something else than Kubernetes's objects, as the values of a Helm chart are. */
  readonly isForeign: boolean;
  /** The kinds that are not read, with how many there are of each. */
  readonly unread: ReadonlyMap<string, number>;
}

/** Characters of a file. */
export const MAX_LENGTH = 40 * 1024 * 1024;
/** Characters of one YAML document: the parser keeps a hundred bytes for each. */
const MAX_DOCUMENT = 4 * 1024 * 1024;
const MAX_ALIASES = 100;
/** Lists within lists. */
const MAX_DEPTH = 8;
/** Characters of what is told of a file's own words. */
const MAX_SHOWN = 200;
const MERGE = '<<';
/** More problems of one object than a person reads. */
const MAX_WRONG = 5;

/** Beside comments and markers. */
const CONTENT = /^[^\s#-]|^-(?!--)|^ +[^\s#]|^---[ \t]+[^\s#]/m;

/** Whether an object of this kind is read. */
type IsRead = (apiVersion: string, kind: string) => boolean;

export function readManifests(text: string, isRead: IsRead): Manifests {
  const reading = new Reading(isRead);
  const plain = text.replace(/^\ufeff/, '');
  if (text.length > MAX_LENGTH)
    reading.problem(
      null,
      `it is longer than ${MAX_LENGTH / 1024 / 1024} MB: split it, or leave out what is not Kubernetes's`,
    );
  else if (plain.includes('\0')) reading.problem(null, 'it is not UTF-8 text: it holds zero bytes');
  else if (/^\s*[{[]/.test(plain) && plain.length > MAX_DOCUMENT) reading.json(plain);
  else for (const document of documentsOf(plain)) reading.yaml(document);
  return reading;
}

interface Document {
  readonly text: string;
  /** Of its first line. */
  readonly line: number;
}

/** `---` at the beginning of a line begins a document wherever it stands (YAML 1.2, 9.1.2). */
function documentsOf(text: string): Document[] {
  const documents: Document[] = [];
  const marker = /^---(?=\s|$)/gm;
  let start = 0;
  let line = 1;
  for (;;) {
    marker.lastIndex = start + 3;
    const next = marker.exec(text)?.index ?? text.length;
    const part = text.slice(start, next);
    documents.push({ text: part, line });
    if (next >= text.length) return documents;
    line += part.split('\n').length - 1;
    start = next;
  }
}

class Reading implements Manifests {
  readonly objects: Manifest[] = [];
  readonly problems: ManifestProblem[] = [];
  readonly unread = new Map<string, number>();
  readonly #isRead: IsRead;
  #foreign = 0;

  constructor(isRead: IsRead) {
    this.#isRead = isRead;
  }

  get isForeign(): boolean {
    const hasObjects = this.objects.length > 0 || this.unread.size > 0;
    return !hasObjects && this.#foreign > 0 && this.#foreign === this.problems.length;
  }

  problem(line: number | null, what: string): void {
    this.problems.push({ line, what });
  }

  json(text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      this.problem(null, `it is not JSON: ${firstLine(error)}`);
      return;
    }
    this.#take(value, () => null, 0);
  }

  yaml({ text, line: first }: Document): void {
    if (!CONTENT.test(text)) return;
    const kind = /^kind:[ \t]*["']?([A-Za-z0-9]+)/m.exec(text)?.[1];
    const apiVersion = /^apiVersion:[ \t]*["']?([A-Za-z0-9./-]+)/m.exec(text)?.[1];
    if (
      kind !== undefined &&
      apiVersion !== undefined &&
      !kind.endsWith('List') &&
      !this.#isRead(apiVersion, kind)
    ) {
      this.#count(kind);
      return;
    }
    if (text.length > MAX_DOCUMENT) {
      this.problem(
        first,
        `the document is longer than ${MAX_DOCUMENT / 1024 / 1024} MB: as JSON it would be read`,
      );
      return;
    }
    this.#parse(text, first);
  }

  #parse(text: string, first: number): void {
    const lines = new LineCounter();
    let value: unknown;
    let lineOf: (path: readonly (string | number)[]) => number;
    try {
      const document = parseDocument(text, {
        lineCounter: lines,
        prettyErrors: false,
        logLevel: 'silent',
        merge: true, // as kubectl reads `<<`
        uniqueKeys: false, // the parser compares each key with each other: minutes for a long map
      });
      const line = (offset: number) => first + lines.linePos(offset).line - 1;
      const [error] = document.errors;
      const template = templateIn(text, document.contents, error !== undefined);
      if (template !== null || error !== undefined) {
        const where = line(template ?? error!.pos[0]);
        this.problem(
          where,
          template === null
            ? `it is not YAML: ${firstLine(error)}`
            : 'a template that is not rendered ({{ }}): render it first, as by helm template',
        );
        return;
      }
      const twice = keyTwiceIn(document.contents);
      if (twice !== null) {
        this.problem(line(twice.offset), `the key ${twice.key} appears twice in one map`);
        return;
      }
      value = document.toJS({ maxAliasCount: MAX_ALIASES });
      lineOf = (path) => {
        const node = path.length === 0 ? document.contents : document.getIn(path, true);
        const range = (node as { range?: readonly number[] } | undefined)?.range;
        return line(range?.[0] ?? 0);
      };
    } catch (error) {
      // Aliases that multiply or lead nowhere, or so many levels that the stack is full.
      this.problem(first, `it cannot be read: ${firstLine(error)}`);
      return;
    }
    this.#take(value, lineOf, 0);
  }

  #take(
    value: unknown,
    lineOf: (path: readonly (string | number)[]) => number | null,
    depth: number,
    path: readonly (string | number)[] = [],
  ): void {
    if (value === null || value === undefined) return;
    const kind = textAt(value, 'kind');
    const apiVersion = textAt(value, 'apiVersion');
    if (kind === undefined || apiVersion === undefined) {
      if (depth === 0) this.#foreign += 1;
      this.problem(lineOf(path), 'not a Kubernetes object: it has no kind or no apiVersion');
      return;
    }
    const list = at(value, 'items');
    if (kind === 'List' && list === undefined) return;
    if (kind === 'List' && !Array.isArray(list)) {
      this.problem(lineOf(path), 'a List whose items are not a list');
      return;
    }
    if (kind.endsWith('List') && Array.isArray(list)) {
      if (depth >= MAX_DEPTH) {
        this.problem(lineOf(path), `lists within lists, more than ${MAX_DEPTH} deep`);
        return;
      }
      for (const [i, item] of items(list).entries())
        this.#take(withKind(item, kind, apiVersion), lineOf, depth + 1, [...path, 'items', i]);
      return;
    }
    if (!this.#isRead(apiVersion, kind)) return this.#count(kind);
    const name = textAt(value, 'metadata', 'name');
    if (name === undefined) {
      this.problem(lineOf(path), `${kind} without a name`);
      return;
    }
    if (name.includes('{{')) {
      this.problem(
        lineOf(path),
        'a template that is not rendered ({{ }}): render it first, as by helm template',
      );
      return;
    }
    const wrong = shapeProblems(value, kind);
    for (const { path: field, what } of wrong.slice(0, MAX_WRONG))
      this.problem(lineOf([...path, ...field]), `${kind} ${shown(name)}: ${shown(what)}`);
    this.objects.push({ raw: value, line: lineOf(path) });
  }

  #count(kind: string): void {
    const name = shown(kind);
    this.unread.set(name, (this.unread.get(name) ?? 0) + 1);
  }
}

/** The items of a `ServiceList` need not say that they are Services. */
function withKind(item: unknown, listKind: string, apiVersion: string): unknown {
  if (listKind === 'List' || typeof item !== 'object' || item === null) return item;
  return { apiVersion, kind: listKind.slice(0, -'List'.length), ...item };
}

/** Where `{{ … }}` stands for a value or a line: YAML reads it as a map whose key is a map, or not at all. Null: nowhere. */
function templateIn(text: string, contents: unknown, isBroken: boolean): number | null {
  const written = text.indexOf('{{');
  if (written < 0 || isBroken) return written < 0 ? null : written;
  let found: number | null = null;
  if (isMap(contents) || isSeq(contents)) {
    visit(contents as YAMLMap, {
      Pair(_, pair) {
        if (!isMap(pair.key)) return undefined;
        found = pair.key.range?.[0] ?? 0;
        return visit.BREAK;
      },
    });
  }
  return found;
}

/** The second of two equal keys: kubectl refuses them. */
function keyTwiceIn(contents: unknown): { readonly key: string; readonly offset: number } | null {
  let found: { readonly key: string; readonly offset: number } | null = null;
  if (!isMap(contents) && !isSeq(contents)) return null;
  visit(contents as YAMLMap, {
    Map(_, { items: pairs }) {
      const keys = new Set<string>();
      for (const { key } of pairs) {
        if (!isScalar(key)) continue;
        const text = String(key.value);
        if (keys.has(text) && text !== MERGE) {
          found = { key: shown(text), offset: key.range?.[0] ?? 0 };
          return visit.BREAK;
        }
        keys.add(text);
      }
      return undefined;
    },
  });
  return found;
}

function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  return shown(line);
}

/** What a file holds may not steer a terminal, nor fill it. */
function shown(text: string): string {
  return text.slice(0, MAX_SHOWN).replaceAll(/\p{Cc}/gu, '?');
}
