// An acknowledgement as a value.
import type { Acknowledgement } from '../../src/watch/finding/acknowledgement.ts';

/** From noon until eight in the evening. */
export function acknowledgement(finding: string, over: Partial<Acknowledgement> = {}): Acknowledgement {
  return {
    finding,
    severity: 'critical',
    confirmed: true,
    service: null,
    macs: null,
    by: 'anna',
    comment: 'the router is replaced at six',
    at: '2026-03-01T12:00:00.000000Z',
    until: '2026-03-01T20:00:00.000000Z',
    ...over,
  };
}
