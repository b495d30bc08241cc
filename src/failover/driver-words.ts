// What a failover test says of itself while it is driven: what it waits for, and how it ended.
import { durationText } from '../base/duration.ts';
import { type Ending, type FailoverTestSpec, type TestMode, takeoverWithin } from './failover-test.ts';
import type { TestObject } from './object.ts';

export const RUNNING: Readonly<Record<TestMode, (from: string, within: string) => string>> = {
  observe: (from) => `Unplug ${from} now. Waiting for another node to take over.`,
  drain: (from) => `Kept ${from} from announcing by its label. Waiting for another node to take over.`,
  'delete-pod': (from) => `Deleted the speaker's Pod on ${from}. Waiting for another node to take over.`,
  freeze: (from, within) =>
    `Stopped the speaker on ${from}, for ${within} at most. Waiting for another node to take over.`,
};

export function nobodyText(from: string, spec: FailoverTestSpec): string {
  const within = durationText(takeoverWithin(spec));
  return spec.mode === 'freeze'
    ? `No node took over from ${from} while its speaker was stopped, for ${within}.`
    : `No node took over from ${from} within ${within}.`;
}

export const failingBackText = (to: string, from: string): string =>
  `${to} took over. Waiting for ${from} to take it back.`;

export const isUnderWay = ({ phase }: TestObject): boolean => phase === 'Running' || phase === 'FailingBack';

export function cancelledText(test: TestObject): string {
  const how = test.cancelled ? 'Cancelled on request' : 'Deleted while it ran';
  return `${how}${isUnderWay(test) && test.injected ? '; what was injected has been undone' : ''}.`;
}

/** What was measured may not be all there was to measure. */
export function lost(coordinator: string | null, ownNode: string, test: TestObject): Ending {
  const how = coordinator === ownNode ? 'was restarted' : 'fell silent';
  const undone = test.injected ? ' What was injected has been undone.' : '';
  return { phase: 'Failed', message: `The agent of ${coordinator}, which drove the test, ${how}.${undone}` };
}
