// In place of src/host/clock.ts in the bundle of an agent under chaos (scripts/bundle.ts): its clock is the machine's, but steps
// when the file CHAOS_CLOCK says by how many seconds. A frame's stamp comes from the kernel, which knows nothing of it, and is
// moved along.
import { readFileSync } from 'node:fs';
import { type Micros, SECOND } from '../../../src/base/time.ts';
import { type ClockPair, Clock as TrueClock, systemClocks as trueClocks } from '../../../src/host/clock.ts';

const LOOK_EVERY = SECOND;

let offset: Micros = 0;
let lookedAt = Number.NEGATIVE_INFINITY;

function offsetAt(monotonic: Micros): Micros {
  if (monotonic - lookedAt < LOOK_EVERY) return offset;
  lookedAt = monotonic;
  try {
    offset = Number(readFileSync(process.env.CHAOS_CLOCK!, 'utf8')) * SECOND;
  } catch {
    // Not written yet.
  }
  return offset;
}

export class Clock extends TrueClock {
  override fromKernel(realtime: Micros): Micros {
    return super.fromKernel(realtime + offset);
  }
}

export function systemClocks(): ClockPair {
  const { realtime, monotonic } = trueClocks();
  return { monotonic, realtime: () => realtime() + offsetAt(monotonic()) };
}
