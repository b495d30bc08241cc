// A test that the API is asked for, as an object.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../../src/base/time.ts';
import { Agents, TESTS, VIP } from './agents.ts';

const SPEC = { vip: VIP, mode: 'observe', maxGap: SECOND, timeLimit: MINUTE } as const;
let agents: Agents;

beforeEach(async () => {
  agents = await Agents.create();
});
afterEach(() => agents[Symbol.dispose]());

async function asked(who: string | null) {
  const begun = agents.get('node-3').tests.create(SPEC, who);
  await agents.until(() => agents.api.in(TESTS)[0]?.[1].status?.coordinator !== undefined);
  return await begun;
}

describe('a test that the API was asked for', () => {
  it('says who did, where they could not have written it', async () => {
    const { id, requestedBy } = await asked('carol');
    expect(requestedBy).toBe('carol');
    expect(agents.test(id)).toMatchObject({
      spec: { vip: VIP, mode: 'observe', maxGap: '1s', timeLimit: '1m' },
      status: { requestedBy: 'carol' },
    });
    expect(agents.test(id)!.spec).not.toHaveProperty('requestedBy');
  });

  it('says nothing where nobody knows', async () => {
    expect((await asked(null)).requestedBy).toBeNull();
  });

  it('runs all the same where that cannot be written, and the log says so', async () => {
    agents.api.answer = ({ body }) => (body?.text.includes('requestedBy') ? 500 : undefined);
    const { id, requestedBy } = await asked('carol');
    expect(requestedBy).toBeNull();
    await agents.until(() => agents.phase(id) === 'Running');
    expect(agents.get('node-3').log).toEqual([
      `Cannot write that carol asked for the failover test ${id}: the answer is 500`,
    ]);
  });
});
