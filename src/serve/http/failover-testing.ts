// What the routes of failover tests have in common: open to read, and the only ones by which something can be changed.
import * as Type from 'typebox/type';
import { type FailoverTest, TestsUnavailable } from '../../failover/failover-test.ts';
import { closed } from '../render/schemas.ts';
import { Gate } from './authorization.ts';
import type { HttpOptions } from './options.ts';

export const FAILOVER_TESTS = '/api/v1/failover-tests';
export const FAILOVER_TEST = `${FAILOVER_TESTS}/:id`;

const OFF = 'failover tests are turned off: failoverTest.modes lists none';

/** What may become of a change besides: nobody may, this one may not, too often, or nobody can tell just now. */
export const CHANGE_ERRORS = [401, 403, 429, 503] as const;

export const FailoverTestParameters = Type.Object(
  { id: Type.String({ maxLength: 200, description: 'of the test', examples: ['freeze-20260301t164258z'] }) },
  closed,
);

export function gateFor({ failover, sources }: Pick<HttpOptions, 'failover' | 'sources'>): Gate {
  return failover.off ? new Gate(null, sources.now, OFF) : new Gate(failover.authorizer, sources.now);
}

export function unknownTest(id: string): string {
  return `there is no failover test ${id}`;
}

/** The text says why it is not to be had just now. */
export async function orUnavailable<Found extends FailoverTest | undefined>(
  asked: Promise<Found>,
): Promise<Found | string> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof TestsUnavailable) return error.message;
    throw error;
  }
}
