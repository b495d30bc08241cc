// Straight to a real Alertmanager that asks for a password.
import { describe, expect, it } from 'vitest';
import { Lab } from '../../lab/lab.ts';
import { startAlertmanager } from '../../lab/roles/alertmanager.ts';
import { startWebhookReceiver } from '../../lab/roles/webhook-receiver.ts';
import { labUnavailable } from '../lab/available.ts';
import { startTeller } from './tellers.ts';

/** It waits for what Alertmanager does in seconds, on a machine that may be slow. */
const TIMEOUT_MS = 60_000;

describe.skipIf(labUnavailable('prometheus-alertmanager'))('an Alertmanager that asks for a password', () => {
  it('takes one in any script, and no wrong one', { timeout: TIMEOUT_MS }, async () => {
    await using lab = await Lab.create();
    const monitor = await lab.host('monitor', { mac: '02:00:00:00:00:20', address: '192.168.1.20/24' });
    const receiver = await startWebhookReceiver(monitor);
    const password = 'pässwörd €5 密';
    // Its hash by bcrypt.
    const users = { wächter: '$2a$04$Qjo7yHoKA/AuhOROCKEvX.uUCzHHHbQoWpUxhrAOlLlnhuABBblNK' };
    await startAlertmanager(monitor, { webhook: receiver.url, users });
    await monitor.writeFile('/run/lab/right', `${password}\n`);
    await monitor.writeFile('/run/lab/wrong', 'passwoerd');
    const by = (passwordFile: string) =>
      startTeller(monitor, 0, { credentials: { kind: 'basic', username: 'wächter', passwordFile } });
    await by('/run/lab/wrong').waitForLine(/"problem":"unauthorized"/);
    expect(receiver.received()).toEqual([]);
    by('/run/lab/right');
    await receiver.waitFor(({ status }) => status === 'firing', { timeoutMs: 20_000 });
  });
});
