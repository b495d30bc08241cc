// "Did you mean": the word among the known ones that a mistyped one is nearest to.

/** Beyond it two words are not the same one mistyped. */
const MAX_DISTANCE = 3;
/** Of the letters, how many may differ. */
const MAX_SHARE = 0.4;
/** No word that is known is longer. */
const LONGEST = 60;

/** Undefined where none is near. Upper and lower case are the same. */
export function mostSimilar(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const one of known) {
    const distance = distanceOf(word.toLowerCase(), one.toLowerCase());
    const most = Math.min(MAX_DISTANCE, Math.floor(Math.max(word.length, one.length) * MAX_SHARE));
    if (distance <= most && distance < least) [nearest, least] = [one, distance];
  }
  return nearest;
}

/** Letters to put in, take out, replace or swap with their neighbour (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  let [older, old] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = old[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? older[j - 2]! + 1
          : Number.POSITIVE_INFINITY;
      row.push(Math.min(old[j]! + 1, row[j - 1]! + 1, replaced, swapped));
    }
    [older, old] = [old, row];
  }
  return old[b.length]!;
}
