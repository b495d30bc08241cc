// What the routes of acknowledgements have in common. Whoever may ask for failover tests may acknowledge a finding.
import * as Type from 'typebox/type';
import { AcknowledgingRefused, AcknowledgingUnavailable } from '../../acknowledge/acknowledging.ts';
import type { Acknowledged } from '../../watch/finding/finding.ts';
import { closed } from '../render/schemas.ts';
import type { ErrorStatus } from './problem.ts';

export const ACKNOWLEDGE = '/api/v1/findings/:id/acknowledge';

export const FindingParameters = Type.Object(
  {
    id: Type.String({
      description: 'of the finding',
      examples: ['lease-on-vip_192.168.1.0-24_192.168.1.50_02:00:00:00:00:aa'],
    }),
  },
  closed,
);

export function unknownFinding(id: string): string {
  return `there is no finding ${id}; another agent may have it`;
}

/** What is shown of one. */
export function renderAcknowledged({ by, comment, at, until }: Acknowledged) {
  return { by, comment, at, until };
}

interface Refusal {
  readonly status: ErrorStatus & (409 | 503);
  readonly detail: string;
}

/** What was asked for, or why it cannot be. */
export async function orRefusal<Found>(asked: Promise<Found>): Promise<{ readonly found: Found } | Refusal> {
  try {
    return { found: await asked };
  } catch (error) {
    if (error instanceof AcknowledgingRefused) return { status: 409, detail: error.message };
    if (error instanceof AcknowledgingUnavailable) return { status: 503, detail: error.message };
    throw error;
  }
}
