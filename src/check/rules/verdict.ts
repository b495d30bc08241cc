// What a rule makes of a cluster.
import type { Cluster } from '../model/cluster.ts';
import type { CheckedObject } from '../model/object.ts';
import type { Level } from './catalogue.ts';

export interface Problem {
  /** Absent: the rule's usual one. */
  readonly level?: Level;
  /** Whom it concerns, the main one first. */
  readonly subjects: readonly CheckedObject[];
  /** The address that it is about; null: none, or several. */
  readonly ip: string | null;
  readonly message: string;
  readonly remedy: string;
}

export interface Verdict {
  readonly problems: readonly Problem[];
  /** What was looked at, as `3 pools`. */
  readonly looked: string;
  /** What could not be told, and why; absent: all could. */
  readonly untold?: string;
}

/** A verdict that takes long, in parts: whoever asks for it may let others have their turn in between. */
export type Turns = Generator<undefined, Verdict, void>;

export type Judge = (cluster: Cluster) => Verdict | Turns;

export function skip(untold: string): Verdict {
  return { problems: [], looked: '', untold };
}

/** `1 pool`, `3 pools`. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join() : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}
