// What the logs of Pods say, where they were read.
import type { Backing } from '../model/backing.ts';
import type { Cluster } from '../model/cluster.ts';
import { keyOf } from '../model/object.ts';

/** The last line of its Pods that is of this kind; null: none, or no log was read. */
export function loggedLine(
  { facts: { logs } }: Cluster,
  { pods }: Backing,
  isOne: (line: string) => boolean,
): string | null {
  return pods.flatMap((pod) => logs?.lines.get(keyOf(pod)) ?? []).findLast(isOne) ?? null;
}

/** Why a log of its Pods could not be read; null: all could, or none was to be. */
export function whyNoLog({ facts: { logs } }: Cluster, { pods }: Backing): string | null {
  return pods.flatMap((pod) => logs?.failed.get(keyOf(pod)) ?? [])[0] ?? null;
}
