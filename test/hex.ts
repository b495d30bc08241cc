/** Bytes written as hex, grouped as on the wire by any white space; `//` begins a comment. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replaceAll(/\/\/.*$/gm, '').replaceAll(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new SyntaxError(`Cannot read hex: ${text}`);
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
