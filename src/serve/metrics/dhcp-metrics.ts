// Metrics of DHCP: leases, messages and servers.
import { LEASE_STATES } from '../../dhcp/lease.ts';
import { counter, gauge, type Metric } from './metric.ts';

export const DHCP_METRICS: readonly Metric[] = [
  gauge({
    name: 'vipwatch_leases',
    help: 'Addresses with a known DHCP lease, by its latest step.',
    labelNames: ['state'],
    read: (set, { sources }) => {
      const counts = new Map<string, number>(LEASE_STATES.map((state) => [state, 0]));
      for (const { state } of sources.view.eachLease()) counts.set(state, counts.get(state)! + 1);
      for (const [state, count] of counts) set({ state }, count);
    },
  }),
  counter({
    name: 'vipwatch_dhcp_messages_total',
    help: 'DHCP messages seen.',
    labelNames: ['type'],
    read: (set, { counters }) => {
      for (const { type, count } of counters.dhcpMessages) set({ type }, count);
    },
  }),
  counter({
    name: 'vipwatch_dhcpv6_messages_total',
    help: 'DHCPv6 messages seen, a relayed message counts as the type that it carries.',
    labelNames: ['type'],
    read: (set, { counters }) => {
      for (const { type, count } of counters.dhcpv6Messages) set({ type }, count);
    },
  }),
  gauge({
    name: 'vipwatch_dhcp_servers',
    help: 'DHCP servers seen.',
    labelNames: [],
    read: (set, { sources }) => set({}, sources.view.dhcpServers().length),
  }),
  gauge({
    name: 'vipwatch_dhcp_import_last_success_timestamp_seconds',
    help: "When a DHCP server's own table was last read, by this agent or by another one for it; 0: never.",
    labelNames: ['name'],
    read: (set, { sources }) => {
      for (const { name, succeededAt } of sources.imports()) set({ name }, succeededAt ?? 0);
    },
  }),
  gauge({
    name: 'vipwatch_dhcp_import_leases',
    help: "Valid leases in a DHCP server's own table; if another agent read the table, only those that concern the cluster.",
    labelNames: ['name'],
    read: (set, { sources }) => {
      for (const { name, leases } of sources.imports()) set({ name }, leases);
    },
  }),
];
