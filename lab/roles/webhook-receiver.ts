// What Alertmanager's webhook brings to a machine of the lab.
import type { Host } from '../host.ts';
import { DEFAULT_TIMEOUT_MS, type LabProcess, type WaitOptions } from '../process.ts';

/** As Alertmanager's webhook says it, version 4; the part that is looked at. */
export interface Notification {
  readonly status: 'firing' | 'resolved';
  /** The page of the Alertmanager that sent it. */
  readonly externalURL: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly startsAt: string;
    readonly endsAt: string;
    readonly generatorURL: string;
  }[];
}

/** As a notification for Slack says it; the part that is looked at. */
export interface Message {
  readonly attachments: readonly { readonly title: string; readonly text: string }[];
}

export interface ReceivedNotification {
  /** Milliseconds since the Unix epoch at which it came. */
  readonly at: number;
  readonly notification: Notification;
}

export interface WebhookReceiver {
  readonly process: LabProcess;
  /** For an Alertmanager on the same host. */
  readonly url: string;
  /** The messages for Slack that came so far, where Alertmanager sends those. */
  readonly messages: () => Message[];
  /** All that came so far, oldest first. */
  readonly received: () => ReceivedNotification[];
  /**
   * The first one that fits, among those that came already as well as those to come.
   *
   * @throws {Error} where none comes in time, with what came.
   */
  readonly waitFor: (
    fits: (notification: Notification) => boolean,
    options?: WaitOptions,
  ) => Promise<ReceivedNotification>;
}

const PORT = 9095;
const LINE = /^notification (.*)$/;

/** Resolves when it listens. */
export async function startWebhookReceiver(host: Host): Promise<WebhookReceiver> {
  const process = host.spawnScript('lab/webhook-receiver.ts', [String(PORT)]);
  await process.waitForLine(/^listening/);
  const bodies = () =>
    process.output.flatMap(({ at, text }) => {
      const json = LINE.exec(text)?.[1];
      return json === undefined ? [] : [{ at, body: JSON.parse(json) as unknown }];
    });
  const received = () => bodies().map(({ at, body }) => ({ at, notification: body as Notification }));
  return {
    process,
    url: `http://127.0.0.1:${PORT}/`,
    received,
    messages: () => bodies().map(({ body }) => body as Message),
    async waitFor(fits, { timeoutMs = DEFAULT_TIMEOUT_MS } = {}) {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const from = process.output.length;
        const found = received().find(({ notification }) => fits(notification));
        if (found) return found;
        await process.waitForLine(LINE, { from, timeoutMs: Math.max(1, deadline - Date.now()) });
      }
    },
  };
}
