// From the wire to the operator, by the programs that do it in practice.
import { spawnSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { Lab } from '../../lab/lab.ts';
import { buildSite, phoneTakesVip, SITE_VIP } from '../../lab/site.ts';
import { toolPath } from '../../lab/tools.ts';
import { labUnavailable } from '../lab/available.ts';

const ALERT = { alertname: 'VipwatchForeignClaim', ip: SITE_VIP };

describe.skipIf(labUnavailable('arping', 'prometheus', 'prometheus-alertmanager', 'promtool'))(
  'a phone that takes the VIP',
  () => {
    it('is one notification, though three agents see it, and one when it is gone', async () => {
      await using lab = await Lab.create();
      const { agents, receiver, prometheus } = await buildSite(lab);
      const scraped = async () => (await prometheus.query('vipwatch_vip_up == 1')).length === agents.length;
      await vi.waitUntil(scraped, { timeout: 60_000, interval: 200 });

      const phone = await phoneTakesVip(lab);
      const { notification } = await receiver.waitFor(
        ({ groupLabels }) => groupLabels.alertname === ALERT.alertname,
        {
          timeoutMs: 60_000,
        },
      );
      expect(notification).toMatchObject({ status: 'firing', groupLabels: ALERT });
      expect(notification.alerts).toMatchObject([
        {
          labels: {
            ...ALERT,
            severity: 'critical',
            kind: 'foreign-claim',
            namespace: 'traefik',
            service: 'traefik',
            job: 'vipwatch/vipwatch',
          },
          annotations: {
            summary: `${SITE_VIP} (traefik/traefik) is claimed from outside the cluster, by 02:00:00:00:00:aa`,
            description: expect.stringMatching(
              /Since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\. .* http:\/\/192\.168\.1\.1\d:9797\/api\/v1\/findings\?ip=192\.168\.1\.50 \(seen by /,
            ),
            runbook_url: expect.stringMatching(
              /^http:\/\/192\.168\.1\.1\d:9797\/docs\/findings#foreign-claim$/,
            ),
          },
        },
      ]);
      const seenBy = async () =>
        (await prometheus.query('vipwatch_finding_active{kind="foreign-claim"}')).map(
          ({ labels }) => labels.instance,
        );
      await vi.waitUntil(async () => (await seenBy()).length === 3, { timeout: 60_000, interval: 200 });

      // A scrape as Prometheus gets it, of an agent that has had much to tell.
      const { body } = await agents[0]!.api.get('/metrics');
      const check = spawnSync(toolPath('promtool'), ['check', 'metrics'], { input: body, encoding: 'utf8' });
      expect(`${check.stdout}${check.stderr}`).toBe('');

      await phone.powerOff();
      await receiver.waitFor(({ status }) => status === 'resolved', { timeoutMs: 150_000 });
      // Each agent ends the finding in its own time, and none must bring the alert back.
      await vi.waitUntil(async () => (await seenBy()).length === 0, { timeout: 60_000, interval: 200 });
      const told = receiver
        .received()
        .map(({ notification: { status, groupLabels } }) => ({ status, ...groupLabels }));
      expect(told).toEqual([
        { status: 'firing', ...ALERT },
        { status: 'resolved', ...ALERT },
      ]);
    }, 400_000);
  },
);
