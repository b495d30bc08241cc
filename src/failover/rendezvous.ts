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
