// Makes a scenario shorter as long as it shows the same trouble: what does not belong to it is left out.
import type { Micros } from '../../../src/base/time.ts';
import { SECOND } from '../../../src/base/time.ts';
import type { Scenario } from '../scenario.ts';

/** Of all plays together: each takes some tenths of a second. */
const MOST_PLAYS = 250;
/** After the last complaint, time has nothing more to show. */
const AFTER: Micros = 10 * SECOND;

/**
 * @param lastComplaint when it still shows the same trouble, the time of the last such complaint since the start; null: it does not.
 *   A scenario that makes no sense any more, as with an action of a node that is gone, may throw RangeError or TypeError.
 */
export function shrink(
  scenario: Scenario,
  lastComplaint: (candidate: Scenario) => Micros | null,
): { readonly scenario: Scenario; readonly plays: number } {
  let best = scenario;
  let plays = 0;
  const better = (candidate: Scenario): boolean => {
    if (plays >= MOST_PLAYS) return false;
    plays += 1;
    if (timeOr(candidate, lastComplaint) === null) return false;
    best = candidate;
    return true;
  };
  for (let before: Scenario | null = null; before !== best && plays < MOST_PLAYS; ) {
    before = best;
    // Halves, quarters and so on before one by one (delta debugging).
    leaveOut(best.actions, (actions) => better({ ...best, actions }));
    leaveOut(best.stations, (stations) => better({ ...best, stations }));
    leaveOut(best.services, (services) => services.length > 0 && better({ ...best, services }));
    // A cluster of one node has nobody to see what becomes of it.
    leaveOut(best.nodes, (nodes) => nodes.length > 1 && better({ ...best, nodes }));
    for (const { name } of best.nodes) {
      const isAgent = best.nodes.some((node) => node.name === name && node.agent);
      const without = best.nodes.map((node) => (node.name === name ? { ...node, agent: null } : node));
      if (isAgent && without.some(({ agent }) => agent)) better({ ...best, nodes: without });
    }
    if (best.router.dhcp) better({ ...best, router: { ...best.router, dhcp: null } });
  }
  plays = Math.min(plays, MOST_PLAYS - 1);
  const last = timeOr(best, lastComplaint);
  if (last !== null && last + AFTER < best.length) better({ ...best, length: last + AFTER });
  return { scenario: best, plays };
}

function timeOr(candidate: Scenario, lastComplaint: (candidate: Scenario) => Micros | null): Micros | null {
  try {
    return lastComplaint(candidate);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return null;
    throw error;
  }
}

/** @param takes whether it is as good without; the list is then the shorter one. */
function leaveOut<Item>(items: readonly Item[], takes: (rest: readonly Item[]) => boolean): void {
  let left = items;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let place = 0; place < left.length; ) {
      const rest = [...left.slice(0, place), ...left.slice(place + size)];
      if (rest.length < left.length && takes(rest)) left = rest;
      else place += size;
    }
  }
}
