// Agents that tell an Alertmanager on the same host of one finding, and do nothing else.
import type { Host } from '../../lab/host.ts';
import type { LabProcess } from '../../lab/process.ts';
import type { AlertmanagerConfig } from '../../src/alert/alertmanager/settings.ts';
import { SECOND } from '../../src/base/time.ts';

const CONFIG: AlertmanagerConfig = {
  urls: ['http://127.0.0.1:9093'],
  labels: {},
  resend: SECOND,
  tls: { caFile: null, client: null },
  credentials: null,
};

/** Begins to tell, by a clock that is so many seconds ahead; until its input ends. */
export function startTeller(host: Host, ahead: number, config: Partial<AlertmanagerConfig> = {}): LabProcess {
  return host.spawnScript('test/alerts/teller.ts', [String(ahead), JSON.stringify({ ...CONFIG, ...config })]);
}
