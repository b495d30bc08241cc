// The versions of MetalLB, by the tags of its images, and what differs between them for those who run side by side.

export type Version = readonly [major: number, minor: number, patch: number];

/** From then on memberlist's key is the SHA-256 of its secret; before, the secret's first 32 bytes (metallb#3143). */
export const DIGEST_KEY: Version = [0, 16, 2];

/** Undefined where the image's tag tells none, as where a digest stands in its place. */
export function versionOfImage(image: string): Version | undefined {
  const tag = /:v?(\d+)\.(\d+)\.(\d+)(?:[-+@]|$)/.exec(image);
  return tag === null ? undefined : [Number(tag[1]), Number(tag[2]), Number(tag[3])];
}

export function isBefore(one: Version, other: Version): boolean {
  const at = one.findIndex((number, i) => number !== other[i]);
  return at >= 0 && one[at]! < other[at]!;
}

export function versionText(version: Version): string {
  return version.join('.');
}
