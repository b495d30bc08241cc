// What failover tests do to a cluster, against an API server that keeps Nodes and Pods in memory and answers as the real one
// does; test/cluster holds the same against the real one.
import { beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import { type InjectionContext, inject, undo } from '../../../src/failover/cluster/injections.ts';
import { LONGEST_FREEZE } from '../../../src/failover/failover-test.ts';
import type { Injection } from '../../../src/failover/object.ts';
import type { ObjectAnswer } from '../../../src/host/kubernetes/objects.ts';

const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';
const NODE = '/api/v1/nodes/node-1';
const SPEAKER = '/api/v1/namespaces/metallb-system/pods/speaker-x';
const OWN = '/api/v1/namespaces/vipwatch/pods/vipwatch-y';
const MARK = 'vipwatch-u1';
const FREEZER = `/api/v1/namespaces/vipwatch/pods/${MARK}`;

interface Stored {
  metadata: { resourceVersion: string; labels?: Record<string, string>; name?: string };
  spec?: { taints?: object[]; containers?: object[]; priorityClassName?: string };
  status?: object;
}

class Api {
  readonly objects = new Map<string, Stored>();
  readonly writes: string[] = [];
  /** Before a write goes through, once. */
  meanwhile: (() => void) | undefined;
  refuse: ObjectAnswer | undefined;

  async get(path: string): Promise<ObjectAnswer> {
    const object = this.objects.get(path);
    return object ? { ok: true, object: structuredClone(object) } : absent;
  }

  async list(path: string): Promise<ObjectAnswer> {
    const [collection, name] = path.split('?fieldSelector=metadata.name%3D');
    const object = this.objects.get(`${collection}/${name}`);
    return { ok: true, object: { items: object ? [structuredClone(object)] : [] } };
  }

  async patch(path: string, change: object): Promise<ObjectAnswer> {
    if (this.refuse) return this.refuse;
    this.meanwhile?.();
    this.meanwhile = undefined;
    const object = this.objects.get(path);
    if (!object) return absent;
    const { metadata, spec } = change as Stored;
    if (metadata.resourceVersion !== object.metadata.resourceVersion)
      return { ok: false, problem: 'conflict', detail: 'the object has been modified' };
    this.writes.push(`patch ${path}`);
    const labels = Object.entries({ ...object.metadata.labels, ...metadata.labels }).filter(
      ([, value]) => value !== null,
    );
    object.metadata = { resourceVersion: `${metadata.resourceVersion}1`, labels: Object.fromEntries(labels) };
    object.spec = { ...object.spec, ...spec };
    return { ok: true, object };
  }

  async create(path: string, object: object): Promise<ObjectAnswer> {
    const pod = object as Stored;
    const own = `${path}/${pod.metadata.name}`;
    if (this.objects.has(own)) return { ok: false, problem: 'conflict', detail: 'already exists' };
    this.writes.push(`create ${own}`);
    this.objects.set(own, pod);
    return { ok: true, object };
  }

  async delete(path: string): Promise<ObjectAnswer> {
    if (this.refuse) return this.refuse;
    if (!this.objects.delete(path)) return absent;
    this.writes.push(`delete ${path}`);
    return { ok: true, object: {} };
  }
}

const forbidden = { ok: false, problem: 'forbidden', detail: 'it is forbidden' } as const;
const absent: ObjectAnswer = { ok: false, problem: 'not-served', detail: 'not found' };
const foreign = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };

const RESOURCES = { requests: { cpu: '10m', memory: '96Mi' }, limits: { memory: '256Mi' } };

let api: Api;
let context: InjectionContext;

beforeEach(() => {
  api = new Api();
  api.objects.set(NODE, {
    metadata: { resourceVersion: '1', labels: { 'kubernetes.io/os': 'linux' } },
    spec: { taints: [foreign] },
  });
  api.objects.set(SPEAKER, { metadata: { resourceVersion: '1' } });
  api.objects.set(OWN, {
    metadata: { resourceVersion: '1' },
    spec: {
      containers: [
        {
          name: 'vipwatch',
          image: 'registry.example/vipwatch@sha256:0',
          imagePullPolicy: 'Always',
          resources: RESOURCES,
        },
      ],
      priorityClassName: 'system-node-critical',
    },
  });
  context = {
    objects: api,
    ownPod: { namespace: 'vipwatch', name: 'vipwatch-y' },
    speakerOn: (node) => (node === 'node-1' ? { namespace: 'metallb-system', name: 'speaker-x' } : undefined),
    mark: MARK,
    freezeFor: LONGEST_FREEZE,
    undoingFor: 0,
  };
});

const of = (mode: Injection['mode']): Injection => ({ mode, node: 'node-1' });
const node = () => api.objects.get(NODE)!;

describe('drain', () => {
  it('adds the label with its mark, and takes it off', async () => {
    expect(await inject(of('drain'), context)).toBe('done');
    expect(node().metadata.labels).toEqual({ 'kubernetes.io/os': 'linux', [EXCLUDE_LABEL]: MARK });
    expect(await undo(of('drain'), context)).toBe('done');
    expect(node().metadata.labels).toEqual({ 'kubernetes.io/os': 'linux' });
  });

  it('leaves a label alone that somebody else has put there', async () => {
    node().metadata.labels![EXCLUDE_LABEL] = '';
    expect(await inject(of('drain'), context)).toEqual({ refused: 'node-1 has the label already' });
    expect(await undo(of('drain'), context)).toBe('done');
    expect(node().metadata.labels).toHaveProperty([EXCLUDE_LABEL], '');
    expect(api.writes).toEqual([]);
  });

  it('looks again where the node was changed meanwhile', async () => {
    api.meanwhile = () => {
      node().metadata.resourceVersion = '5';
      node().metadata.labels![EXCLUDE_LABEL] = 'by-hand';
    };
    expect(await inject(of('drain'), context)).toEqual({ refused: 'node-1 has the label already' });
    expect(node().metadata.labels).toHaveProperty([EXCLUDE_LABEL], 'by-hand');
  });

  it('can be repeated', async () => {
    await inject(of('drain'), context);
    expect(await inject(of('drain'), context)).toBe('done');
    await undo(of('drain'), context);
    expect(await undo(of('drain'), context)).toBe('done');
  });
});

describe('delete-pod', () => {
  const ours = { key: 'vipwatch.dev/failover-test', value: MARK, effect: 'NoSchedule' };

  it('taints the node before it deletes the Pod, and takes off its own taint alone', async () => {
    expect(await inject(of('delete-pod'), context)).toBe('done');
    expect(api.writes).toEqual([`patch ${NODE}`, `delete ${SPEAKER}`]);
    expect(node().spec!.taints).toEqual([foreign, ours]);
    expect(await undo(of('delete-pod'), context)).toBe('done');
    expect(node().spec!.taints).toEqual([foreign]);
  });

  it("leaves another test's taint alone", async () => {
    node().spec!.taints = [{ ...ours, value: 'vipwatch-other' }];
    expect(await undo(of('delete-pod'), context)).toBe('done');
    expect(node().spec!.taints).toHaveLength(1);
  });

  it('loses no taint that somebody else adds meanwhile', async () => {
    const added = { key: 'maintenance', effect: 'NoExecute' };
    await inject(of('delete-pod'), context);
    api.meanwhile = () => {
      node().metadata.resourceVersion = '9';
      node().spec!.taints!.push(added);
    };
    expect(await undo(of('delete-pod'), context)).toBe('done');
    expect(node().spec!.taints).toEqual([foreign, added]);
  });
});

describe('freeze', () => {
  it("runs this agent's own image on the node, and deletes that Pod", async () => {
    expect(await inject(of('freeze'), context)).toBe('again');
    expect(api.objects.get(FREEZER)).toMatchObject({
      spec: {
        nodeName: 'node-1',
        hostPID: true,
        restartPolicy: 'Never',
        priorityClassName: 'system-node-critical',
        automountServiceAccountToken: false,
        containers: [
          {
            image: 'registry.example/vipwatch@sha256:0',
            resources: RESOURCES,
            args: ['freeze-speaker', '--pod', 'speaker-x', '--seconds', '18'],
            securityContext: { capabilities: { drop: ['ALL'], add: ['KILL', 'SYS_PTRACE'] } },
          },
        ],
      },
    });
    // The kubelet has started it.
    api.objects.get(FREEZER)!.status = { phase: 'Running' };
    expect(await inject(of('freeze'), context)).toBe('done');
    expect(await undo(of('freeze'), context)).toBe('done');
    expect(api.objects.has(FREEZER)).toBe(false);
    expect(await undo(of('freeze'), context)).toBe('done');
  });

  it('does not work where the freezer ends, and says why', async () => {
    await inject(of('freeze'), context);
    const message = 'vipwatch: Cannot freeze the speaker of speaker-x: it has no process here\n';
    api.objects.get(FREEZER)!.status = {
      phase: 'Failed',
      containerStatuses: [{ state: { terminated: { message } } }],
    };
    expect(await inject(of('freeze'), context)).toEqual({
      refused: `the freezer on node-1 has ended: ${message.trim()}`,
    });
  });

  it('is not undone before the Pod is gone', async () => {
    await inject(of('freeze'), context);
    const freezer = api.objects.get(FREEZER)!;
    const remove = api.delete.bind(api);
    api.delete = async () => ({ ok: true, object: freezer });
    expect(await undo(of('freeze'), context)).toBe('again');
    api.delete = remove;
    expect(await undo(of('freeze'), context)).toBe('done');
  });

  it('of a node that does not answer is undone after a while, for the freezer ends by itself', async () => {
    await inject(of('freeze'), context);
    const freezer = api.objects.get(FREEZER)!;
    api.delete = async () => ({ ok: true, object: freezer });
    expect(await undo(of('freeze'), { ...context, undoingFor: 37 * SECOND })).toBe('again');
    expect(await undo(of('freeze'), { ...context, undoingFor: 38 * SECOND })).toEqual({
      done: "node-1 does not say that the freezer's Pod has ended; it lets the speaker continue by itself after 18 s.",
    });
  });

  const ended = (exitCode: number, reason: string) => ({
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: [{ state: { terminated: { exitCode, reason } } }],
  });

  it('says so where the freezer was killed: nobody has told the speaker to go on', async () => {
    await inject(of('freeze'), context);
    api.objects.get(FREEZER)!.status = ended(137, 'OOMKilled');
    expect(await undo(of('freeze'), context)).toEqual({
      done: 'The freezer on node-1 was killed (OOMKilled): if it had stopped the speaker, the speaker stays stopped until its liveness probe restarts it.',
    });
    expect(api.objects.has(FREEZER)).toBe(false);
  });

  it.each([
    [0, 'Completed'],
    [2, 'Error'],
  ])('says nothing of a freezer that ended by itself with %i', async (exitCode, reason) => {
    await inject(of('freeze'), context);
    api.objects.get(FREEZER)!.status = ended(exitCode, reason);
    expect(await undo(of('freeze'), context)).toBe('done');
  });

  it('without the right to delete the freezer is undone once that has ended', async () => {
    await inject(of('freeze'), context);
    api.refuse = forbidden;
    expect(await undo(of('freeze'), context)).toEqual({ refused: forbidden.detail });
    api.objects.get(FREEZER)!.status = ended(0, 'Completed');
    expect(await undo(of('freeze'), context)).toEqual({
      done: `The freezer has ended; its Pod ${MARK} stays: ${forbidden.detail}.`,
    });
    api.objects.delete(FREEZER);
    expect(await undo(of('freeze'), context)).toBe('done');
  });
});

describe('what does not work', () => {
  it.each(['delete-pod', 'freeze'] as const)('%s without a speaker is refused', async (mode) => {
    const outcome = await inject({ mode, node: 'node-2' }, context);
    expect(outcome).toEqual({ refused: "the speaker's Pod on node-2 is gone" });
  });

  it.each(['drain', 'delete-pod'] as const)(
    '%s without the right is refused, as is undoing it, until somebody has done that by hand',
    async (mode) => {
      api.refuse = forbidden;
      expect(await inject(of(mode), context)).toEqual({ refused: forbidden.detail });
      api.refuse = undefined;
      await inject(of(mode), context);
      api.refuse = forbidden;
      expect(await undo(of(mode), context)).toEqual({ refused: forbidden.detail });
      api.get = async () => forbidden;
      expect(await undo(of(mode), context)).toEqual({ refused: forbidden.detail });
      node().metadata.labels = {};
      node().spec!.taints = [];
      expect(await undo(of(mode), context)).toBe('done');
    },
  );

  it('is tried again while the API is away', async () => {
    api.refuse = { ok: false, problem: 'unreachable', detail: 'ECONNREFUSED' };
    expect(await inject(of('drain'), context)).toBe('again');
  });

  it.each(['drain', 'delete-pod', 'freeze'] as const)('%s is undone on a node that is gone', async (mode) => {
    api.objects.clear();
    expect(await undo(of(mode), context)).toBe('done');
  });
});
