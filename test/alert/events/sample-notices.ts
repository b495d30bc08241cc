// Notices for the tests: findings on a home's VIP, and an agent's view of the others.

import type { Notice } from '../../../src/alert/events/notice.ts';
import { noticesOf } from '../../../src/alert/events/notice.ts';
import type { Liveness } from '../../../src/alert/events/notice-step.ts';
import type { Intent } from '../../../src/intent/intent.ts';
import type { IpAddress, Mac } from '../../../src/net/address.ts';
import type { Finding } from '../../../src/watch/finding/finding.ts';
import { PHONE, sampleFinding } from '../../serve/sample.ts';

export const METALLB = 'metallb-system';
export const UID = '0e3f6c1a-0000-4000-8000-000000000001';

const ip = (text: string) => text as IpAddress;

export const INTENT: Intent = {
  pools: [],
  vips: [
    { address: ip('192.168.1.50'), service: 'traefik/traefik' },
    {
      address: ip('192.168.1.51'),
      service: 'default/a',
      sharedWith: ['default/b', 'other/c'],
      elector: { elect: () => ({ node: 'w2', interfaces: null }) },
    },
  ],
  nodes: ['cp', 'w1', 'w2'].map((name, i) => ({
    name,
    addresses: [ip(`192.168.1.1${i}`)],
    macs: [`02:00:00:00:00:1${i}` as Mac],
  })),
};

export function claim(over: Partial<Finding> = {}): Finding {
  return sampleFinding({
    kind: 'foreign-claim',
    id: `foreign-claim_eth0_192.168.1.50_${PHONE}`,
    message: 'The VIP is claimed.',
    remedy: 'Take it away.',
    ...over,
  });
}

export function noticeOf(finding: Finding = claim()): Notice {
  return noticesOf(finding, INTENT, METALLB)[0]!;
}

/** A view of the others' Pods; those not named are gone. */
export function pods(states: Readonly<Record<string, Liveness>>): (pod: string) => Liveness {
  return (pod) => states[pod] ?? 'gone';
}
