// What an agent of the lab says of a VIP, and of its questions.
import { vi } from 'vitest';
import type { Api } from '../../lab/api.ts';

interface VipJson {
  readonly ip: string;
  readonly up: boolean | null;
  readonly announcers: readonly { readonly mac: string; readonly node: string | null }[];
}

export async function vipOf(api: Api, ip: string): Promise<VipJson | undefined> {
  const { items } = await api.json<{ items: VipJson[] }>('/api/v1/vips');
  return items.find((vip) => vip.ip === ip);
}

/** Resolves when so many more of the agent's questions were answered. */
export function answered(api: Api, times: number): Promise<void> {
  return asked(api, 'answered', times);
}

/** Resolves when so many more of them were not. */
export function unanswered(api: Api, times: number): Promise<void> {
  return asked(api, 'unanswered', times);
}

async function asked(api: Api, result: string, times: number): Promise<void> {
  const count = async () => {
    const lines = await api.metrics('vipwatch_probes_total{');
    const ofResult = lines.filter((line) => line.includes(`result="${result}"`));
    return ofResult.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  const enough = (await count()) + times;
  await vi.waitUntil(async () => (await count()) >= enough, { timeout: 60_000 });
}
