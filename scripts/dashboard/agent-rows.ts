// The rows of the dashboard that are about pools, DHCP and the agents themselves.
import { AGENT, JOB, MOST, mappingsOf, type Row, YES_NO } from './panel.ts';

export const AGENT_ROWS: readonly Row[] = [
  {
    title: 'Pools and DHCP',
    height: 7,
    panels: [
      {
        title: 'Addresses of the pools',
        description:
          'All addresses; VIPs; addresses that DHCP leased; free addresses that other machines use. The last two should be 0.',
        type: 'table',
        width: 8,
        targets: ['total', 'assigned', 'leased', 'taken'].map((state) => ({
          expr: `max by (pool) (vipwatch_pool_addresses{${JOB},state="${state}"})`,
          as: 'table',
        })),
        columns: {
          pool: 'Pool',
          'Value #A': 'All',
          'Value #B': 'VIPs',
          'Value #C': 'Leased',
          'Value #D': 'Taken',
        },
      },
      {
        title: 'Servers',
        description: 'Most networks have one.',
        type: 'stat',
        width: 4,
        targets: [{ expr: `max(vipwatch_dhcp_servers{${JOB}})`, as: 'value' }],
      },
      {
        title: 'Leases',
        description: 'Addresses with a known lease, by its latest step.',
        type: 'timeseries',
        width: 6,
        targets: [{ expr: `max by (state) (vipwatch_leases{${JOB}})`, legend: '{{state}}' }],
      },
      {
        title: 'Messages',
        description: 'A switch delivers most messages of a server only to the client.',
        type: 'timeseries',
        width: 6,
        unit: 'cps',
        targets: [
          {
            expr: `max by (type) (rate(vipwatch_dhcp_messages_total{${JOB}}[$__rate_interval]))`,
            legend: '{{type}}',
          },
        ],
      },
    ],
  },
  {
    title: 'The agents',
    height: 7,
    panels: [
      {
        title: 'State',
        description: 'An alert follows if a NO persists.',
        type: 'table',
        width: 12,
        targets: [
          { expr: `max by (instance, version) (vipwatch_build_info{${AGENT}})`, as: 'table' },
          { expr: `max by (instance) (vipwatch_interface_up{${AGENT}})`, as: 'table' },
          { expr: `1 - max by (instance) (vipwatch_journal_failed{${AGENT}})`, as: 'table' },
          { expr: `max by (instance) (vipwatch_intent_age_seconds{${AGENT}})`, as: 'table' },
          {
            expr: `time() - max by (instance) (vipwatch_last_frame_timestamp_seconds{${AGENT}} > 0)`,
            as: 'table',
          },
          { expr: `time() - max by (instance) (process_start_time_seconds{${AGENT}})`, as: 'table' },
        ],
        columns: {
          instance: 'Node',
          version: 'Version',
          'Value #B': 'Captures',
          'Value #C': 'Journal',
          'Value #D': 'Age of intent',
          'Value #E': 'Heard others',
          'Value #F': 'Runs for',
        },
        overrides: [
          {
            field: 'Captures',
            properties: { mappings: mappingsOf(YES_NO), 'custom.cellOptions': { type: 'color-text' } },
          },
          {
            field: 'Journal',
            properties: { mappings: mappingsOf(YES_NO), 'custom.cellOptions': { type: 'color-text' } },
          },
          { field: 'Age of intent', properties: { unit: 's' } },
          { field: 'Heard others', properties: { unit: 's' } },
          { field: 'Runs for', properties: { unit: 's' } },
        ],
      },
      {
        title: 'CPU',
        description: `Cores in use, of the ${MOST} agents that use most.`,
        type: 'timeseries',
        width: 4,
        unit: 'percentunit',
        targets: [
          {
            expr: `topk(${MOST}, rate(process_cpu_seconds_total{${AGENT}}[$__rate_interval]))`,
            legend: '{{instance}}',
          },
        ],
      },
      {
        title: 'Resident memory',
        description: `Of the ${MOST} agents that use most. The chart limits it to 256 MiB by default.`,
        type: 'timeseries',
        width: 4,
        unit: 'bytes',
        targets: [{ expr: `topk(${MOST}, process_resident_memory_bytes{${AGENT}})`, legend: '{{instance}}' }],
      },
      {
        title: 'Longest turn',
        description: `The longest turn of the event loop in the last one or two minutes, of the ${MOST} slowest agents. Frames waited that long to be read.`,
        type: 'timeseries',
        width: 4,
        unit: 's',
        targets: [
          { expr: `topk(${MOST}, nodejs_eventloop_lag_max_seconds{${AGENT}})`, legend: '{{instance}}' },
        ],
      },
    ],
  },
  {
    title: 'What the agents hear and send',
    height: 7,
    panels: [
      {
        title: 'Frames',
        description: 'Frames read, by all agents and on all interfaces together.',
        type: 'timeseries',
        width: 5,
        unit: 'pps',
        targets: [
          {
            expr: `sum by (protocol) (rate(vipwatch_frames_total{${AGENT}}[$__rate_interval]))`,
            legend: '{{protocol}}',
          },
        ],
      },
      {
        title: 'Frames dropped or malformed',
        description: `Of the ${MOST} agents with most. Dropped: the kernel had no room for them. Anything but 0 means that the agent may have missed something.`,
        type: 'timeseries',
        width: 5,
        unit: 'pps',
        targets: [
          {
            expr: `topk(${MOST}, sum by (instance) (rate(vipwatch_frames_dropped_total{${AGENT}}[$__rate_interval])))`,
            legend: '{{instance}} dropped',
          },
          {
            expr: `topk(${MOST}, sum by (instance, protocol, reason) (rate(vipwatch_frames_malformed_total{${AGENT}}[$__rate_interval])))`,
            legend: '{{instance}} {{protocol}} {{reason}}',
          },
        ],
      },
      {
        title: 'Probes',
        description: 'Of all agents together: 2 a second for each VIP at most, and more on small clusters.',
        type: 'timeseries',
        width: 5,
        unit: 'pps',
        targets: [
          {
            expr: `sum by (result) (rate(vipwatch_probes_total{${AGENT}}[$__rate_interval]))`,
            legend: '{{result}}',
          },
        ],
      },
      {
        title: 'Time to the answer',
        description: 'From a probe to its answer: the median, and 99 of 100.',
        type: 'timeseries',
        width: 5,
        unit: 's',
        targets: ['0.5', '0.99'].map((quantile) => ({
          expr: `histogram_quantile(${quantile}, sum by (le) (rate(vipwatch_probe_rtt_seconds_bucket{${AGENT}}[$__rate_interval])))`,
          legend: `${Number(quantile) * 100} %`,
        })),
      },
      {
        title: 'HTTP requests',
        description:
          'Requests that agents answered, by route and status. The route is empty if no route has that path.',
        type: 'timeseries',
        width: 4,
        unit: 'reqps',
        targets: [
          {
            expr: `sum by (route, code) (rate(vipwatch_http_requests_total{${AGENT}}[$__rate_interval]))`,
            legend: '{{code}} {{route}}',
          },
        ],
      },
    ],
  },
];
