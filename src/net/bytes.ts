// Reading bytes: numbers in network byte order, without a DataView per frame. The caller has checked the length.

const FEW = 32;

export function uint16At(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

export function uint32At(bytes: Uint8Array, offset: number): number {
  return ((uint16At(bytes, offset) << 16) | uint16At(bytes, offset + 2)) >>> 0;
}

/** The bytes by themselves. Not `slice`, which shares memory where the bytes come in one of Node's Buffers. */
export function copyOfBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  // For a few bytes a view of them costs more than they do.
  if (copy.length > FEW) copy.set(bytes.subarray(start, end));
  else for (let i = 0; i < copy.length; i += 1) copy[i] = bytes[start + i]!;
  return copy;
}
