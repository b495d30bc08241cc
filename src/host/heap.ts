// How early the engine collects garbage (docs/decisions/0007).
import { setFlagsFromString } from 'node:v8';

/**
 * From now on V8 collects garbage early and keeps no room in reserve. Set here, so that it holds however the program was started.
 */
export function collectEarly(): void {
  setFlagsFromString('--optimize-for-size');
  // Of so little room the threads that share a collection wait for each other, where the node has something else to do.
  setFlagsFromString('--no-parallel-scavenge');
}
