// The acknowledgements of a cluster, by a stand-in for the API, of one ConfigMap: two agents on it, and what is wrong with it.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  AcknowledgingRefused,
  AcknowledgingUnavailable,
  shownName,
} from '../../../src/acknowledge/acknowledging.ts';
import { AcknowledgementSharing } from '../../../src/acknowledge/cluster/sharing.ts';
import { readAcknowledgement, writeAcknowledgement } from '../../../src/acknowledge/shared.ts';
import { HOUR, type Micros } from '../../../src/base/time.ts';
import { chosenFor } from '../../../src/failover/rendezvous.ts';
import type { ApiConnection, ApiRequest } from '../../../src/host/kubernetes/connection.ts';
import type { Mac } from '../../../src/net/address.ts';
import type { Acknowledgement } from '../../../src/watch/finding/acknowledgement.ts';
import { NOON } from '../../serve/sample.ts';
import { acknowledgement } from '../acknowledgement.ts';

const PATH = '/api/v1/namespaces/vipwatch/configmaps';
const NAME = 'vipwatch-acknowledgements';
const NODES = ['cp', 'w1', 'w2'];
const keyOf = (finding: string) => createHash('sha256').update(finding).digest('hex');
const dataOf = (...all: Acknowledgement[]) =>
  Object.fromEntries(all.map((one) => [keyOf(one.finding), writeAcknowledgement(one)]));

type Data = Record<string, string | null>;

/** Of as much of the API as is asked for: one object, whose version counts up. */
class StandIn {
  readonly patches: Data[] = [];
  data: Data = {};
  version = 1;
  /** Of the answers to what is written. */
  status = 200;
  isThere = true;
  /** Before a patch is looked at. */
  onPatch = () => {};
  readonly #watches: Readable[] = [];

  readonly connection = {
    answered: () => new Promise<boolean>(() => {}),
    request: async ({ method, path, body }: ApiRequest) => {
      const answer = (content: unknown, status = 200) => ({
        status,
        body: Readable.from([Buffer.from(JSON.stringify(content))]),
        retryAfter: null,
      });
      if (path.includes('watch=true')) {
        const watch = new Readable({ read: () => {} });
        this.#watches.push(watch);
        // What happened since the list.
        const from = Number(new URLSearchParams(path.split('?')[1]).get('resourceVersion'));
        if (this.isThere && from < this.version) watch.push(eventOf(this.object()));
        return { status: 200, body: watch, retryAfter: null };
      }
      if (path.startsWith(`${PATH}?`))
        return answer({
          metadata: { resourceVersion: String(this.version) },
          items: this.isThere ? [this.object()] : [],
        });
      if (!this.isThere) return answer({ message: 'not found' }, 404);
      if (method === 'GET') return answer(this.object());
      this.onPatch();
      const { metadata, data } = JSON.parse(body!.text) as {
        metadata: { resourceVersion: string };
        data: Data;
      };
      if (this.status !== 200) return answer({ message: 'no' }, this.status);
      if (metadata.resourceVersion !== String(this.version)) return answer({ message: 'changed' }, 409);
      this.patches.push(data);
      this.set({ ...this.data, ...data });
      return answer(this.object());
    },
  } as unknown as ApiConnection;

  /** Somebody writes it; all are told of it. */
  set(data: Data): void {
    this.data = Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));
    this.version += 1;
    this.tell(this.object());
  }

  tell(object: object, type = 'MODIFIED'): void {
    for (const watch of this.#watches) watch.push(eventOf(object, type));
  }

  object() {
    return { metadata: { name: NAME, resourceVersion: String(this.version) }, data: { ...this.data } };
  }
}

function eventOf(object: object, type = 'MODIFIED'): Buffer {
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

const running: AcknowledgementSharing[] = [];
afterEach(() => {
  for (const one of running.splice(0)) one.stop();
});

class Agent {
  readonly told: (readonly Acknowledgement[])[] = [];
  wall: Micros = NOON;
  readonly sharing: AcknowledgementSharing;

  constructor(api: StandIn, own: string | null = 'cp') {
    this.sharing = new AcknowledgementSharing({
      connection: api.connection,
      namespace: 'vipwatch',
      ownNode: () => own,
      readyNodes: () => NODES,
      wall: () => this.wall,
      onResult: () => {},
      onChange: (all) => void this.told.push(all),
    });
    running.push(this.sharing);
  }

  get known(): readonly string[] | undefined {
    return this.told.at(-1)?.map(({ finding }) => finding);
  }

  async knows(...findings: string[]): Promise<void> {
    await vi.waitFor(() => expect(this.known?.toSorted()).toEqual(findings.toSorted()));
  }
}

const [A, B] = [acknowledgement('a'), acknowledgement('b')];

describe('what one agent is told', () => {
  it('all know, and it itself with the answer', async () => {
    const api = new StandIn();
    const [one, other] = [new Agent(api), new Agent(api, 'w1')];
    await other.knows();
    await one.sharing.put(A);
    expect(one.known).toEqual(['a']);
    await other.knows('a');
    expect(other.told.at(-1)).toEqual([A]);
    await other.sharing.put(B);
    await one.knows('a', 'b');
    expect(await other.sharing.remove('a')).toBe(true);
    await one.knows('b');
    expect(await one.sharing.remove('a')).toBe(false);
    expect(api.data).toEqual(dataOf(B));
  });

  it('takes nothing away that another wrote at the same moment', async () => {
    const api = new StandIn();
    const one = new Agent(api);
    let once = true;
    api.onPatch = () => {
      if (once) api.set(dataOf(B));
      once = false;
    };
    await one.sharing.put(A);
    expect(api.data).toEqual(dataOf(B, A));
    await one.knows('a', 'b');
  });

  it('is given up where others write all the time', async () => {
    const api = new StandIn();
    const one = new Agent(api);
    api.onPatch = () => api.set(dataOf(B));
    await expect(one.sharing.put(A)).rejects.toThrow(
      new AcknowledgingUnavailable(
        `the ConfigMap ${NAME} is being changed by others all the time: try again`,
      ),
    );
    expect(api.data).toEqual(dataOf(B));
  });

  it('is not undone by what it hears late', async () => {
    const api = new StandIn();
    const one = new Agent(api);
    await one.knows();
    const late = api.object();
    await one.sharing.put(A);
    const before = one.told.length;
    api.tell(late);
    api.set(dataOf(A, B));
    await one.knows('a', 'b');
    expect(one.told.slice(before).map((all) => all.length)).not.toContain(0);
  });
});

describe('what stands there', () => {
  it('is read as far as it is one: nothing of others, and nothing that breaks the rules', async () => {
    const api = new StandIn();
    api.data = {
      ...dataOf(A),
      [keyOf('c')]: writeAcknowledgement(B),
      other: writeAcknowledgement(B),
      [keyOf('d')]: '{',
    };
    const one = new Agent(api);
    await one.knows('a');
    api.tell({ metadata: { name: 'vipwatch', resourceVersion: '99' }, data: dataOf(B) });
    api.set(dataOf(A, B));
    await one.knows('a', 'b');
    expect(one.told.map((all) => all.length)).not.toContain(0);
  });

  it('is none where the object is deleted, and whoever acknowledges is told what is missing', async () => {
    const api = new StandIn();
    api.data = dataOf(A);
    const one = new Agent(api);
    await one.knows('a');
    api.isThere = false;
    await vi.waitFor(() => {
      api.tell({ metadata: { name: NAME, resourceVersion: '3' } }, 'DELETED');
      expect(one.known).toEqual([]);
    });
    await expect(one.sharing.put(A)).rejects.toThrow(
      new AcknowledgingUnavailable(
        `the ConfigMap ${NAME} is not there, which the chart makes: install the chart of this version`,
      ),
    );
  });

  it('is bounded: 200, and one of them can be changed', async () => {
    const api = new StandIn();
    const all = Array.from({ length: 200 }, (_, i) => acknowledgement(`f${i}`));
    api.data = dataOf(...all);
    const one = new Agent(api);
    await expect(one.sharing.put(A)).rejects.toThrow(AcknowledgingRefused);
    await one.sharing.put(acknowledgement('f7', { comment: 'again' }));
    expect(Object.keys(api.data)).toHaveLength(200);
    expect(api.patches).toHaveLength(1);
  });

  it('is told why it cannot be changed', async () => {
    const api = new StandIn();
    const one = new Agent(api);
    api.status = 403;
    await expect(one.sharing.put(A)).rejects.toThrow(
      new AcknowledgingUnavailable(`the ConfigMap ${NAME} cannot be changed: forbidden: no`),
    );
  });
});

describe('what is over', () => {
  const over = acknowledgement('over', { until: '2026-03-01T13:00:00.000000Z' });

  it('goes with the next write, a day after its end', async () => {
    const api = new StandIn();
    api.data = dataOf(over);
    const one = new Agent(api);
    one.wall = NOON + 25 * HOUR;
    await one.sharing.put(A);
    expect(api.data).toEqual(dataOf(over, A));
    one.wall += 1;
    await one.sharing.put(B);
    expect(api.data).toEqual(dataOf(A, B));
  });

  it('is not taken away while it holds for others, by an agent whose clock is half a day ahead', async () => {
    const api = new StandIn();
    api.data = dataOf(A, over);
    const one = new Agent(api);
    one.wall = NOON + 12 * HOUR;
    await one.sharing.put(B);
    expect(api.data).toEqual(dataOf(A, over, B));
  });

  it('takes no room: what ended first gives way to the next one', async () => {
    const api = new StandIn();
    const all = Array.from({ length: 198 }, (_, i) => acknowledgement(`f${i}`));
    const sooner = acknowledgement('sooner', { until: '2026-03-01T12:30:00.000000Z' });
    api.data = dataOf(over, sooner, ...all);
    const one = new Agent(api);
    one.wall = NOON + 2 * HOUR;
    await one.sharing.put(A);
    expect(api.data).toEqual(dataOf(over, ...all, A));
    await one.sharing.put(B);
    expect(api.data).toEqual(dataOf(...all, A, B));
    await expect(one.sharing.put(acknowledgement('c'))).rejects.toThrow(AcknowledgingRefused);
  });

  it('is nothing that a later version wrote', async () => {
    const api = new StandIn();
    const later = { [keyOf('later')]: JSON.stringify({ version: 2, of: 'something' }) };
    api.data = { ...later, [keyOf('none')]: JSON.stringify({ version: 0 }) };
    const one = new Agent(api);
    await one.sharing.put(A);
    expect(api.data).toEqual({ ...later, ...dataOf(A) });
  });

  it('is swept by one agent of all', async () => {
    const api = new StandIn();
    api.data = dataOf(over, A);
    const chosen = chosenFor('acknowledgements', NODES);
    const agents = [...NODES, null].map((node) => new Agent(api, node));
    for (const agent of agents) {
      await agent.knows('a', 'over');
      agent.sharing.sweep();
      agent.wall = NOON + 25 * HOUR + 1;
    }
    const [mine] = agents.filter((_, i) => NODES[i] === chosen);
    for (const agent of agents) if (agent !== mine) agent.sharing.sweep();
    await Promise.resolve();
    expect(api.patches).toEqual([]);
    mine!.sharing.sweep();
    await vi.waitFor(() => expect(api.patches).toEqual([{ [keyOf('over')]: null }]));
    for (const agent of agents) await agent.knows('a');
  });
});

describe('the text', () => {
  it('is read as it was written', () => {
    const other = { confirmed: false, service: 'traefik/traefik', macs: ['02:00:00:00:00:aa' as Mac] };
    for (const one of [A, acknowledgement('x', { by: null, severity: 'warning', ...other })])
      expect(readAcknowledgement(writeAcknowledgement(one))).toEqual(one);
  });

  it.each([
    ['cannot be printed', 'oidc:an\u00adna\u200d\tb\ud800', 'oidc:an\ufffdna\ufffd\ufffdb\ufffd'],
    ['is long', `${'x'.repeat(299)}😀y`, `${'x'.repeat(299)}😀`],
    ['is of another script', 'CN=Jörg 明日', 'CN=Jörg 明日'],
  ])('is read by all where the name of who said so %s', (_what, by, shown) => {
    expect(shownName(by)).toBe(shown);
    const one = acknowledgement('x', { by: shownName(by) });
    expect(readAcknowledgement(writeAcknowledgement(one))).toEqual(one);
  });

  const text = (over: object) => JSON.stringify({ version: 1, ...A, ...over });

  it.each([
    ['no JSON', '{'],
    ['no text', 7],
    ['of another version', text({ version: 2 })],
    ['without a finding', text({ finding: '' })],
    ['of a finding whose id nobody has', text({ finding: 'x'.repeat(401) })],
    ['of another severity', text({ severity: 'info' })],
    ['of a suspicion or not, nobody knows', text({ confirmed: 'yes' })],
    ['of machines that are none', text({ macs: ['printer'] })],
    ['without a comment', text({ comment: '' })],
    ['with a comment that nobody may write', text({ comment: 'x'.repeat(201) })],
    ['with a comment that cannot be printed', text({ comment: 'two\nlines' })],
    ['by a name that cannot be printed', text({ by: 'anna\u202e' })],
    ['by a name that is too long', text({ by: 'x'.repeat(301) })],
    ['for longer than may be', text({ until: '2026-04-01T12:00:00.000000Z' })],
    ['without an end', text({ until: 'tomorrow' })],
    ['without a beginning', text({ at: null })],
    ['too long', text({ more: 'x'.repeat(4_096) })],
  ])('that is %s is none', (_what, written) => {
    expect(readAcknowledgement(written)).toBeUndefined();
  });
});
