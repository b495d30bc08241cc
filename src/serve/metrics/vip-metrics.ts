// Metrics of the VIPs: who announces them, and who should. How that changed, see takeover-metrics.ts.
import { gauge, type Metric, unixTime } from './metric.ts';

const labelNames = ['ip', 'namespace', 'service'] as const;

export const VIP_METRICS: readonly Metric[] = [
  gauge({
    name: 'vipwatch_vip_up',
    help: '1 while an announcer has answered recently.',
    labelNames,
    read: (set, { vips }) => {
      for (const { labels, row } of vips) if (row.up !== null) set(labels, row.up ? 1 : 0);
    },
  }),
  gauge({
    name: 'vipwatch_vip_info',
    help: 'Always 1: the pool of a VIP, and the node that should announce it by the rules of MetalLB.',
    labelNames: [...labelNames, 'pool', 'elected'],
    read: (set, { vips }) => {
      for (const { labels, row, isAskedFor } of vips)
        if (isAskedFor) set({ ...labels, pool: row.pool ?? '', elected: row.elected?.node ?? '' }, 1);
    },
  }),
  gauge({
    name: 'vipwatch_vip_announcer_info',
    help: 'The node that announces a VIP; where no nodes are known, the machine that answered last.',
    labelNames: [...labelNames, 'provider', 'node', 'mac'],
    read: (set, { vips }) => {
      for (const { labels, row } of vips) {
        if (row.up === null) continue;
        for (const { node, mac } of row.announcers)
          set({ ...labels, provider: row.provider ?? '', node: node ?? '', mac }, 1);
      }
    },
  }),
  gauge({
    name: 'vipwatch_vip_last_takeover_timestamp_seconds',
    help: 'When the announcing node changed last, Unix time; no series before the first takeover.',
    labelNames,
    read: (set, scrape) => {
      for (const { labels, lastTakeover } of scrape.vips)
        if (lastTakeover !== undefined) set(labels, unixTime(scrape, lastTakeover));
    },
  }),
  gauge({
    name: 'vipwatch_pool_addresses',
    help: 'Addresses of a pool: all, those of VIPs, those leased by DHCP, and free ones that other machines use.',
    labelNames: ['pool', 'state'],
    read: (set, { sources }) => {
      for (const { name, total, assigned, leased, taken } of sources.view.pools())
        for (const [state, count] of Object.entries({ total, assigned, leased, taken }))
          set({ pool: name, state }, count);
    },
  }),
];
