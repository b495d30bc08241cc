// What only real nodes show: the image by a container runtime, the chart by kubelets and a scheduler, a VIP that real Pods serve.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { untilAnnouncedBy } from '../cluster/metallb.ts';
import { VIPWATCH_NAMESPACE } from '../cluster/vipwatch.ts';
import { containerProcess } from './container-process.ts';
import { type AgentPod, RELEASE, RealHome, SERVICE } from './home.ts';

const setup = inject('nodes');

/** The words of the agent's command line that no other process has. */
const AGENT = '/opt/vipwatch/dist/vipwatch.js';
const NET_RAW = 1n << 13n;
const PATIENCE = { timeout: 90_000, interval: 500 };

describe.skipIf(!setup.ok)('real nodes', () => {
  let home: RealHome;

  beforeAll(async () => {
    if (setup.ok) home = await RealHome.start(setup, 2);
  });

  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
  });

  const nodeNames = () => home.cluster.nodes.map(({ name }) => name);
  const uidsOf = (pods: readonly AgentPod[]) => pods.map(({ metadata }) => metadata.uid);

  async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
    const began = performance.now();
    await work();
    console.log(`${what}: ${Math.round((performance.now() - began) / 100) / 10} s`);
  }

  it('serve a VIP from Pods to a client on the LAN', async () => {
    await vi.waitFor(async () => expect(nodeNames()).toContain(await home.clientGets()), PATIENCE);
  });

  it('run the agents as Helm installs them, and each sees who announces the VIP', async () => {
    const modes = 'config.failoverTest.modes={observe,drain,delete-pod,freeze}';
    await timed('helm install --wait', () =>
      home.helmApply('install', '--wait', '--timeout=180s', `--set=${modes}`),
    );
    const pods = await home.agentPods();
    expect(pods.map(({ spec }) => spec.nodeName)).toEqual(nodeNames());
    const announcer = await untilAnnouncedBy(home.cluster, SERVICE);
    for (const number of [1, 2]) {
      const api = await home.agent(number);
      expect(await api.get('/readyz')).toMatchObject({ status: 200 });
      await vi.waitFor(
        async () => expect(await home.announcerSeenBy(number)).toMatchObject({ announcer }),
        PATIENCE,
      );
    }
  });

  it('are asked by helm test whether each agent is ready', async () => {
    const said = await home.helm(
      'test',
      RELEASE,
      `--namespace=${VIPWATCH_NAMESPACE}`,
      '--logs',
      '--timeout=120s',
    );
    for (const { address } of home.cluster.nodes)
      expect(said).toMatch(new RegExp(`^ready +${address} +200 `, 'm'));
  });

  it('give an agent what its securityContext says, and no more', async () => {
    const { status, ...process } = await containerProcess(home.cluster.nodes[0]!.host, AGENT);
    const sets = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) =>
      BigInt(`0x${status[name]}`),
    );
    expect(sets).toEqual([0n, NET_RAW, NET_RAW, NET_RAW, 0n]);
    // 2: by a filter, the runtime's own.
    expect(status).toMatchObject({ NoNewPrivs: '1', Seccomp: '2' });
    expect(status.Uid!.split('\t')).toEqual(['0', '0', '0', '0']);
    expect(process).toMatchObject({ rootIsReadOnly: true, shared: ['net'], memoryLimit: 256 * 1024 ** 2 });
  });

  it('replace one agent after the other at an upgrade, and go back', async () => {
    const before = await home.agentPods();
    await timed('helm upgrade --wait', () =>
      home.helmApply('upgrade', '--wait', '--timeout=180s', '--set=podAnnotations.tried=yes'),
    );
    const upgraded = await home.agentPods();
    expect(upgraded.map(({ metadata }) => metadata.annotations?.tried)).toEqual(['yes', 'yes']);
    for (const uid of uidsOf(upgraded)) expect(uidsOf(before)).not.toContain(uid);
    await timed('helm rollback --wait', () =>
      home.helm('rollback', RELEASE, '1', `--namespace=${VIPWATCH_NAMESPACE}`, '--wait', '--timeout=180s'),
    );
    const back = await home.agentPods();
    expect(back.map(({ metadata }) => metadata.annotations?.tried)).toEqual([undefined, undefined]);
    expect(back.map(({ spec }) => spec.nodeName)).toEqual(nodeNames());
  });

  it('stop an upgrade at the first agent that cannot start, and say why', async () => {
    const before = await home.agentPods();
    const upgrade = home.helmApply('upgrade', '--wait', '--timeout=40s', '--set=extraArgs={--nonsense}');
    await expect(upgrade).rejects.toThrow(/ended with/);
    const after = await home.agentPods();
    const kept = after.filter(({ metadata }) => uidsOf(before).includes(metadata.uid));
    const replaced = after.filter((pod) => !kept.includes(pod));
    expect([kept.length, replaced.length]).toEqual([1, 1]);
    const [stuck] = replaced[0]!.status!.containerStatuses!;
    expect(stuck!.lastState?.terminated ?? stuck!.state.terminated).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('nonsense'),
    });
    // It is not touched for as long as it is well.
    expect(kept[0]!.status!.containerStatuses![0]).toMatchObject({ restartCount: 0, ready: true });
  });

  it('kill an agent that takes more memory than it may, and start it again', async () => {
    const small = ['limits', 'requests'].map((what) => `--set=resources.${what}.memory=28Mi`);
    const upgrade = home.helmApply('upgrade', '--wait', '--timeout=40s', ...small);
    await expect(upgrade).rejects.toThrow(/ended with/);
    const statuses = (await home.agentPods()).map(({ status }) => status!.containerStatuses![0]!);
    const killed = statuses.map(
      ({ state, lastState }) => (lastState?.terminated ?? state.terminated)?.reason,
    );
    expect(killed.toSorted()).toEqual(['OOMKilled', undefined]);
  });

  it('go on with the last good configuration where a new one has a mistake', async () => {
    await home.helmApply('upgrade', '--wait', '--timeout=180s', '--set=config.interfaces={eth0,eth0}');
    for (const number of [1, 2]) {
      const api = await home.agent(number);
      const { status, body } = await api.get('/readyz');
      expect([status, JSON.parse(body).configuration.problem]).toEqual([200, 'invalid']);
    }
  });

  it('leave the agents alone where a kubelet starts anew', async () => {
    const ids = async () =>
      (await home.agentPods()).map(({ status }) => status!.containerStatuses![0]!.containerID);
    const before = await ids();
    await home.cluster.restartKubelet(1);
    // It is at work again when it has started a Pod.
    await home.replaceWebServer(1);
    expect(await ids()).toEqual(before);
  });

  it('are rid of all by helm uninstall but what must stay', async () => {
    await home.helm('uninstall', RELEASE, `--namespace=${VIPWATCH_NAMESPACE}`, '--wait', '--timeout=120s');
    const kinds = 'daemonsets,pods,services,configmaps,serviceaccounts,roles,rolebindings';
    const left = async () => {
      const text = await home.cluster.controlPlane.kubectl(
        'get',
        kinds,
        '-n',
        VIPWATCH_NAMESPACE,
        '-o',
        'name',
      );
      return text.trim().split('\n').toSorted();
    };
    // Helm does not wait for the Pods, which go with their DaemonSet. What is left is what every namespace has, and Helm's own
    // of its test.
    await expect
      .poll(left, { timeout: 120_000, interval: 500 })
      .toEqual(['configmap/kube-root-ca.crt', 'pod/vipwatch-test', 'serviceaccount/default']);
    const wide =
      'clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings';
    const all = await home.cluster.controlPlane.kubectl('get', wide, '-o', 'name');
    expect(all.split('\n').filter((name) => name.includes('vipwatch'))).toEqual([]);
  });
});
