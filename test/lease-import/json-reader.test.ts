// What is read piece by piece is what JSON.parse reads of the whole, and what that refuses is refused.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonReader } from '../../src/lease-import/json-reader.ts';

const KEY = 'leases';
const REFUSED = { ok: false, problem: 'its answer is not JSON' };
const HTML = { ok: false, problem: 'it answers HTML, not JSON' };

/** @param cuts where it is cut, as parts of its length. */
function piecesOf(text: string, cuts: readonly number[]): string[] {
  const places = cuts.map((cut) => Math.floor(cut * text.length)).sort((a, b) => a - b);
  return [0, ...places].map((from, i) => text.slice(from, places[i] ?? text.length));
}

function reading(pieces: readonly string[]) {
  const items: unknown[] = [];
  const reader = new JsonReader({ key: KEY, onItem: (item) => void items.push(item) });
  for (const piece of pieces) reader.add(piece);
  return { items, document: reader.finish() };
}

/** Where the list is, its items are what was handed out; everything else is as JSON.parse has it. */
function expectSame(text: string, cuts: readonly number[]): void {
  const { items, document } = reading(piecesOf(text, cuts));
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch {
    expect(document).toEqual(text.trimStart().startsWith('<') ? HTML : REFUSED);
    return;
  }
  if (!document.ok) expect.fail(`refused: ${text}`);
  const isObject = typeof whole === 'object' && whole !== null && !Array.isArray(whole);
  const list = isObject && Object.hasOwn(whole as object, KEY) ? (whole as Record<string, unknown>)[KEY] : [];
  if (Array.isArray(list) && list.length > 0) {
    expect(items).toEqual(list);
    expect(document.value).toEqual({ ...(whole as object), [KEY]: list.map(() => 0) });
  } else {
    expect(items).toEqual([]);
    expect(document.value).toEqual(whole);
  }
}

const anyValue = fc.jsonValue({ maxDepth: 4 });
/** What a scanner takes for something else. */
const oddText = fc.constantFrom('"', '\\', '\\"', '],', '}{', '"leases":[1]', '\\\\"', '[', ':', 'é\u2028😀');
const item = fc.oneof(anyValue, oddText, fc.record({ name: oddText, [KEY]: fc.array(oddText) }));
const documents = fc
  .oneof(
    anyValue,
    fc.record({ before: item, [KEY]: fc.oneof(fc.array(item), anyValue), after: item }),
    fc.record({ data: fc.record({ [KEY]: fc.array(item) }), text: oddText }),
    fc.array(fc.record({ [KEY]: fc.array(item) })),
    fc.array(fc.oneof(fc.constant(KEY), fc.array(item))),
  )
  .chain((value) => fc.constantFrom(0, 2, '\t').map((space) => JSON.stringify(value, null, space)));
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

describe('a document in pieces', () => {
  it('is what JSON.parse has of the whole, with the items of the long list one by one', () => {
    fc.assert(fc.property(documents, cuts, expectSame), { numRuns: 1_000 });
  });

  it('cut off or edited is refused where JSON.parse refuses it', () => {
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      gone: fc.nat(3),
      put: fc.constantFrom('', ',', '[', ']', '{', '}', '"', '\\', ':', '1', ' ', '\u0001'),
    });
    fc.assert(
      fc.property(documents, edit, cuts, (text, { at, gone, put }, where) => {
        const from = Math.floor(at * text.length);
        expectSame(text.slice(0, from) + put + text.slice(from + gone), where);
        expectSame(text.slice(0, from), where);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '{"leases":[1,]}',
    '{"leases":[,1]}',
    '{"leases":[1 2]}',
    '{"leases":[1][2]}',
    '{"leases":[{]}]}',
    '{"leases":[}1]}',
    '{"leases":["a\nb"]}',
    '{"leases":[1]',
    '{"leases":[1]}}',
    '{"leases":[1]} {"leases":[2]}',
    '["leases":[1]]',
    '{"leases"::[1]}',
    '{"leases" "x":[1]}',
    '',
  ])('that is broken is refused: %s', (text) => {
    for (let cut = 0; cut <= text.length; cut += 1)
      expect(reading([text.slice(0, cut), text.slice(cut)]).document).toEqual(REFUSED);
  });

  it('has its list wherever the letters of the key are escapes, and spaces around it', () => {
    const text = ' { "a" : "leases" , "le\\u0061ses"\n:\t[ 1 , [ ] ,\r\n"]" ] } ';
    for (let cut = 0; cut <= text.length; cut += 1) {
      const { items, document } = reading([text.slice(0, cut), text.slice(cut)]);
      expect([items, document]).toEqual([
        [1, [], ']'],
        { ok: true, value: { a: 'leases', leases: [0, 0, 0] } },
      ]);
    }
  });

  it('hands out each item before the rest has come', () => {
    const items: unknown[] = [];
    const reader = new JsonReader({ key: KEY, onItem: (one) => void items.push(one) });
    reader.add('{"leases":[{"ip":1},{"ip":2');
    expect(items).toEqual([{ ip: 1 }]);
    reader.add('},');
    expect(items).toEqual([{ ip: 1 }, { ip: 2 }]);
    expect(reader.finish()).toEqual(REFUSED);
  });

  it('that is a page of HTML is told as such', () => {
    expect(reading([' ', '<p>"leases":[1]']).document).toEqual(HTML);
  });
});
