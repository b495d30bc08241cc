// The loop of every controller here: look at all there is, do what is missing, and again when something changes.
import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesApi } from './kubernetes-api.ts';
import { say } from './say.ts';

/** Also looked at this often: not all that matters is an object in the watched collection. */
const EVERY_MS = 1000;

/**
 * Calls `sync` at once, after changes in the collection and once a second, never twice at a time, until the signal aborts.
 * An error of `sync` is told, and the next call tries again: the API server may be away for a while.
 */
export async function reconcile(
  name: string,
  api: KubernetesApi,
  path: string,
  sync: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let changed = Promise.withResolvers<void>();
  const watching = watch(api, path, signal, () => changed.resolve());
  let told = '';
  while (!signal.aborted) {
    changed = Promise.withResolvers<void>();
    try {
      await sync();
      told = '';
    } catch (error) {
      const message = String(error);
      if (message !== told && !signal.aborted) say(`${name}: ${message}`);
      told = message;
    }
    await Promise.race([changed.promise, delay(EVERY_MS, undefined, { signal }).catch(() => {})]);
  }
  await watching;
}

async function watch(
  api: KubernetesApi,
  path: string,
  signal: AbortSignal,
  onChange: () => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const _ of api.changes(path, signal)) onChange();
    } catch {
      // The next attempt may do better, and until then the clock drives the loop.
    }
    await delay(EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
