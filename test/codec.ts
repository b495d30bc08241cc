// The laws that every codec keeps, checked on hand-written packets and on edits of them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decoded } from '../src/net/result.ts';
import { fromHex, toHex } from './hex.ts';

export interface CodecUnderTest<Value, Reason extends string> {
  readonly name: string;
  readonly decode: (bytes: Uint8Array, start?: number, end?: number) => Decoded<Value, Reason>;
  readonly encode: (value: Value) => Uint8Array;
  /** Canonical packets by name: encoding what they decode to gives the very same bytes. */
  readonly samples: Readonly<Record<string, string>>;
  /** Bytes after the packet's own end change nothing (Ethernet's padding). @default true */
  readonly ignoresPadding?: boolean;
  /** The shortest prefix of a sample that may be accepted. @default the sample's whole length */
  readonly shortest?: (sample: Uint8Array) => number;
  /** Puts checksums right after an edit: a wrong one would hide whatever else the edit has broken. */
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
  /** The least share of edited samples that must still be accepted, so that the property says something. @default 0.2 */
  readonly acceptedShare?: number;
}

export function checkCodec<Value, Reason extends string>(codec: CodecUnderTest<Value, Reason>): void {
  const { decode, encode } = codec;
  const samples = Object.entries(codec.samples).map(([name, hex]) => ({ name, bytes: fromHex(hex) }));

  function accept(bytes: Uint8Array, start = 0, end = bytes.length): Value {
    const decoded = decode(bytes, start, end);
    if (!decoded.ok) throw new Error(`refused: ${decoded.reason}`);
    return decoded.value;
  }

  describe(`${codec.name}: the laws of a codec`, () => {
    it.each(samples)('decodes and encodes back to the same bytes: $name', ({ bytes }) => {
      expect(toHex(encode(accept(bytes)))).toBe(toHex(bytes));
    });

    it.each(samples)('encodes and decodes back to the same value: $name', ({ bytes }) => {
      const value = accept(bytes);
      expect(accept(encode(value))).toEqual(value);
    });

    it.each(samples)('refuses every truncation: $name', ({ bytes }) => {
      const shortest = codec.shortest?.(bytes) ?? bytes.length;
      for (let end = 0; end < bytes.length; end += 1) {
        // By copy and by bounds: bytes beyond `end` are there to be read by mistake.
        const copied = decode(bytes.slice(0, end));
        expect(decode(bytes, 0, end)).toEqual(copied);
        if (end < shortest) expect(copied, `the first ${end} bytes`).toMatchObject({ ok: false });
      }
    });

    it.each(samples)('decodes the same within a larger buffer: $name', ({ bytes }) => {
      for (const filler of [0x00, 0xff]) {
        const larger = new Uint8Array(bytes.length + 64).fill(filler);
        larger.set(bytes, 31);
        // Payload bounds count from the buffer's start, so they are compared on what they delimit: the encoding.
        const value = accept(larger, 31, 31 + bytes.length);
        expect(withoutBounds(value)).toEqual(withoutBounds(accept(bytes)));
        const view = larger.subarray(31, 31 + bytes.length);
        expect(accept(view)).toEqual(accept(bytes));
      }
    });

    it.each(samples)('keeps nothing of the buffer, which is used again: $name', ({ bytes }) => {
      // A Buffer's slice is no copy, unlike a Uint8Array's.
      const buffer = Buffer.from(bytes);
      const value = accept(buffer);
      buffer.fill(0xee);
      expect(value).toEqual(accept(bytes));
    });

    if (codec.ignoresPadding ?? true) {
      it.each(samples)('is not changed by Ethernet padding: $name', ({ bytes }) => {
        const padded = new Uint8Array(bytes.length + 18);
        padded.set(bytes);
        expect(accept(padded)).toEqual(accept(bytes));
      });
    }

    // Room for what an edit takes away, as in a padded frame.
    const padded = (bytes: Uint8Array) =>
      (codec.ignoresPadding ?? true) ? Uint8Array.from([...bytes, ...new Uint8Array(8)]) : bytes;

    it('never throws on edited packets, and re-encodes what it accepts', () => {
      let accepted = 0;
      let tried = 0;
      fc.assert(
        fc.property(fc.constantFrom(...samples), edits(), (sample, list) => {
          const edited = applyEdits(padded(sample.bytes), list);
          const decoded = decode(codec.repair?.(edited) ?? edited);
          tried += 1;
          if (!decoded.ok) return;
          accepted += 1;
          expect(accept(encode(decoded.value))).toEqual(decoded.value);
        }),
        { numRuns: 2000 },
      );
      expect(accepted / tried).toBeGreaterThan(codec.acceptedShare ?? 0.2);
    });
  });
}

function withoutBounds(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => key !== 'payloadStart' && key !== 'payloadEnd'),
  );
}

/** One change of a packet; `at` is a fraction of its length, so that edits fit packets of any length. */
interface Edit {
  readonly kind: 'flip' | 'overwrite' | 'insert' | 'delete' | 'cut';
  readonly at: number;
  readonly byte: number;
}

/** One to four changes of a real packet: most random bytes fail at the first header and prove nothing. */
export function edits(): fc.Arbitrary<Edit[]> {
  const edit = fc.record<Edit>({
    kind: fc.noBias(
      fc.constantFrom('flip', 'flip', 'flip', 'overwrite', 'overwrite', 'insert', 'delete', 'cut'),
    ),
    // Without bias: the extremes, which are tried more often otherwise, are mostly the first header.
    at: fc.noBias(fc.integer({ min: 0, max: 9_999 })).map((part) => part / 10_000),
    byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xff)),
  });
  return fc.array(edit, { minLength: 1, maxLength: 4 });
}

export function applyEdits(packet: Uint8Array, list: readonly Edit[]): Uint8Array {
  const bytes = [...packet];
  for (const { kind, at, byte } of list) {
    const index = Math.floor(at * bytes.length);
    if (kind === 'flip' && bytes.length > 0) bytes[index]! ^= 1 << (byte & 7);
    if (kind === 'overwrite' && bytes.length > 0) bytes[index] = byte;
    if (kind === 'insert') bytes.splice(index, 0, byte);
    if (kind === 'delete') bytes.splice(index, 1);
    // Only now and then, and never most of it: short packets are the truncation law's business.
    if (kind === 'cut') bytes.length = Math.max(index, Math.ceil(bytes.length * 0.9));
  }
  return Uint8Array.from(bytes);
}
