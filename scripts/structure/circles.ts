// A way that leads back to where it began.

/** The first that is found, with its beginning at both ends; undefined where there is none. */
export function circleIn(edges: readonly (readonly [from: string, to: string])[]): string[] | undefined {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of edges) next.set(from, (next.get(from) ?? new Set()).add(to));
  const done = new Set<string>();
  const way: string[] = [];
  const search = (at: string): string[] | undefined => {
    if (done.has(at)) return undefined;
    const begin = way.indexOf(at);
    if (begin >= 0) return [...way.slice(begin), at];
    way.push(at);
    for (const to of next.get(at) ?? []) {
      const circle = search(to);
      if (circle) return circle;
    }
    way.pop();
    done.add(at);
    return undefined;
  };
  for (const from of next.keys()) {
    const circle = search(from);
    if (circle) return circle;
  }
  return undefined;
}
