// Reading bytes: numbers in network byte order, without a DataView per frame. The caller has checked the length.

export function uint16At(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

export function uint32At(bytes: Uint8Array, offset: number): number {
  return ((uint16At(bytes, offset) << 16) | uint16At(bytes, offset + 2)) >>> 0;
}

/** The bytes by themselves. Not `slice`, which shares memory where the bytes come in one of Node's Buffers. */
export function copyOfBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}
