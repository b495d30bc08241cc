// Of the alert on the failover objective: what makes it fire, and what resembles it and must not.
import { type AlertCase, JOB, on, type Series } from './series.ts';

const VIP = 'ip="192.168.1.50",namespace="traefik",service="traefik",class="failover"';

/** What one agent counts of one VIP, within the first hour. */
function takeovers(all: number, within: number): Series {
  return {
    ...on('cp', 'vipwatch_takeovers_total', VIP, `0x10 ${all}x170`),
    ...on('cp', 'vipwatch_takeovers_within_objective_total', VIP, `0x10 ${within}x170`),
  };
}

export const OBJECTIVE_CASES: readonly AlertCase[] = [
  {
    alert: 'VipwatchObjectiveMissed',
    what: 'two of ten failovers took too long',
    series: takeovers(10, 8),
    evaluatedEach: '5m',
    at: '2h',
    fires: [
      {
        labels: {
          job: JOB,
          severity: 'info',
          ip: '192.168.1.50',
          namespace: 'traefik',
          service: 'traefik',
          class: 'failover',
        },
        summary: 'Of the failovers of 192.168.1.50 (traefik/traefik) only 80% were fast enough within 30d',
        description:
          'The objective is a share of 0.9 within failover.maxGap. GET /api/v1/takeovers?ip=192.168.1.50 lists them with their gaps.',
        runbook_url:
          'https://github.com/vipwatch/vipwatch/blob/main/docs/findings.md#vipwatchobjectivemissed',
      },
    ],
  },
  {
    alert: 'VipwatchObjectiveMissed',
    what: 'one of ten did, which is what the objective allows',
    series: takeovers(10, 9),
    evaluatedEach: '5m',
    at: '2h',
    fires: [],
  },
  {
    alert: 'VipwatchObjectiveMissed',
    what: 'one of four did: too few to say',
    series: takeovers(4, 3),
    evaluatedEach: '5m',
    at: '2h',
    fires: [],
  },
];
