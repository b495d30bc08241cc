// A journal that an earlier version wrote, from a dump of a real one: read by the agent of today without loss.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Micros, SECOND } from '../../src/base/time.ts';
import { Journal } from '../../src/host/journal.ts';
import { StateKeeper } from '../../src/journal/state.ts';
import { INTENT, Lan, mac, PHONE, range, START } from '../watch/lan.ts';

const DUMP = join(import.meta.dirname, '../data/journal-before-confirmed.sql');
/** When it was written, on the clock of the dump. */
const THEN: Micros = START + 71 * SECOND;

let folder: string;
let journal: Journal;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vipwatch-earlier-'));
  const path = join(folder, 'journal.db');
  const database = new DatabaseSync(path);
  database.exec(readFileSync(DUMP, 'utf8'));
  database.close();
  const fail = (message: string) => expect.unreachable(message);
  journal = new Journal({ path, maxAge: 1e12, maxSize: 1e7, now: THEN, warn: fail });
});
afterEach(() => {
  journal.close(THEN);
  rmSync(folder, { recursive: true, force: true });
});

const BEFORE = {
  'dhcp-range-overlaps-pool_192.168.1.50': { state: 'active', culprit: null },
  'lease-on-vip_eth0_192.168.1.50_02:00:00:00:00:aa': { state: 'active', culprit: { mac: PHONE } },
  'foreign-claim_eth0_192.168.1.50_02:00:00:00:00:bb': { state: 'resolved', culprit: { mac: mac('bb') } },
  'foreign-claim_eth0_192.168.1.50_02:00:00:00:00:aa': { state: 'active', culprit: { mac: PHONE } },
  'pool-address-taken_eth0.10_192.168.1.55_02:00:00:00:00:cc': {
    state: 'suppressed',
    culprit: { mac: mac('cc') },
  },
  'node-address-conflict_eth0_192.168.1.11_02:00:00:00:00:aa': { state: 'active', culprit: { mac: PHONE } },
  'dhcp-decline_eth0_192.168.1.53': { state: 'active', culprit: null },
};

/** An agent that has the same configuration as the one that wrote it. */
function restarted(keeper: StateKeeper): Lan {
  const ignore = [{ mac: mac('cc'), ranges: [], kinds: null, comment: 'the printer' }];
  const lan = new Lan(null, {
    dhcp: { ranges: [range('192.168.1.2-192.168.1.253')], servers: null },
    suppression: { kinds: {}, ignore, silences: [] },
  });
  lan.wait(71_000);
  const { state, skipped } = keeper.load(lan.now);
  expect(skipped).toBe(0);
  lan.watcher.restore(state, lan.now);
  return lan;
}

it('every finding is there, under an id of today, certain, and with its culprit', () => {
  const lan = restarted(new StateKeeper(journal));
  const found = lan.watcher.findings();
  expect(Object.fromEntries(found.map(({ id, state, culprit }) => [id, { state, culprit }]))).toEqual(BEFORE);
  for (const finding of found) {
    expect(finding.confirmed).toBe(true);
    expect(finding.evidence.length).toBeGreaterThan(0);
    expect(lan.watcher.finding(finding.id)).toBe(finding);
  }
});

it('the findings go on as the same ones: nothing is raised anew, and what is over ends', () => {
  const lan = restarted(new StateKeeper(journal)).intend(INTENT);
  expect(lan.story()).toEqual([]);
  lan.announce(PHONE, INTENT.vips[0]!.address as never);
  expect(lan.story()).toEqual([]);
  lan.dhcp({ type: 'release', client: PHONE, clientIp: INTENT.vips[0]!.address as never });
  expect(lan.story()).toEqual(['resolved lease-on-vip 192.168.1.50']);
});

it('is written under the new ids, and the rows under the old ones are gone', () => {
  const keeper = new StateKeeper(journal);
  const lan = restarted(keeper).intend(INTENT);
  while (keeper.saveEvents(lan.watcher, lan.now, 0));
  const keys = journal.rows('finding').map(({ key }) => key);
  expect(keys.sort()).toEqual(Object.keys(BEFORE).sort());
  const again = new StateKeeper(journal).load(lan.now);
  expect(again.skipped).toBe(0);
  expect(again.state.findings).toEqual(expect.arrayContaining([...lan.watcher.findings()]));
});
