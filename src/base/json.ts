// Reading values that came over the network or out of a file: whatever is not of the expected shape is taken to be absent.

/** The value under a path of keys; undefined where there is none, or null. Prototypes are not looked at. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here ?? undefined;
}

export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Undefined for an empty text as well: the Kubernetes API leaves out what is empty. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The texts of a list; anything else in it is left out. */
export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  return items(at(value, ...path)).filter((item) => typeof item === 'string');
}
