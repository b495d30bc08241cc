// Agents whose nodes' clocks are wrong, and a real Alertmanager, which judges by its own.
import { describe, expect, it, vi } from 'vitest';
import { Lab } from '../../lab/lab.ts';
import type { LabProcess } from '../../lab/process.ts';
import { type Alertmanager, startAlertmanager, startAlertmanagers } from '../../lab/roles/alertmanager.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../lab/roles/webhook-receiver.ts';
import { HOUR } from '../../src/base/time.ts';
import { labUnavailable } from '../lab/available.ts';
import { startTeller } from './tellers.ts';

/** It waits for what Alertmanager does in seconds, on a machine that may be slow. */
const TIMEOUT_MS = 180_000;

/** Ends what it tells of, and gives how often it told each Alertmanager. */
async function over(process: LabProcess): Promise<number[]> {
  process.stdin.end();
  const [line] = await process.waitForLine(/^.*"over".*$/);
  return (JSON.parse(line) as { sent: number[] }).sent;
}

async function received({ api }: Alertmanager, status: 'firing' | 'resolved'): Promise<number> {
  const [line] = await api.metrics(`alertmanager_alerts_received_total{status="${status}",version="v2"}`);
  return Number(line?.split(' ').at(-1));
}

async function endIn({ api }: Alertmanager): Promise<string | undefined> {
  const [alert] = await api.json<{ endsAt: string }[]>('/api/v2/alerts');
  return alert?.endsAt;
}

const statuses = (receiver: WebhookReceiver) =>
  receiver.received().map(({ notification }) => notification.status);

describe.skipIf(labUnavailable('prometheus-alertmanager'))('an agent with a wrong clock', () => {
  async function monitorIn(lab: Lab) {
    const monitor = await lab.host('monitor', { mac: '02:00:00:00:00:20', address: '192.168.1.20/24' });
    return { monitor, receiver: await startWebhookReceiver(monitor) };
  }

  it.each([
    { name: 'that is three minutes behind ends the alert for nobody', ahead: -180 },
    { name: 'that is years behind ends the alert for nobody', ahead: -200_000_000 },
    { name: 'that is three minutes ahead keeps the alert for no longer', ahead: 180 },
  ])('$name', { timeout: TIMEOUT_MS }, async ({ ahead }) => {
    await using lab = await Lab.create();
    const { monitor, receiver } = await monitorIn(lab);
    const alertmanager = await startAlertmanager(monitor, { webhook: receiver.url });
    const tellers = [startTeller(monitor, 0), startTeller(monitor, ahead)];
    await receiver.waitFor(({ status }) => status === 'firing', { timeoutMs: 20_000 });
    // For longer than one telling lasts.
    await vi.waitUntil(async () => (await received(alertmanager, 'firing')) >= 20, {
      timeout: 60_000,
      interval: 200,
    });
    expect(await received(alertmanager, 'resolved')).toBe(0);
    expect(statuses(receiver)).toEqual(['firing']);

    const overAt = Date.now();
    for (const one of tellers) expect((await over(one))[0]).toBeGreaterThan(5);
    const { notification } = await receiver.waitFor(({ status }) => status === 'resolved', {
      timeoutMs: 30_000,
    });
    // Four seconds after the last telling, and Date has whole seconds.
    const endsAt = Date.parse(notification.alerts[0]!.endsAt);
    expect(endsAt - overAt).toBeLessThan(4_000 + 3_000);
    expect(statuses(receiver)).toEqual(['firing', 'resolved']);
    expect(await received(alertmanager, 'resolved')).toBe(0);
  });

  it('tells the Alertmanagers of a cluster the same end', { timeout: TIMEOUT_MS }, async () => {
    await using lab = await Lab.create();
    const { monitor, receiver } = await monitorIn(lab);
    const alertmanagers = await startAlertmanagers(monitor, { webhook: receiver.url }, 2);
    const urls = alertmanagers.map(({ port }) => `http://127.0.0.1:${port}`);
    // So that it is told once while the test looks.
    startTeller(monitor, -180, { urls, resend: HOUR });
    await vi.waitUntil(async () => (await Promise.all(alertmanagers.map(endIn))).every(Boolean), {
      timeout: 60_000,
    });
    const [one, other] = await Promise.all(alertmanagers.map(endIn));
    expect(one).toBe(other);
  });
});
