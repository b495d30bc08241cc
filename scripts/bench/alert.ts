// From the phone's first claim of the VIP to the operator's webhook: by Prometheus and Alertmanager, and without Prometheus.
import { setTimeout as pause } from 'node:timers/promises';
import { Lab } from '../../lab/lab.ts';
import type { Agent } from '../../lab/roles/agent.ts';
import { buildSite, DIRECT, phoneTakesVip, type Site } from '../../lab/site.ts';
import { printTable } from './table.ts';

const TIMEOUT_MS = 60_000;

/** From the first claim, by the kernel's own stamps, to the notification. */
async function phoneToWebhook(lab: Lab, { agents, receiver }: Site): Promise<number> {
  await phoneTakesVip(lab);
  const { at } = await receiver.waitFor(({ status }) => status === 'firing', { timeoutMs: TIMEOUT_MS });
  const findings = (await Promise.all(agents.map(({ api }: Agent) => api.findings()))).flat();
  const claims = findings.filter(({ kind }) => kind === 'foreign-claim');
  return at - Math.min(...claims.flatMap(({ evidence }) => evidence.map((line) => Date.parse(line.at))));
}

async function byPrometheus(): Promise<number> {
  await using lab = await Lab.create();
  const site = await buildSite(lab);
  const seen = async () => (await site.prometheus.query('vipwatch_vip_up == 1')).length;
  for (const until = Date.now() + TIMEOUT_MS; (await seen()) < site.agents.length; ) {
    if (Date.now() > until) throw new Error('Prometheus does not see the agents');
    await pause(200);
  }
  return await phoneToWebhook(lab, site);
}

async function straight(): Promise<number> {
  await using lab = await Lab.create();
  const site = await buildSite(lab, DIRECT);
  // What remains is the agents' own way.
  await site.prometheus.process.stop();
  return await phoneToWebhook(lab, site);
}

const [scraped, direct] = [await byPrometheus(), await straight()];
printTable('From the first claim to the webhook; scraped and judged each second, gathered for one', [
  {
    what: 'by Prometheus and Alertmanager',
    measured: `${(scraped / 1000).toFixed(1)} s`,
    limit: { text: 'within 10 s', holds: scraped <= 10_000 },
  },
  {
    what: 'straight to Alertmanager',
    measured: `${(direct / 1000).toFixed(1)} s`,
    limit: { text: 'within 2 s', holds: direct <= 2_000 },
  },
]);
