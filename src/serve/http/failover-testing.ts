// What the routes of failover tests have in common: open to read, and a change takes a right.
import * as Type from 'typebox/type';
import { type FailoverTest, TestsUnavailable } from '../../failover/failover-test.ts';
import { closed } from '../render/schemas.ts';
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

export function closedBecause({ failover }: Pick<HttpOptions, 'failover'>): string | null {
  return failover.off ? OFF : null;
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
