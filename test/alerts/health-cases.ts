// Of the alerts on the agents themselves: what makes them fire, and what resembles it and must not.
import { type AlertCase, inCluster, inTurn, JOB, minutes, on, once, onEach, type Series } from './series.ts';

/** An update of twenty agents: each fails one scrape, another one each minute. */
const ROLLOUT: Series = {
  ...inTurn('vipwatch_build_info', '', once('stale', '1')),
  ...inTurn('up', '', once('0', '1')),
};

const UNREADY = 'vipwatch_agent_longest_unready_seconds';
const AGENT_NOT_READY = 'A node has had no ready vipwatch agent for more than a quarter of an hour';

export const HEALTH_CASES: readonly AlertCase[] = [
  {
    alert: 'VipwatchAbsent',
    what: 'no agent at all, ever',
    series: { 'up{job="node"}': '1x30' },
    at: '15m',
    fires: [{ labels: {}, summary: 'Prometheus hears from no vipwatch agent' }],
  },
  {
    alert: 'VipwatchAbsent',
    what: 'the only cluster falls silent',
    series: onEach('vipwatch_build_info', '', '1x10 stale'),
    evaluatedEach: '5m',
    at: ['25m', '12h', '24h5m'],
    fires: [{ labels: { job: JOB }, summary: `Prometheus hears from no vipwatch agent of the job ${JOB}` }],
  },
  {
    alert: 'VipwatchAbsent',
    what: 'the only cluster is silent for more than a day: as where none ever was',
    series: onEach('vipwatch_build_info', '', '1x10 stale'),
    evaluatedEach: '5m',
    at: '24h20m',
    fires: [{ labels: {}, summary: 'Prometheus hears from no vipwatch agent' }],
  },
  {
    alert: 'VipwatchAbsent',
    what: 'one cluster of two falls silent',
    series: {
      ...inCluster('home', onEach('vipwatch_build_info', '', '1x10 stale')),
      ...inCluster('work', onEach('vipwatch_build_info', '', '1x1500')),
    },
    evaluatedEach: '5m',
    at: ['25m', '12h', '24h5m'],
    fires: [
      {
        labels: { cluster: 'home', job: JOB },
        summary: `Prometheus hears from no vipwatch agent of the job ${JOB} in the cluster home`,
      },
    ],
  },
  {
    alert: 'VipwatchAbsent',
    what: 'one cluster of two was given up a day ago',
    series: {
      ...inCluster('home', onEach('vipwatch_build_info', '', '1x10 stale')),
      ...inCluster('work', onEach('vipwatch_build_info', '', '1x1500')),
    },
    evaluatedEach: '5m',
    at: '24h20m',
    fires: [],
  },
  {
    alert: 'VipwatchAbsent',
    what: 'both clusters were away, for less than ten minutes',
    series: {
      ...inCluster('home', onEach('vipwatch_build_info', '', '1x10 stale _x7 1x20')),
      ...inCluster('work', onEach('vipwatch_build_info', '', '1x10 stale _x7 1x20')),
    },
    at: minutes(0, 35),
    fires: [],
  },
  {
    alert: 'VipwatchAbsent',
    what: 'one agent of three is left',
    series: on('w2', 'vipwatch_build_info', '', '1x30'),
    at: '15m',
    fires: [],
  },
  {
    alert: 'VipwatchAgentDown',
    what: 'two of three, for longer than a rollout takes, are one alert',
    series: {
      ...onEach('vipwatch_build_info', '', '1x20'),
      ...onEach('up', '', '1x20'),
      ...on('cp', 'vipwatch_build_info', '', '1x5 stale'),
      ...on('cp', 'up', '', '1x5 0x14'),
      ...on('w1', 'vipwatch_build_info', '', '1x5 stale'),
      ...on('w1', 'up', '', '1x5 0x14'),
    },
    at: '12m',
    fires: [
      { labels: { job: JOB }, summary: 'On 2 node(s) vipwatch does not answer Prometheus', nodes: 'cp w1' },
    ],
  },
  {
    alert: 'VipwatchAgentDown',
    what: 'a rollout, of all at once and of one after the other',
    series: {
      ...onEach('vipwatch_build_info', '', '1x5 stale stale 1x40'),
      ...onEach('up', '', '1x5 0 0 1x40'),
      ...ROLLOUT,
    },
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchAgentDown',
    what: 'one that is away for four minutes',
    series: {
      ...onEach('vipwatch_build_info', '', '1x40'),
      ...onEach('up', '', '1x40'),
      ...on('cp', 'vipwatch_build_info', '', '1x5 stale _x3 1x30'),
      ...on('cp', 'up', '', '1x5 0x3 1x30'),
    },
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchAgentDown',
    what: 'one is away for six minutes of a rollout: that one alone',
    series: {
      ...ROLLOUT,
      ...on('n3', 'vipwatch_build_info', '', '1x7 stale _x5 1x25'),
      ...on('n3', 'up', '', '1x7 0x5 1x25'),
    },
    at: '13m',
    fires: [
      { labels: { job: JOB }, summary: 'On 1 node(s) vipwatch does not answer Prometheus', nodes: 'n3' },
    ],
  },
  {
    alert: 'VipwatchAgentDown',
    what: 'a dead target of another job, and one of a job that holds much else',
    series: {
      ...onEach('vipwatch_build_info', '', '1x20'),
      ...onEach('up', '', '1x20'),
      'up{job="node",instance="cp"}': '0x20',
      'up{job="pods",instance="vipwatch"}': '1x20',
      'vipwatch_build_info{job="pods",instance="vipwatch"}': '1x20',
      'up{job="pods",instance="living"}': '1x20',
      'up{job="pods",instance="dead"}': '0x20',
    },
    at: '12m',
    fires: [],
  },
  {
    alert: 'VipwatchAgentDown',
    what: 'a dead target of a job that holds nothing but agents in another cluster, and much else in this one',
    series: {
      ...inCluster('home', onEach('vipwatch_build_info', '', '1x20')),
      ...inCluster('home', onEach('up', '', '1x20')),
      ...inCluster('work', on('cp', 'vipwatch_build_info', '', '1x20')),
      ...inCluster('work', on('cp', 'up', '', '1x20')),
      ...inCluster('work', on('shop', 'up', '', '1x20')),
      ...inCluster('work', on('mill', 'up', '', '0x20')),
    },
    at: minutes(0, 20),
    fires: [],
  },
  {
    alert: 'VipwatchNotCapturing',
    what: 'its interfaces are down, or it has none',
    series: {
      ...onEach('vipwatch_build_info', '', '1x20'),
      ...on('cp', 'vipwatch_interface_up', 'interface="eth0"', '0x20'),
      ...on('w1', 'vipwatch_interface_up', 'interface="eth0"', '1x20'),
    },
    at: '10m',
    fires: [
      {
        labels: { job: JOB },
        summary: 'On 2 node(s) vipwatch captures on no interface that is up',
        nodes: 'cp w2',
      },
    ],
  },
  {
    alert: 'VipwatchNotCapturing',
    what: 'a node of the same name in another cluster is well',
    series: {
      ...inCluster('home', onEach('vipwatch_build_info', '', '1x20')),
      ...inCluster('work', onEach('vipwatch_build_info', '', '1x20')),
      ...inCluster('home', on('cp', 'vipwatch_interface_up', 'interface="eth0"', '0x20')),
      ...inCluster('home', on('w1', 'vipwatch_interface_up', 'interface="eth0"', '1x20')),
      ...inCluster('home', on('w2', 'vipwatch_interface_up', 'interface="eth0"', '1x20')),
      ...inCluster('work', onEach('vipwatch_interface_up', 'interface="eth0"', '1x20')),
    },
    at: '10m',
    fires: [
      {
        labels: { cluster: 'home', job: JOB },
        summary: 'On 1 node(s) vipwatch captures on no interface that is up',
        nodes: 'cp',
      },
    ],
  },
  {
    alert: 'VipwatchNotCapturing',
    what: 'one interface of two is up',
    series: {
      ...onEach('vipwatch_build_info', '', '1x20'),
      ...onEach('vipwatch_interface_up', 'interface="eth0"', '1x20'),
      ...onEach('vipwatch_interface_up', 'interface="eth1"', '0x20'),
    },
    at: '10m',
    fires: [],
  },
  {
    alert: 'VipwatchNotCapturing',
    what: 'one after the other begins anew, and has no interface at first',
    series: {
      ...inTurn('vipwatch_build_info', '', () => '1x40'),
      ...inTurn('vipwatch_interface_up', 'interface="eth0"', once('0', '1')),
    },
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchFramesDropped',
    what: 'again and again',
    series: on('w1', 'vipwatch_frames_dropped_total', 'interface="eth0"', '0+5x40'),
    at: '30m',
    fires: [
      {
        labels: { job: JOB },
        summary: 'On 1 node(s) vipwatch keeps losing frames that the kernel had no room for',
        nodes: 'w1',
      },
    ],
  },
  {
    alert: 'VipwatchFramesDropped',
    what: 'once, long ago, and at one moment',
    series: {
      ...on('w1', 'vipwatch_frames_dropped_total', 'interface="eth0"', '7x40'),
      ...on('w2', 'vipwatch_frames_dropped_total', 'interface="eth0"', '0x20 9x20'),
    },
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchFramesDropped',
    what: 'a burst of three minutes on one after the other',
    series: inTurn(
      'vipwatch_frames_dropped_total',
      'interface="eth0"',
      (minute) => `0x${minute} 5 20 50x${37 - minute}`,
    ),
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchMalformedFrames',
    what: 'two a second, of two reasons, seen by all',
    series: {
      ...onEach('vipwatch_frames_malformed_total', 'protocol="arp",reason="truncated"', '0+60x40'),
      ...onEach('vipwatch_frames_malformed_total', 'protocol="dhcp",reason="bad-length"', '0+60x40'),
    },
    at: '30m',
    fires: [
      {
        labels: { job: JOB },
        summary: 'On 3 node(s) vipwatch sees more than one malformed frame a second',
        nodes: 'cp w1 w2',
      },
    ],
  },
  {
    alert: 'VipwatchMalformedFrames',
    what: 'one device that sends one every few seconds',
    series: onEach('vipwatch_frames_malformed_total', 'protocol="arp",reason="truncated"', '0+20x40'),
    at: '30m',
    fires: [],
  },
  {
    alert: 'VipwatchMalformedFrames',
    what: 'a burst that one after the other sees',
    series: inTurn(
      'vipwatch_frames_malformed_total',
      'protocol="arp",reason="truncated"',
      (minute) => `0x${minute} 9000x${39 - minute}`,
    ),
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchIntentStale',
    what: 'the API is out of reach for one, and was never reached by another',
    series: {
      ...on('cp', 'vipwatch_intent_age_seconds', '', '5 65+60x30'),
      ...on('w1', 'vipwatch_intent_age_seconds', '', Array(30).fill('NaN').join(' ')),
      ...on('w2', 'vipwatch_intent_age_seconds', '', '5x30'),
      ...onEach('vipwatch_kubernetes_requests_total', 'verb="watch",result="unreachable"', '1x30'),
      ...onEach('vipwatch_kubernetes_requests_total', 'verb="list",result="ok"', '1x30'),
    },
    at: '10m',
    fires: [
      {
        labels: { job: JOB },
        summary: 'On 2 node(s) vipwatch has not heard from the Kubernetes API what the cluster intends',
        nodes: 'cp w1',
      },
    ],
  },
  {
    alert: 'VipwatchIntentStale',
    what: 'a static intent, set long ago',
    series: onEach('vipwatch_intent_age_seconds', '', '600+60x30'),
    at: '20m',
    fires: [],
  },
  {
    alert: 'VipwatchIntentStale',
    what: 'a static intent, where another cluster has its own from Kubernetes',
    series: {
      ...inCluster('home', onEach('vipwatch_intent_age_seconds', '', '600+60x30')),
      ...inCluster('work', onEach('vipwatch_intent_age_seconds', '', '5x30')),
      ...inCluster('work', onEach('vipwatch_kubernetes_requests_total', 'verb="list",result="ok"', '1x30')),
    },
    at: minutes(0, 20),
    fires: [],
  },
  {
    alert: 'VipwatchIntentStale',
    what: 'the API restarts',
    series: {
      ...onEach('vipwatch_intent_age_seconds', '', '5 65 125 5x30'),
      ...onEach('vipwatch_kubernetes_requests_total', 'verb="watch",result="ok"', '1x30'),
    },
    at: '7m',
    fires: [],
  },
  {
    alert: 'VipwatchIntentStale',
    what: 'one after the other begins anew, without an intent at first',
    series: {
      ...inTurn('vipwatch_intent_age_seconds', '', once('NaN', '5')),
      ...inTurn('vipwatch_kubernetes_requests_total', 'verb="list",result="ok"', () => '1x40'),
    },
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchJournalFailed',
    what: 'the disk is full',
    series: on('w2', 'vipwatch_journal_failed', '', '1x30'),
    at: '20m',
    fires: [{ labels: { job: JOB }, summary: 'On 1 node(s) vipwatch cannot write its journal', nodes: 'w2' }],
  },
  {
    alert: 'VipwatchJournalFailed',
    what: 'in memory by configuration',
    series: {
      ...onEach('vipwatch_journal_failed', '', '0x30'),
      ...onEach('vipwatch_journal_durable', '', '0x30'),
    },
    at: '20m',
    fires: [],
  },
  {
    alert: 'VipwatchJournalFailed',
    what: 'on one after the other, for ten minutes each',
    series: inTurn(
      'vipwatch_journal_failed',
      '',
      (minute) => `0x${minute - 1} 1x9 0x${Math.max(0, 30 - minute)}`,
    ),
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchAgentNotReady',
    what: 'the Pod of w2 stays Pending, so that Prometheus has no target there',
    series: {
      ...on('cp', UNREADY, '', '0 0 30+60x30'),
      ...on('w1', UNREADY, '', '0 0 30+60x30'),
    },
    at: '18m',
    fires: [{ labels: { job: JOB }, summary: AGENT_NOT_READY }],
  },
  {
    alert: 'VipwatchAgentNotReady',
    what: 'one of two that could tell has lost the API since',
    series: {
      ...on('cp', UNREADY, '', '0 0 30+60x30'),
      ...on('w1', UNREADY, '', '0 0 30 90x30'),
    },
    at: '18m',
    fires: [{ labels: { job: JOB }, summary: AGENT_NOT_READY }],
  },
  {
    alert: 'VipwatchAgentNotReady',
    what: 'a rolling update: one Pod after the other, each unready for less than a minute, for half an hour',
    series: onEach(UNREADY, '', '50x30'),
    at: '25m',
    fires: [],
  },
  {
    alert: 'VipwatchAgentNotReady',
    what: "a rolling update, told by an agent whose clock is an hour ahead of the others'",
    series: { ...onEach(UNREADY, '', '50x30'), ...on('w1', UNREADY, '', '3650x30') },
    at: '25m',
    fires: [],
  },
  {
    alert: 'VipwatchAgentNotReady',
    what: 'a node comes back after three days, and its agent some minutes after it',
    series: onEach(UNREADY, '', '0x5 259200+60x3 0x20'),
    at: '9m',
    fires: [],
  },
  {
    alert: 'VipwatchAgentNotReady',
    what: 'an image that takes ten minutes to fetch',
    series: onEach(UNREADY, '', '0x5 0+60x11 0x20'),
    at: '17m',
    fires: [],
  },
];
