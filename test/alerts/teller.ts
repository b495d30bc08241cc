// What an agent tells Alertmanager of one finding: `node test/alerts/teller.ts AHEAD CONFIG`, the seconds by which its node's
// clock is ahead, and its settings as JSON. The finding ends with the input; then it says how often it was told.
import { Alerting } from '../../src/alert/alertmanager/sender.ts';
import { SECOND } from '../../src/base/time.ts';
import { createLog } from '../../src/host/log.ts';
import { sampleFinding } from '../serve/sample.ts';

const [, , ahead, config] = process.argv;
const { logger: log, flush } = createLog(
  { level: 'info', format: 'json', color: false, timeText: String },
  process.stdout as never,
);
const now = () => Date.now() * 1000;
const alerting = new Alerting({
  config: JSON.parse(config!),
  log,
  now,
  toWall: (at) => at + Number(ahead) * SECOND,
  iso: (at) => new Date(at / 1_000).toISOString(),
  ownUrl: () => 'http://192.168.1.10:9797',
});
const finding = sampleFinding({ kind: 'foreign-claim', raisedAt: now() });
alerting.tell([{ type: 'finding', action: 'raised', at: now(), finding }]);
process.stdin.resume().once('end', () => {
  alerting.tell([{ type: 'finding', action: 'resolved', at: now(), finding }]);
  log.info({ sent: alerting.states().map(({ sent }) => sent) }, 'over');
  flush();
});
