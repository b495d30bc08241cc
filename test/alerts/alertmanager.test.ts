// The programs that the tests of alerts stand on do what those tests take for granted.
import { describe, expect, it } from 'vitest';
import { Lab } from '../../lab/lab.ts';
import { startAlertmanager } from '../../lab/roles/alertmanager.ts';
import { startWebhookReceiver } from '../../lab/roles/webhook-receiver.ts';
import { labUnavailable } from '../lab/available.ts';

describe.skipIf(labUnavailable('prometheus-alertmanager'))('Alertmanager in the lab', () => {
  it('notifies the receiver once of an alert told three times, and once of its end', async () => {
    await using lab = await Lab.create();
    const monitor = await lab.host('monitor', { mac: '02:00:00:00:00:20', address: '192.168.1.20/24' });
    const receiver = await startWebhookReceiver(monitor);
    const { api } = await startAlertmanager(monitor, { webhook: receiver.url });
    const labels = { alertname: 'Try', ip: '192.168.1.50' };
    for (let i = 0; i < 3; i += 1) await api.post('/api/v2/alerts', [{ labels }]);
    await receiver.waitFor(({ status }) => status === 'firing', { timeoutMs: 20_000 });
    await api.post('/api/v2/alerts', [{ labels, endsAt: new Date().toISOString() }]);
    await receiver.waitFor(({ status }) => status === 'resolved', { timeoutMs: 20_000 });
    expect(receiver.received().map(({ notification }) => notification)).toMatchObject([
      { status: 'firing', groupLabels: labels, alerts: [{ labels }] },
      { status: 'resolved', groupLabels: labels, alerts: [{ labels }] },
    ]);
  });
});
