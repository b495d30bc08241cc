// Metrics of the VIPs: who announces them, and how often that changed. How long the changes took: see takeover-metrics.ts.
import { TAKEOVER_CLASSES } from '../../watch/takeover/takeover.ts';
import { counter, gauge, type Metric } from './metric.ts';

export const VIP_METRICS: readonly Metric[] = [
  gauge({
    name: 'vipwatch_vip_up',
    help: '1 while an announcer was proven to answer lately.',
    labelNames: ['ip', 'service'],
    read: (set, { vips }) => {
      for (const { ip, service, up } of vips)
        if (up !== null) set({ ip, service: service ?? '' }, up ? 1 : 0);
    },
  }),
  gauge({
    name: 'vipwatch_vip_announcer_info',
    help: 'The node that announces a VIP; where no nodes are known, the machine that answered last.',
    labelNames: ['ip', 'service', 'node', 'mac'],
    read: (set, { vips }) => {
      for (const { ip, service, up, announcers } of vips) {
        if (up === null) continue;
        for (const { node, mac } of announcers) set({ ip, service: service ?? '', node: node ?? '', mac }, 1);
      }
    },
  }),
  counter({
    name: 'vipwatch_takeovers_total',
    help: 'Changes of the node that announces a VIP.',
    labelNames: ['ip', 'class'],
    read: (set, { takeoversBegun, counters }) => {
      for (const ip of takeoversBegun)
        for (const takeoverClass of TAKEOVER_CLASSES) set({ ip, class: takeoverClass }, 0);
      for (const takeover of counters.takeovers)
        set({ ip: takeover.ip, class: takeover.class }, takeover.count);
    },
  }),
  gauge({
    name: 'vipwatch_vip_last_takeover_timestamp_seconds',
    help: 'When the announcing node changed last, Unix time; no series before the first takeover.',
    labelNames: ['ip', 'service'],
    read: (set, { sources, vips, lastTakeovers }) => {
      for (const { ip, service } of vips) {
        const at = lastTakeovers.get(ip);
        if (at !== undefined) set({ ip, service: service ?? '' }, Date.parse(sources.iso(at)) / 1000);
      }
    },
  }),
];
