// Of the alerts on the agents themselves: what makes them fire, and what resembles it and must not.
import { alertNamed } from './rules.ts';
import {
  type AlertCase,
  type Expected,
  inCluster,
  inTurn,
  JOB,
  type Labels,
  minutes,
  on,
  once,
  onEach,
  PAGES,
  type Series,
} from './series.ts';

/** An update of twenty agents: each fails one scrape, another one each minute. */
const ROLLOUT: Series = {
  ...inTurn('vipwatch_build_info', '', once('stale', '1')),
  ...inTurn('up', '', once('0', '1')),
};

const UNREADY = 'vipwatch_agent_longest_unready_seconds';
const AGENT_NOT_READY = 'A node has had no ready vipwatch agent for more than a quarter of an hour';

/** Where no agent says where its pages are. */
const PROJECT_PAGE = 'https://github.com/vipwatch/vipwatch/blob/main/docs/findings.md';

/** What the rule says, with what the series tell; the summary is spelt out by the case. */
function expected(alert: string, labels: Labels, summary: string, page: string, value = ''): Expected {
  const { labels: own, annotations } = alertNamed(alert);
  return {
    labels: { ...own, ...labels },
    summary,
    description: annotations.description
      .replace('{{ $value }}', value)
      .replaceAll('{{ $labels.id }}', labels.id ?? ''),
    runbook_url: `${page}#${alert.toLowerCase()}`,
  };
}

function ofSite(alert: string, labels: Labels, summary: string, page = PROJECT_PAGE): Expected {
  return expected(alert, labels, summary, page);
}

/** @param nodes one alert for each of them. */
function ofAgents(
  alert: string,
  nodes: string,
  summary: string,
  more: Labels = {},
  { page = PROJECT_PAGE, value = '' } = {},
): Expected[] {
  return nodes.split(' ').map((instance) => {
    const labels = { job: JOB, namespace: 'vipwatch', instance, ...more };
    return expected(alert, labels, `vipwatch on ${instance} ${summary}`, page, value);
  });
}

const HEARD = 'vipwatch_last_frame_timestamp_seconds';
const DEAF = 'has heard no other machine for a quarter of an hour, while other agents hear some';
const HEARS = '0+59x40';
const CAPTURES: Series = {
  ...onEach('vipwatch_build_info', '', '1x40'),
  ...onEach('vipwatch_interface_up', 'interface="eth0"', '1x40'),
};
const CHECK = 'vipwatch_check';
const SENT = 'vipwatch_alertmanager_sent_total';
const FAILED = 'vipwatch_alertmanager_failures_total';
const AT = 'alertmanager="http://am:9093"';

export const HEALTH_CASES: readonly AlertCase[] = [
  {
    alert: 'VipwatchAbsent',
    what: 'no agent at all, ever',
    series: { 'up{job="node"}': '1x30' },
    at: '15m',
    fires: [ofSite('VipwatchAbsent', {}, 'No vipwatch agent answers Prometheus')],
  },
  {
    alert: 'VipwatchAbsent',
    what: 'the only cluster falls silent',
    series: onEach('vipwatch_build_info', '', '1x10 stale'),
    evaluatedEach: '5m',
    at: ['25m', '12h', '24h5m'],
    fires: [
      ofSite(
        'VipwatchAbsent',
        { job: JOB, namespace: 'vipwatch' },
        `No vipwatch agent answers Prometheus of the job ${JOB}`,
      ),
    ],
  },
  {
    alert: 'VipwatchAbsent',
    what: 'the only cluster is silent for more than a day: as where none ever was',
    series: onEach('vipwatch_build_info', '', '1x10 stale'),
    evaluatedEach: '5m',
    at: '24h20m',
    fires: [ofSite('VipwatchAbsent', {}, 'No vipwatch agent answers Prometheus')],
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
      ofSite(
        'VipwatchAbsent',
        { cluster: 'home', job: JOB, namespace: 'vipwatch' },
        `No vipwatch agent answers Prometheus of the job ${JOB} in the cluster home`,
      ),
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
    alert: 'VipwatchCheckCritical',
    what: 'two Services whose address the router hands out, and another agent that looks from the tenth minute on',
    series: {
      ...on('w1', CHECK, 'id="pool-in-dhcp-range",status="critical"', '2x10 stale'),
      ...on('w2', CHECK, 'id="pool-in-dhcp-range",status="critical"', '_x13 2x30'),
      ...on('w1', CHECK, 'id="rwo-rollout",status="critical"', '0x10 stale'),
    },
    at: minutes(6, 30),
    fires: [
      ofSite(
        'VipwatchCheckCritical',
        { job: JOB, namespace: 'vipwatch', id: 'pool-in-dhcp-range' },
        'The check pool-in-dhcp-range is critical: 2 to look at',
      ),
    ],
  },
  {
    alert: 'VipwatchCheckCritical',
    what: 'suppressed, or no more than a warning',
    series: {
      ...on('w1', CHECK, 'id="pool-in-dhcp-range",status="critical"', '0x40'),
      ...on('w1', CHECK, 'id="pool-in-dhcp-range",status="ok"', '1x40'),
      ...on('w1', CHECK, 'id="rwo-failover",status="warning"', '7x40'),
      ...on('w1', CHECK, 'id="speaker-missing",status="skipped"', '1x40'),
    },
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchCheckCritical',
    what: 'put right before anybody is told',
    series: on('w1', CHECK, 'id="speaker-missing",status="critical"', '1x3 0x30'),
    at: minutes(0, 30),
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
    fires: [...ofAgents('VipwatchAgentDown', 'cp w1', 'does not answer Prometheus')],
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
    fires: [...ofAgents('VipwatchAgentDown', 'n3', 'does not answer Prometheus')],
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
    fires: [...ofAgents('VipwatchNotCapturing', 'cp w2', 'captures on no interface that is up')],
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
      ...ofAgents('VipwatchNotCapturing', 'cp', 'captures on no interface that is up', { cluster: 'home' }),
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
    fires: [...ofAgents('VipwatchFramesDropped', 'w1', 'keeps losing frames because it reads too slowly')],
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
      ...ofAgents('VipwatchMalformedFrames', 'cp w1 w2', 'sees more than one malformed frame a second'),
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
    fires: [...ofAgents('VipwatchIntentStale', 'cp w1', 'has no current intent from the Kubernetes API')],
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
    alert: 'VipwatchDhcpImportOld',
    what: 'a table that was read last four hours before',
    series: on('w2', 'vipwatch_dhcp_import_last_success_timestamp_seconds', 'name="pihole"', '-14400x30'),
    at: '20m',
    fires: [
      ...ofAgents(
        'VipwatchDhcpImportOld',
        'w2',
        'has not read the table of the DHCP server pihole for three hours',
        { name: 'pihole' },
      ),
    ],
  },
  {
    alert: 'VipwatchDhcpImportOld',
    what: 'a table that was read last two hours before',
    series: on('w2', 'vipwatch_dhcp_import_last_success_timestamp_seconds', 'name="pihole"', '-7200x40'),
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchJournalFailed',
    what: 'the disk is full',
    series: on('w2', 'vipwatch_journal_failed', '', '1x30'),
    at: '20m',
    fires: [...ofAgents('VipwatchJournalFailed', 'w2', 'cannot write its journal')],
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
    alert: 'VipwatchConfigBroken',
    what: 'a file with a mistake, on one agent',
    series: {
      ...onEach('vipwatch_config_last_reload_successful', '', '1x30'),
      ...on('w2', 'vipwatch_config_last_reload_successful', '', '1x4 0x30'),
    },
    at: '11m',
    fires: [...ofAgents('VipwatchConfigBroken', 'w2', 'cannot use its configuration file')],
  },
  {
    alert: 'VipwatchConfigBroken',
    what: 'put right within four minutes',
    series: onEach('vipwatch_config_last_reload_successful', '', '1x4 0x3 1x30'),
    at: minutes(0, 20),
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
    fires: [ofSite('VipwatchAgentNotReady', { job: JOB, namespace: 'vipwatch' }, AGENT_NOT_READY)],
  },
  {
    alert: 'VipwatchAgentNotReady',
    what: 'one of two that could tell has lost the API since',
    series: {
      ...on('cp', UNREADY, '', '0 0 30+60x30'),
      ...on('w1', UNREADY, '', '0 0 30 90x30'),
    },
    at: '18m',
    fires: [ofSite('VipwatchAgentNotReady', { job: JOB, namespace: 'vipwatch' }, AGENT_NOT_READY)],
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
  {
    alert: 'VipwatchAgentDown',
    what: 'it leads to the page of one that answers',
    series: {
      ...onEach('vipwatch_build_info', '', '1x20'),
      ...onEach('up', '', '1x20'),
      ...PAGES,
      ...on('cp', 'vipwatch_build_info', '', '1x5 stale'),
      ...on('cp', 'vipwatch_agent_info', 'url="http://192.168.1.10:9797"', '1x5 stale'),
      ...on('cp', 'up', '', '1x5 0x14'),
    },
    at: '12m',
    fires: ofAgents(
      'VipwatchAgentDown',
      'cp',
      'does not answer Prometheus',
      {},
      {
        page: 'http://192.168.1.11:9797/docs/findings',
      },
    ),
  },
  {
    alert: 'VipwatchAbsent',
    what: 'it leads to the page that was known last',
    series: {
      ...onEach('vipwatch_build_info', '', '1x10 stale'),
      ...on('w1', 'vipwatch_agent_info', 'url="http://192.168.1.11:9797"', '1x10 stale'),
    },
    at: '25m',
    fires: [
      ofSite(
        'VipwatchAbsent',
        { job: JOB, namespace: 'vipwatch' },
        `No vipwatch agent answers Prometheus of the job ${JOB}`,
        'http://192.168.1.11:9797/docs/findings',
      ),
    ],
  },
  {
    alert: 'VipwatchAgentDown',
    what: 'a scrape that fails now and then',
    series: {
      ...onEach('vipwatch_build_info', '', '1x20'),
      ...onEach('up', '', '1 0 1 1 0 1 0 0 1 1 0 1x10'),
    },
    at: minutes(0, 20),
    fires: [],
  },
  {
    alert: 'VipwatchNotCapturing',
    what: 'one scrape that fails does not end it',
    series: {
      ...on('cp', 'vipwatch_build_info', '', '1x10 stale 1x10'),
      ...on('cp', 'vipwatch_interface_up', 'interface="eth0"', '0x10 stale 0x10'),
    },
    at: '11m',
    fires: ofAgents('VipwatchNotCapturing', 'cp', 'captures on no interface that is up'),
  },
  {
    alert: 'VipwatchDeaf',
    what: 'one of three hears nobody any more, and one never has',
    series: {
      ...CAPTURES,
      ...on('cp', HEARD, 'interface="eth0"', '0+59x5 295x35'),
      ...on('w2', HEARD, 'interface="eth0"', HEARS),
    },
    at: '25m',
    fires: ofAgents('VipwatchDeaf', 'cp w1', DEAF),
  },
  {
    alert: 'VipwatchDeaf',
    what: 'one of its two interfaces hears somebody',
    series: {
      ...CAPTURES,
      ...onEach(HEARD, 'interface="eth0"', HEARS),
      ...onEach(HEARD, 'interface="eth1"', '0x40'),
    },
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchDeaf',
    what: 'nobody hears anything: the LAN is quiet',
    series: { ...CAPTURES, ...onEach(HEARD, 'interface="eth0"', '60x40') },
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchDeaf',
    what: 'another cluster hears somebody',
    series: {
      ...inCluster('home', CAPTURES),
      ...inCluster('home', onEach(HEARD, 'interface="eth0"', '60x40')),
      ...inCluster('work', CAPTURES),
      ...inCluster('work', onEach(HEARD, 'interface="eth0"', HEARS)),
    },
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchDeaf',
    what: 'a frame each four minutes is enough; and one whose clock is an hour behind hears as others do',
    series: {
      ...CAPTURES,
      ...on(
        'cp',
        HEARD,
        'interface="eth0"',
        '0x3 240x3 480x3 720x3 960x3 1200x3 1440x3 1680x3 1920x3 2160x3',
      ),
      ...on('w1', HEARD, 'interface="eth0"', '-3600+59x40'),
      ...on('w2', HEARD, 'interface="eth0"', HEARS),
    },
    at: minutes(0, 38),
    fires: [],
  },
  {
    alert: 'VipwatchDeaf',
    what: 'its interface is down: that is another alert',
    series: {
      ...CAPTURES,
      ...onEach(HEARD, 'interface="eth0"', HEARS),
      ...on('cp', 'vipwatch_interface_up', 'interface="eth0"', '0x40'),
      ...on('cp', HEARD, 'interface="eth0"', '60x40'),
    },
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchDeaf',
    what: 'one after the other begins anew',
    series: {
      ...inTurn('vipwatch_build_info', '', once('stale', '1')),
      ...inTurn('vipwatch_interface_up', 'interface="eth0"', once('stale', '1')),
      ...inTurn(
        HEARD,
        'interface="eth0"',
        (minute) => `0+60x${minute} stale ${minute * 60}+60x${38 - minute}`,
      ),
    },
    at: minutes(0, 40),
    fires: [],
  },
  {
    alert: 'VipwatchAlertmanagerFailed',
    what: 'one agent is refused at every try; another one has nothing to tell',
    series: {
      ...on('cp', FAILED, `${AT},reason="unauthorized"`, '0+2x40'),
      ...on('cp', FAILED, `${AT},reason="unreachable"`, '0x40'),
      ...on('cp', SENT, AT, '7x40'),
      ...on('w1', FAILED, `${AT},reason="unauthorized"`, '0x40'),
      ...on('w1', SENT, AT, '0x40'),
    },
    at: '12m',
    fires: ofAgents('VipwatchAlertmanagerFailed', 'cp', 'cannot send alerts to http://am:9093', {
      alertmanager: 'http://am:9093',
    }),
  },
  {
    alert: 'VipwatchAlertmanagerFailed',
    what: 'one of two Alertmanagers fails',
    series: {
      ...on('cp', FAILED, 'alertmanager="http://a:9093",reason="unreachable"', '0+2x40'),
      ...on('cp', SENT, 'alertmanager="http://a:9093"', '0x40'),
      ...on('cp', FAILED, 'alertmanager="http://b:9093",reason="unreachable"', '0x40'),
      ...on('cp', SENT, 'alertmanager="http://b:9093"', '0+2x40'),
    },
    at: '12m',
    fires: ofAgents('VipwatchAlertmanagerFailed', 'cp', 'cannot send alerts to http://a:9093', {
      alertmanager: 'http://a:9093',
    }),
  },
  {
    alert: 'VipwatchAlertmanagerFailed',
    what: 'some tries fail, and a restart of Alertmanager takes four minutes',
    series: {
      ...on('cp', FAILED, `${AT},reason="timed-out"`, '0+1x40'),
      ...on('cp', SENT, AT, '0+1x40'),
      ...on('w1', FAILED, `${AT},reason="unreachable"`, '0x5 0+2x4 8x30'),
      ...on('w1', SENT, AT, '0+2x5 10x4 10+2x30'),
    },
    at: minutes(0, 38),
    fires: [],
  },
  {
    alert: 'VipwatchFindingsOverflow',
    what: 'there are 12 more than are shown',
    series: on('w1', 'vipwatch_finding_active_overflow', '', '12x20'),
    at: '10m',
    fires: ofAgents(
      'VipwatchFindingsOverflow',
      'w1',
      'has more findings than it shows to Prometheus',
      {},
      {
        value: '12',
      },
    ),
  },
  {
    alert: 'VipwatchFindingsOverflow',
    what: 'none are hidden, or for a moment',
    series: {
      ...onEach('vipwatch_finding_active_overflow', '', '0x20'),
      ...on('cp', 'vipwatch_finding_active_overflow', '', '0x5 12x3 0x12'),
    },
    at: minutes(0, 20),
    fires: [],
  },
];
