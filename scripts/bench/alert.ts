// From the phone's first claim of the VIP to the operator's webhook, by Prometheus and Alertmanager.
import { setTimeout as pause } from 'node:timers/promises';
import { Lab } from '../../lab/lab.ts';
import { buildSite, phoneTakesVip } from '../../lab/site.ts';
import { printTable } from './table.ts';

const TIMEOUT_MS = 60_000;

await using lab = await Lab.create();
const { agents, receiver, prometheus } = await buildSite(lab);
for (
  const until = Date.now() + TIMEOUT_MS;
  (await prometheus.query('vipwatch_vip_up == 1')).length < agents.length;
) {
  if (Date.now() > until) throw new Error('Prometheus does not see the agents');
  await pause(200);
}
await phoneTakesVip(lab);
const { at } = await receiver.waitFor(({ status }) => status === 'firing', { timeoutMs: TIMEOUT_MS });
const findings = (await Promise.all(agents.map(({ api }) => api.findings()))).flat();
const claims = findings.filter(({ kind }) => kind === 'foreign-claim');
// By the kernel's own stamps.
const firstClaim = Math.min(...claims.flatMap(({ evidence }) => evidence.map((line) => Date.parse(line.at))));
printTable('From the first claim to the webhook; scraped and judged each second, gathered for one', [
  {
    what: 'by Prometheus and Alertmanager',
    measured: `${((at - firstClaim) / 1000).toFixed(1)} s`,
    limit: { text: 'within 10 s', holds: at - firstClaim <= 10_000 },
  },
]);
