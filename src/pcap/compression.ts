// How a compressed file is known, by its first bytes, and the command that unpacks it.

/** The first four bytes of any format tell. */
export const COMPRESSION_MAGIC_LENGTH = 4;

export interface Compression {
  readonly name: 'gzip' | 'zstd' | 'xz' | 'bzip2' | 'lz4' | 'zip';
  /** Writes what is in the file to standard output. */
  readonly command: string;
}

interface Magic extends Compression {
  readonly value: number;
  /** The bits of the first four bytes that are always the same. */
  readonly mask: number;
}

const MAGICS: readonly Magic[] = [
  { name: 'gzip', command: 'gunzip -c', value: 0x1f8b0000, mask: 0xffff0000 },
  { name: 'zstd', command: 'zstd -dc', value: 0x28b52ffd, mask: 0xffffffff },
  // A frame to be skipped may come first (RFC 8878, section 3.1.2): pzstd puts its sizes there.
  { name: 'zstd', command: 'zstd -dc', value: 0x502a4d18, mask: 0xf0ffffff },
  { name: 'xz', command: 'xz -dc', value: 0xfd377a58, mask: 0xffffffff },
  { name: 'bzip2', command: 'bzip2 -dc', value: 0x425a6800, mask: 0xffffff00 },
  { name: 'lz4', command: 'lz4 -dc', value: 0x04224d18, mask: 0xffffffff },
  { name: 'zip', command: 'unzip -p', value: 0x504b0304, mask: 0xffffffff },
];

/** @param magic the first four bytes as a number in big-endian order. */
export function compressionOf(magic: number): Compression | undefined {
  return MAGICS.find(({ value, mask }) => (magic & mask) >>> 0 === value);
}
