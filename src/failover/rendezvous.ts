// An order of names that all agents find by themselves.
import { hash } from 'node:crypto';

/**
 * The names in an order of this key's own (rendezvous hashing): whoever has the same names finds the same order, and one
 * that comes or goes moves no other.
 */
export function ranked(names: Iterable<string>, key: string): string[] {
  return [...new Set(names)]
    .map((name) => ({ name, digest: hash('sha256', `${name}#${key}`) }))
    .toSorted((a, b) => (a.digest < b.digest ? -1 : 1))
    .map(({ name }) => name);
}

/**
 * The node whose agent does for all what one of them is to do: whoever knows the same agents comes to the same answer.
 * @param readyNodes those with an agent that is ready; undefined while they are not known, and nobody does it.
 */
export function chosenFor(task: string, readyNodes: readonly string[] | undefined): string | null {
  return ranked(readyNodes ?? [], task)[0] ?? null;
}
