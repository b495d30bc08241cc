// What the documents tell their reader to type, on real nodes: each command of their sections, in their order, with what they leave to the
// reader filled in. What needs Docker, k3s or a Raspberry Pi is left out.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { startDnsmasq } from '../../lab/roles/dnsmasq.ts';
import { TESTS } from '../cluster/failover-tests.ts';
import type { KubernetesObject } from '../cluster/kubernetes-api.ts';
import { METALLB_NAMESPACE } from '../cluster/metallb.ts';
import { VIPWATCH_NAMESPACE } from '../cluster/vipwatch.ts';
import { RELEASE, RealHome, rolledOut, SERVICE, VIP } from './home.ts';
import { Reader, Section } from './manual.ts';

const setup = inject('nodes');
const PATIENCE = { timeout: 120_000, interval: 1_000 };
const LOADED = `localhost/${RELEASE}`;

describe.skipIf(!setup.ok)('documents on real nodes', () => {
  let home: RealHome;
  let reader: Reader;
  /** Beside what is the same everywhere. */
  let fillings: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    if (!setup.ok) return;
    home = await RealHome.start(setup, 2);
    reader = await Reader.sit(home, setup, (text) => {
      let filled = text.replaceAll('REGISTRY/vipwatch', LOADED);
      for (const [word, value] of Object.entries(fillings)) filled = filled.replaceAll(word, value);
      return filled;
    });
  });

  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
  });

  const addresses = () => home.cluster.nodes.map(({ address }) => address);
  const podUids = async () => (await home.agentPods()).map(({ metadata }) => metadata.uid);
  /** `helm test` prints a line for each agent. */
  const expectReady = (said: string) => {
    for (const address of addresses()) expect(said).toMatch(new RegExp(`^ready +${address} +200 `, 'm'));
  };

  describe('docs/quickstart-k3s.md', () => {
    const QUICKSTART = 'docs/quickstart-k3s.md';
    const section = (heading: string) => new Section(QUICKSTART, heading);

    beforeAll(() => {
      // The page says itself that it may be either; pi2 is a node here, and pi1 is none.
      fillings = { '192.168.0.10': '192.168.1.11', '192.168.0.': '192.168.1.' };
    });

    it('3 to 4: its pool takes the place of the one that is there', async () => {
      if (!setup.ok) return;
      const [, wait] = section('3. MetalLB').commands[0]!.split('\n');
      await reader.type(wait!);
      await reader.save('pool.yaml', section('3. MetalLB').block('yaml'));
      await reader.type(
        `kubectl -n ${METALLB_NAMESPACE} delete l2advertisements,ipaddresspools --all`,
        ...section('4. Check before you apply').inline('kubectl').slice(0, 1),
      );
      await vi.waitFor(async () => expect(await home.clientGets()).toMatch(/^node-/), PATIENCE);
    });

    it('6: Helm installs the agents, and asks each', async () => {
      await reader.save('values.yaml', section('6. The agents').block('yaml'));
      expectReady(await reader.type(...section('6. The agents').commands));
    });

    it('7: the finding is the one that it shows', async () => {
      const { commands, shown } = section('7. The first finding');
      await vi.waitFor(async () => {
        expect(JSON.parse(await reader.type(commands[0]!))).toEqual(
          JSON.parse(shown.replaceAll('192.168.0.', '192.168.1.')),
        );
      }, PATIENCE);
    });

    const routerLeases = (from: string, to: string) =>
      startDnsmasq(home.router, { subnet: '192.168.1.0/24', range: [from, to], noPing: true });
    const audit = () => section('7. The first finding').commands[1]!.trim();

    it('7: the router is asked what it would lease', async () => {
      const { process } = await routerLeases('192.168.1.2', '192.168.1.253');
      // 1: it would lease one.
      expect(await reader.type(`${audit()} || [ $? = 1 ]`)).toContain(VIP);
      await process.stop();
    });

    it('8: a new range ends the finding, without a new Pod', async () => {
      const before = await podUids();
      await reader.type('sed -i s/192.168.1.2-192.168.1.253/192.168.1.13-192.168.1.239/ values.yaml');
      await reader.type(...section('8. The fix').commands);
      const { process } = await routerLeases('192.168.1.13', '192.168.1.239');
      await reader.type(audit());
      await vi.waitFor(async () => {
        const api = await home.agent(1);
        expect((await api.findings()).filter(({ kind }) => kind === 'dhcp-range-overlaps-pool')).toEqual([]);
      }, PATIENCE);
      expect(await podUids()).toEqual(before);
      await process.stop();
    });
  });

  describe('docs/troubleshooting.md', () => {
    const section = (heading: string) => new Section('docs/troubleshooting.md', heading);

    beforeAll(async () => {
      if (!setup.ok) return;
      const [pod] = await home.agentPods();
      fillings = { NODE: addresses()[0]!, POD: pod!.metadata.name };
    });

    it('1: the Pods are shown', async () => {
      const said = await reader.type(...section('1. Are there pods?').commands);
      for (const address of addresses()) expect(said).toMatch(new RegExp(` 1/1 +Running +0 .* ${address} `));
    });

    it('2: each agent is ready', async () => {
      const said = await reader.type(...section('2. Is the agent ready?').commands);
      expectReady(said);
      for (const part of [
        '"capture": {',
        '"intent": {',
        '"journal": {',
        '"durable": true',
        '"configuration": {',
      ])
        expect(said).toContain(part);
    });

    it('3: the VIPs are known', async () => {
      const [list] = section('3. Does it know the VIPs?').inline('curl');
      const vips = JSON.parse(await reader.type(list!));
      expect(vips).toMatchObject({ ip: VIP, service: `default/${SERVICE}`, pool: 'main-pool' });
    });

    it('4: the LAN is heard', async () => {
      const [metrics, tcpdump] = section('4. Does it hear the LAN?').commands[0]!.trim().split('\n');
      const said = await reader.type(metrics!);
      for (const name of ['frames_total', 'frames_dropped_total', 'interface_up'])
        expect(said).toMatch(new RegExp(`^vipwatch_${name}`, 'm'));
      // On the node itself, by root.
      const words = tcpdump!.replace(/#.*/, '').replace(/^sudo /, '');
      const { stdout } = await home.cluster.nodes[0]!.host.run(['sh', '-c', words]);
      expect(stdout.match(/ARP, /g)).toHaveLength(20);
    });

    it('6: what was resolved is shown', async () => {
      const [all] = section('6. It is silent although something is wrong').inline('curl');
      expect(await reader.type(all!)).toContain('dhcp-range-overlaps-pool');
    });
  });

  describe('docs/install.md', () => {
    const section = (heading: string) => new Section('docs/install.md', heading);

    it('Removing it: nothing of it is left', async () => {
      fillings = {};
      await reader.type(section('Removing it').commands[0]!);
      await expect(reader.type(`kubectl get namespace ${VIPWATCH_NAMESPACE}`)).rejects.toThrow(/NotFound/);
      await expect(reader.type('kubectl get crd failovertests.vipwatch.dev')).rejects.toThrow(/NotFound/);
    });

    it('2 to 3: Helm installs the agents, and asks each', async () => {
      await reader.save('values.yaml', section('3. The chart').block('yaml'));
      await reader.type(...section('2. The namespace').commands);
      expectReady(await reader.type(...section('3. The chart').commands));
    });

    it('4: the first check shows what it says', async () => {
      const [pod] = await home.agentPods();
      const [node] = addresses();
      fillings = { 'vipwatch-7xk2p': pod!.metadata.name, '192.168.1.10:': `${node}:` };
      const [pods, log, vips, findings] = section('4. The first check').commands;
      const list = await reader.type(pods!);
      expect(list.split('\n')[0]!.split(/ {2,}/)).toEqual(
        expect.arrayContaining(['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE']),
      );
      for (const address of addresses()) expect(list).toMatch(new RegExp(` 1/1 +Running +0 .* ${address} `));
      const said = await reader.type(log!);
      expect(said).toContain('"msg":"Interface eth0: added"');
      // The cluster may have answered by then, or not.
      const watching = `"interfaces":\\["eth0"\\],"vips":(null|1),"url":"http://${node}:9797","msg":"Watching"`;
      expect(said).toMatch(new RegExp(watching));
      expect(said).toContain('"vips":1,"nodes":2,"msg":"Intent read from Kubernetes"');
      const { items } = JSON.parse(await reader.type(vips!));
      expect(items).toMatchObject([{ ip: VIP, service: `default/${SERVICE}`, pool: 'main-pool' }]);
      expect(JSON.parse(await reader.type(findings!))).toEqual({ items: [], total: 0, next: null });
    });

    it('Removing it: what a test left behind is removed by hand where the agents went first', async () => {
      await reader.type(`helm uninstall ${RELEASE} --namespace ${VIPWATCH_NAMESPACE} --wait`);
      // As a test leaves it whose agents are gone.
      const { metadata } = await home.cluster.api.create<KubernetesObject>(TESTS, {
        apiVersion: 'vipwatch.dev/v1alpha1',
        kind: 'FailoverTest',
        metadata: { name: 'left', finalizers: ['vipwatch.dev/undo'] },
        spec: { vip: VIP, mode: 'drain' },
      });
      const node = home.cluster.nodes[0]!.name;
      const mark = `vipwatch-${metadata.uid}`;
      await reader.type(
        `kubectl label node ${node} node.kubernetes.io/exclude-from-external-load-balancers=${mark}`,
        `kubectl taint node ${node} vipwatch.dev/failover-test=${mark}:NoSchedule`,
      );
      const left = async () => await reader.type(`kubectl get node ${node} -o json | grep ${mark} || true`);
      expect((await left()).split('\n')).toHaveLength(3);
      fillings = { ' NODE ': ` ${node} `, ' NAME ': ' left ' };
      const [remove, byHand] = section('Removing it').commands;
      expect(await reader.type(byHand!)).toContain(metadata.uid);
      expect(await left()).toBe('');
      // Helm is done with it.
      await reader.type(remove!.replace(/^helm uninstall.*$/m, ''));
      await expect(reader.type(`kubectl get namespace ${VIPWATCH_NAMESPACE}`)).rejects.toThrow(/NotFound/);
    });

    it('3: it is installed without Helm as well', async () => {
      await reader.type('kubectl apply --server-side -f deploy/manifests/vipwatch.yaml');
      await rolledOut(home.cluster, VIPWATCH_NAMESPACE, `daemonset/${RELEASE}`);
      const before = await podUids();
      await reader.type('kubectl apply --server-side -k deploy/manifests');
      await reader.type('kubectl -n vipwatch rollout restart daemonset vipwatch');
      await rolledOut(home.cluster, VIPWATCH_NAMESPACE, `daemonset/${RELEASE}`);
      for (const uid of await podUids()) expect(before).not.toContain(uid);
    });
  });
});
