// Loaded before the agent (`node --import`): its clock is the machine's, but steps when the file CHAOS_CLOCK says by how many seconds.
// A frame's stamp comes from the kernel, which knows nothing of it, and is moved along.
import { registerHooks } from 'node:module';

const CLOCK = new URL('../../../src/host/clock.ts', import.meta.url).href;
const STEPPING = new URL('./stepping-clock.ts', import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    return resolved.url === CLOCK && context.parentURL !== STEPPING
      ? { ...resolved, url: STEPPING }
      : resolved;
  },
});
