// Which agent of a cluster reads by URL for all, and how the others get it: by a stand-in for the API, of one ConfigMap.
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ApiConnection, ApiRequest } from '../../../src/host/kubernetes/connection.ts';
import { ImportSharing } from '../../../src/lease-import/cluster/sharing.ts';

const PATH = '/api/v1/namespaces/vipwatch/configmaps';
const NODES = ['cp', 'w1', 'w2', 'w3'];

/** Of as much of the API as is asked for. */
class StandIn {
  readonly asked: string[] = [];
  data: Record<string, string> = { pihole: 'as it was' };
  status = 200;
  readonly #watches: Readable[] = [];

  readonly connection = {
    answered: () => new Promise<boolean>(() => {}),
    request: async ({ method, path, body }: ApiRequest) => {
      this.asked.push(`${method} ${path.replace(/resourceVersion.*|limit.*/, '')}`);
      const answer = (content: Readable, status = 200) => ({ status, body: content, retryAfter: null });
      if (method === 'PATCH') {
        Object.assign(this.data, JSON.parse(body!.text).data);
        return answer(Readable.from([Buffer.from(JSON.stringify(this.#object()))]), this.status);
      }
      if (path.includes('watch=true')) {
        const watch = new Readable({ read: () => {} });
        this.#watches.push(watch);
        return answer(watch);
      }
      const list = { kind: 'ConfigMapList', metadata: { resourceVersion: '1' }, items: [this.#object()] };
      return answer(Readable.from([Buffer.from(JSON.stringify(list))]));
    },
  } as unknown as ApiConnection;

  change(object: object): void {
    for (const watch of this.#watches)
      watch.push(Buffer.from(`${JSON.stringify({ type: 'MODIFIED', object })}\n`));
  }

  #object() {
    return { metadata: { name: 'vipwatch-dhcp-import', resourceVersion: '2' }, data: this.data };
  }
}

const running: ImportSharing[] = [];
afterEach(() => {
  for (const one of running.splice(0)) one.stop();
});

function sharing(own: string | null, ready: readonly string[] | undefined, api = new StandIn()) {
  let changes = 0;
  const one = new ImportSharing({
    connection: api.connection,
    namespace: 'vipwatch',
    ownNode: () => own,
    readyNodes: () => ready,
    onResult: () => {},
    onChange: () => {
      changes += 1;
    },
  });
  running.push(one);
  return { sharing: one, api, changes: () => changes };
}

describe('of all agents', () => {
  const owners = (name: string, ready: readonly string[]) =>
    NODES.filter((node) => sharing(node, ready).sharing.isMine(name));

  it('one that is ready reads, and another one once it is not', () => {
    const [first, ...others] = owners('pihole', NODES);
    expect(others).toEqual([]);
    const left = NODES.filter((node) => node !== first);
    const [second, ...more] = owners('pihole', left);
    expect(left).toContain(second);
    expect(more).toEqual([]);
    expect(owners('pihole', [])).toEqual([]);
  });

  it('none reads while it is not known which there are, or which it is itself', () => {
    expect(sharing('w1', undefined).sharing.isMine('pihole')).toBe(false);
    expect(sharing(null, NODES).sharing.isMine('pihole')).toBe(false);
  });
});

describe('what one published', () => {
  it('is seen by the others, from the one ConfigMap alone', async () => {
    const { sharing: one, api, changes } = sharing('w1', NODES);
    await vi.waitUntil(() => one.shared('pihole') === 'as it was', 60_000);
    const before = changes();
    await vi.waitUntil(() => api.asked.some((line) => line.includes('watch=true')), 60_000);
    api.change({ metadata: { name: 'vipwatch-dhcp-import' }, data: { pihole: 'new', kea: 'too', odd: 7 } });
    await vi.waitUntil(() => one.shared('pihole') === 'new', 60_000);
    expect([one.shared('kea'), one.shared('odd'), one.shared('other')]).toEqual([
      'too',
      undefined,
      undefined,
    ]);
    expect(changes()).toBeGreaterThan(before);
    api.change({ metadata: { name: 'kube-root-ca.crt' }, data: { pihole: 'of another' } });
    api.change({ metadata: { name: 'vipwatch-dhcp-import' }, data: { pihole: 'newer' } });
    await vi.waitUntil(() => one.shared('pihole') === 'newer', 60_000);
    expect(new Set(api.asked.map((line) => line.split('&')[0]))).toEqual(
      new Set([`GET ${PATH}?fieldSelector=metadata.name%3Dvipwatch-dhcp-import`]),
    );
  });

  it('is written there, and what keeps it from that is told', async () => {
    const { sharing: one, api } = sharing('w1', NODES);
    await one.publish('kea', 'table');
    expect(api.data).toEqual({ pihole: 'as it was', kea: 'table' });
    expect(api.asked).toContain(`PATCH ${PATH}/vipwatch-dhcp-import`);
    expect(one.problem).toBeNull();
    api.status = 403;
    await one.publish('kea', 'table');
    expect(one.problem).toMatch(/^forbidden: /);
    api.status = 200;
    await one.publish('kea', 'table');
    expect(one.problem).toBeNull();
  });
});
