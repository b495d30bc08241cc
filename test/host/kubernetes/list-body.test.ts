import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readList } from '../../../src/host/kubernetes/list-body.ts';

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function read(text: string, pieceLength = text.length, most?: number) {
  const objects: unknown[] = [];
  const pieces = inPieces(Buffer.from(text), pieceLength);
  const frame = await readList(pieces, (some) => objects.push(...some), most);
  return { objects, frame };
}

/** What a parser of the whole makes of it. */
function expected(text: string) {
  const { items, ...rest } = JSON.parse(text);
  return { objects: items, frame: { ...rest, items: [] } };
}

describe('readList()', () => {
  it.each([
    [
      'as the API server writes its own kinds',
      '{"kind":"ServiceList","metadata":{"resourceVersion":"5"},"items":[{"a":1},{"b":[{}]}]}\n',
    ],
    [
      'as it writes custom resources',
      '{"apiVersion":"v1","items":[{"a":{"items":[1]}}],"kind":"L","metadata":{"continue":"x"}}',
    ],
    ['none', '{"metadata":{},"items":[]}'],
    ['brackets and quotes in texts', '{"items":[{"a":"]}\\"],{[\\\\"},{"\\"items\\":[":"ü€😀"}],"x":"}"}'],
    ['other lists', '{"a":[1,"items",[2]],"items":[{"c":[]}],"b":[[{}],{"items":[3]}]}'],
    ['white space', ' {\n "items" : [\r\n\t{ "a" : 1 } ,\n { } ]\n, "b" : null }\n'],
  ])('reads %s, however it comes in pieces', async (_what, text) => {
    for (let length = 1; length <= Buffer.from(text).length; length += 1)
      expect(await read(text, length)).toEqual(expected(text));
  });

  it('reads as a parser of the whole does', async () => {
    const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue());
    const document = fc.record({
      kind: fc.string(),
      metadata: object,
      items: fc.array(object),
      z: fc.jsonValue(),
    });
    await fc.assert(
      fc.asyncProperty(
        document,
        fc.integer({ min: 1, max: 40 }),
        fc.nat(2),
        async (value, length, indent) => {
          const text = JSON.stringify(value, null, indent);
          expect(await read(text, length)).toEqual(expected(text));
        },
      ),
    );
  });

  it('gives the objects of a piece before the next piece comes', async () => {
    const given: unknown[][] = [];
    async function* body() {
      yield Buffer.from('{"items":[{"a":1},{"b":2},{"c"');
      expect(given).toEqual([[{ a: 1 }, { b: 2 }]]);
      yield Buffer.from(':3}]}');
    }
    await readList(body(), (objects) => given.push([...objects]));
    expect(given).toEqual([[{ a: 1 }, { b: 2 }], [{ c: 3 }]]);
  });

  it.each([
    ['cut off', '{"items":[{"a":1}'],
    ['cut off within an object', '{"items":[{"a":1},{"b":'],
    ['nothing', ''],
    ['no JSON', '404 page not found\n'],
    ['an object that is none', '{"items":[{a}]}'],
    ['brackets that do not match', '{"items":[{"a":1]]}'],
    ['numbers in the list', '{"items":[{"a":1},2]}'],
    ['texts in the list', '{"items":["a"]}'],
    ['more after the end', '{"items":[{}]}{"items":[{}]}'],
  ])('refuses what is %s', async (_what, text) => {
    for (const length of [1, 4, text.length + 1])
      await expect(read(text, length)).rejects.toThrow(expect.objectContaining({ name: 'MalformedAnswer' }));
  });

  it.each([
    ['an object', `{"items":[{"a":"${'x'.repeat(200)}"}]}`],
    ['what is around the objects', `{"a":"${'x'.repeat(200)}","items":[{}]}`],
  ])('refuses %s without end', async (_what, text) => {
    await expect(read(text, 10, 100)).rejects.toThrow('more than 100 bytes in one piece');
    expect(await read(text, 10, 250)).toEqual(expected(text));
  });
});
