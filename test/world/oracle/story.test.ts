// A red seed becomes a story that a person can read, and a capture that replay reads.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { generate } from '../../../lab/world/generate.ts';
import { captureOf } from '../../../lab/world/oracle/capture.ts';
import type { Complaint } from '../../../lab/world/oracle/complaint.ts';
import type { Played } from '../../../lab/world/oracle/play.ts';
import { storyOf } from '../../../lab/world/oracle/story.ts';
import { replayOf } from '../../field/judge.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'vipwatch-story-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

/** Wrong itself: no seed is known that a right oracle complains of. */
function leasesAreFalse({ said }: Played): Complaint[] {
  return said.flatMap(({ agent, at, event }) => {
    if (event.type !== 'finding' || event.action !== 'raised' || event.finding.kind !== 'lease-on-vip')
      return [];
    const { kind: subject, ip, message } = event.finding;
    return [{ what: 'false', agent, at, subject, ip, because: null, text: `says ${message}` }];
  });
}

describe('the story of a red seed', () => {
  const about = 'nak-by-another-server';
  const whole = generate('0', { about });
  const story = storyOf(whole, leasesAreFalse)!;

  it('is about what is wrong, and hardly anything else', () => {
    const { actions, nodes, services, stations, length } = story.scenario;
    expect(actions.map(({ kind }) => kind)).toEqual([about]);
    expect(nodes.length).toBeLessThanOrEqual(whole.nodes.length);
    expect(services).toHaveLength(1);
    expect(stations).toEqual([]);
    expect(length).toBeLessThan(whole.length);
  });

  it('tells who is who, what happened, the frames that matter and what was wrong, in this order', () => {
    const { text, scenario } = story;
    const vip = scenario.services[0]!.ip;
    for (const line of [
      /^nodes: .*192\.168\.1\.1\d /m,
      /^ 0:00\.\d{3} +\w+ announces /m,
      new RegExp(`^ \\d:\\d\\d\\.\\d{3} \\. new-phone: REQUEST of [0-9a-f:]+ ${vip}$`, 'm'),
      new RegExp(`says: critical lease-on-vip ${vip}: DHCP: "new-phone"`),
      new RegExp(`>>> +WRONG, [a-z ]+: lease-on-vip ${vip}: `),
    ])
      expect(text).toMatch(line);
    const times = [...text.matchAll(/^ (\d+):(\d\d\.\d{3})/gm)].map(
      ([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds),
    );
    expect(times.length).toBeGreaterThan(5);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('is the same again', () => {
    expect(storyOf(whole, leasesAreFalse)).toEqual(story);
  });

  it('is null where nothing is wrong', () => {
    expect(storyOf(generate('3', { about: 'stranger-on-vip' }))).toBeNull();
  });

  it('has a capture that replay reads', async () => {
    const capture = join(FOLDER, 'lan.pcap');
    const config = join(FOLDER, 'lan.yaml');
    const stranger = generate('3', { about: 'stranger-on-vip' });
    const heard = captureOf(stranger, 'cp');
    writeFileSync(capture, heard.pcap);
    writeFileSync(config, heard.config);
    const { exitCode, complaints, findings } = await replayOf(capture, config);
    expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: '' });
    expect(findings.map(({ kind }) => kind)).toContain('foreign-claim');
    writeFileSync(capture, story.capture.pcap);
    writeFileSync(config, story.capture.config);
    expect(await replayOf(capture, config)).toMatchObject({ exitCode: 0, complaints: '' });
  });
});
