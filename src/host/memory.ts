// How the engine weighs memory against speed.
import { setFlagsFromString } from 'node:v8';

/**
 * From now on V8 collects garbage early and keeps no room in reserve, for a few per cent of processor time: an agent runs
 * on every node, and mostly waits. Set here, so that it holds however the program was started (docs/decisions/0007).
 */
export function favourMemory(): void {
  setFlagsFromString('--optimize-for-size');
}
