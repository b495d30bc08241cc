// If a node dies: where its VIPs go, and when the services behind them are back.
import { describe, expect, it } from 'vitest';
import { forecastsOf, forecastsOfService } from '../../src/check/forecast.ts';
import { forecastJson, forecastText } from '../../src/check/output/forecast.ts';
import type { MeasuredTakeover } from '../../src/check/takeover-time.ts';
import {
  claim,
  clusterOf,
  deployment,
  driver,
  ip,
  merged,
  node,
  other,
  pod,
  type Raw,
  service,
  slice,
  speaker,
  speakerContainers,
  volume,
} from './home.ts';

const MOUNTS = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] };
const FOREVER = { tolerations: [{ operator: 'Exists' }] };
const SWIFT = {
  tolerations: ['not-ready', 'unreachable'].map((taint) => ({
    key: `node.kubernetes.io/${taint}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 30,
  })),
};
const DISK = {
  spec: {
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['w1'] }] },
        ],
      },
    },
  },
};

/** One Pod on w1, which announces 192.168.1.240 by MetalLB's election. */
const lone = (spec: Raw = {}, kind = 'Deployment') => ({
  without: ['Pod web/web-b', ...(kind === 'Deployment' ? [] : ['Deployment web/web'])],
  objects: [
    { ...deployment('web/web', { spec: { replicas: 1 } }, spec), kind },
    pod('web/web-a', 'w1', { spec }),
    slice('web/web', ['w1']),
  ],
});

const withVolume = (change: Raw = {}) => {
  const { without, objects } = lone(MOUNTS);
  return { without, objects: [...objects, claim('web/data'), volume('pv-1', change), driver()] };
};

function told(of: Parameters<typeof clusterOf>[0], dead = announcer(), measured: MeasuredTakeover[] = []) {
  return forecastsOf(clusterOf(of), dead, measured).map(forecastText);
}

/** Whom MetalLB elects for 192.168.1.240 of w1 and w2. */
function announcer(): string {
  const [forecast] = ['w1', 'w2']
    .flatMap((name) => forecastsOf(clusterOf(), name))
    .filter(({ vip }) => vip.kind === 'moves');
  return forecast!.node!;
}

describe('the VIP', () => {
  const dead = announcer();
  const left = dead === 'w1' ? 'w2' : 'w1';

  it('moves to the next one of the election', () => {
    expect(told({})).toEqual([
      `if ${dead} dies: 192.168.1.240 (web/web) moves to ${left} in about 6 s (usually 5.8 s; no agent has measured one here); the service continues, except for 50 % of new connections: 50 s until the node counts as dead`,
    ]);
  });

  it('stays where another node announces it', () => {
    expect(told({}, left)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^if ${left} dies: 192\\.168\\.1\\.240 \\(web/web\\) stays with ${dead}; the service continues`,
        ),
      ),
    ]);
    expect(told({ objects: [slice('web/web', [dead])] }, left)).toEqual([]);
  });

  it('goes by what was measured here, of this VIP before others', () => {
    const takeovers = [3, 9, 4].map((seconds) => ({
      ...{ ip: ip('192.168.1.240'), seconds },
      on: `2026-11-0${seconds}`,
    }));
    const others = [{ ip: ip('192.168.1.241'), seconds: 60, on: '2026-10-31' }];
    expect(told({}, dead, [...takeovers, ...others])[0]).toContain(
      'in about 4 s (measured here: 4 s, the median of 3, the last on Nov 9)',
    );
    expect(told({}, dead, others)[0]).toContain('in about 60 s (measured here: 60 s on Oct 31)');
  });

  it('moves nowhere without another candidate, and without memberlist', () => {
    const alone = { without: [`Pod metallb-system/speaker-${left}`] };
    expect(told(alone, dead)[0]).toContain('moves nowhere: no other node can announce it');
    const deaf = ['w1', 'w2'].map((name) => speaker(name, speakerContainers('0.16.2', [], false)));
    expect(told({ objects: deaf }, dead)[0]).toContain('moves nowhere: without memberlist');
  });
});

describe('all nodes at once', () => {
  const all = (of: Parameters<typeof clusterOf>[0]) => {
    const cluster = clusterOf(of);
    return cluster.list('services').flatMap((one) => forecastsOfService(cluster, one, []));
  };
  const ofEach = (of: Parameters<typeof clusterOf>[0], nodes: readonly string[]) =>
    nodes.flatMap((name) => forecastsOf(clusterOf(of), name));

  it('are those of each that has to do with a VIP', () => {
    const of = { objects: [node('w3', '192.168.1.13'), speaker('w3')] };
    expect(all(of).toSorted((a, b) => (a.node! < b.node! ? -1 : 1))).toEqual(ofEach(of, ['w1', 'w2', 'w3']));
  });

  it('are one for all others where nobody is known to announce the VIP', () => {
    const of = {
      without: ['Pod metallb-system/speaker-w1', 'Pod metallb-system/speaker-w2'],
      objects: [slice('web/web', ['w1'])],
    };
    expect(all(of).map(({ node: dies, besides }) => [dies, besides])).toEqual([
      ['w1', []],
      [null, ['w1']],
    ]);
    const [, others] = all(of);
    expect({ ...others, node: 'w2', besides: [] }).toEqual(forecastsOf(clusterOf(of), 'w2')[0]);
    expect(forecastText(others!)).toMatch(
      /^if any other node dies: 192\.168\.1\.240 \(web\/web\) moves to an unknown node: /,
    );
  });
});

describe('the service', () => {
  it.each([
    [
      'one Pod: after 6 min',
      lone(),
      /back after about 6 min: 50 s until the node counts as dead, 300 s toleration, then the start of its Pod$/,
    ],
    ['one Pod that tolerates 30 s', lone(SWIFT), /back after about 80 s: 50 s .*, 30 s toleration, then/],
    [
      'one Pod with a volume: after 12 min',
      withVolume(),
      /back after about 12 min: 50 s .*, 300 s toleration, 360 s until the volume is detached, at most, then/,
    ],
    [
      'a volume that nobody attaches',
      { ...withVolume(), objects: [...withVolume().objects, driver({ attachRequired: false })] },
      /back after about 6 min/,
    ],
    [
      'a volume on the disk of the node',
      withVolume(DISK),
      /never comes back by itself: its volume pv-1 is on the disk of that node$/,
    ],
    [
      'a Pod that tolerates for ever',
      lone(FOREVER),
      /never comes back by itself: it tolerates a dead node for ever/,
    ],
    [
      'a Pod that may run there only',
      lone({ nodeSelector: { 'kubernetes.io/hostname': 'w1' } }),
      /never comes back by itself: it may run on that node only$/,
    ],
    ['a StatefulSet', lone({}, 'StatefulSet'), /never comes back by itself: a StatefulSet/],
    ['a DaemonSet', lone({}, 'DaemonSet'), /never comes back by itself: its DaemonSet/],
    [
      'endpoints that nobody is known to make',
      { without: ['Deployment web/web'], objects: [slice('web/web', ['w1'])] },
      /it is not known when the service is back: the controller of its Pods is not known$/,
    ],
  ])('%s', (_, of, expected) => {
    expect(told(of, 'w1')).toEqual([expect.stringMatching(expected)]);
  });

  it('goes on whole with Local, whose next announcer has its own endpoints', () => {
    const local = service('web/web', '192.168.1.240', { spec: { externalTrafficPolicy: 'Local' } });
    expect(told({ objects: [local] })[0]).toMatch(/the service behind it continues$/);
  });

  it('of a node that has nothing to do with VIPs is not known', () => {
    expect(told({ objects: [node('w3', '192.168.1.13')] }, 'w3')).toEqual([]);
  });

  it('is the same as JSON', () => {
    const [forecast] = forecastsOf(clusterOf(withVolume()), 'w1');
    expect(forecastJson(forecast!)).toMatchObject({
      type: 'forecast',
      node: 'w1',
      ip: '192.168.1.240',
      service: 'web/web',
      behind: 'away',
      backAfterSeconds: 710,
      parts: [{ seconds: 50 }, { what: 'toleration', seconds: 300 }, { seconds: 360 }],
    });
  });

  it('comes back sooner where Longhorn deletes the Pods of dead nodes', () => {
    const longhorn = { spec: { csi: { driver: 'driver.longhorn.io' } } };
    const setting = other('longhorn.io/v1beta2', 'Setting', 'longhorn-system/node-down-pod-deletion-policy', {
      value: 'delete-both-statefulset-and-deployment-pod',
    });
    const of = withVolume(longhorn);
    expect(told(of, 'w1')[0]).toContain('12 min');
    expect(told(merged(of, { objects: [...of.objects, setting] }) as typeof of, 'w1')[0]).toContain('6 min');
  });
});
