import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InterfaceInfo } from '../../../src/host/capture/interfaces.ts';
import type { CaptureCounters, CaptureEvent } from '../../../src/host/capture/live-capture.ts';
import type { Link } from '../../../src/net/frame.ts';
import { labUnavailable } from '../../lab/available.ts';
import { createNamespace, type Namespace, namespacesUnavailable } from '../namespace.ts';
import type { Command } from './agent.ts';

const AGENT = new URL('agent.ts', import.meta.url).pathname;

/** However busy the machine is. */
const PATIENTLY = { timeout: 60_000 };

const BROADCAST = 'ffffffffffff';
const SENDER = '020000000099';
const ARP_BODY = `0001 0800 06 04 0001 ${SENDER} 0a630005 000000000000 0a630101`;
const ARP = hex(BROADCAST, SENDER, '0806', ARP_BODY);

interface SeenFrame {
  say: 'frame';
  hex: string;
  wireLength: number;
  at: number;
  handledAt: number;
  link: Link;
  strippedVlan: number | null;
  outgoing: boolean;
}
type Line =
  | SeenFrame
  | ({ say: 'change' } & CaptureEvent)
  | { say: 'sent'; result: string; before: number }
  | { say: 'counters'; counters: CaptureCounters[] }
  | {
      say: 'interfaces';
      interfaces: InterfaceInfo[];
      captured: { info: InterfaceInfo; link: Link }[];
    }
  | { say: 'ready' | 'closed' }
  | { say: 'no-permission' | 'error'; message: string };

/** What `ip -j -d address` says of an interface. */
interface IpInterface {
  ifindex: number;
  ifname: string;
  flags: string[];
  address: string;
  master?: string;
  linkinfo?: { info_kind?: string };
  addr_info: { local: string; prefixlen: number }[];
}

class Agent {
  readonly process: ChildProcess;
  readonly lines: Line[] = [];
  #notify = (): void => {};
  #read = 0;

  constructor(child: ChildProcess) {
    this.process = child;
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.lines.push(JSON.parse(line));
      this.#notify();
    });
  }

  tell(command: Command): void {
    this.process.stdin!.write(`${JSON.stringify(command)}\n`);
  }

  /** The next line that fits; lines before it are passed over. */
  async next<Kind extends Line['say']>(
    kind: Kind,
    fits: (line: Extract<Line, { say: Kind }>) => boolean = () => true,
  ): Promise<Extract<Line, { say: Kind }>> {
    for (;;) {
      while (this.#read < this.lines.length) {
        const line = this.lines[this.#read]!;
        this.#read += 1;
        if (isKind(line, kind) && fits(line)) return line;
      }
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
  }

  change(name: string, state: CaptureEvent['state']): Promise<{ reason: string }> {
    return this.next('change', (line) => line.interface === name && line.state === state);
  }

  async counters(name: string): Promise<CaptureCounters> {
    this.tell({ do: 'counters' });
    const { counters } = await this.next('counters');
    return counters.find((counter) => counter.interface === name)!;
  }

  async send(interfaceName: string, frame: string, times = 1): Promise<{ before: number }> {
    this.tell({ do: 'send', interface: interfaceName, hex: frame, times });
    const sent = await this.next('sent');
    expect(sent.result).toBe('sent');
    return sent;
  }
}

function isKind<Kind extends Line['say']>(line: Line, kind: Kind): line is Extract<Line, { say: Kind }> {
  return line.say === kind;
}

function statusOf(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}

function hex(...parts: string[]): string {
  return parts.join('').replaceAll(' ', '');
}

describe.skipIf(namespacesUnavailable() !== undefined)('LiveCapture', () => {
  let namespace: Namespace;
  let ringBytes: number | undefined;

  beforeEach(async () => {
    ringBytes = undefined;
    namespace = await createNamespace();
    namespace.run('sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1');
  });
  afterEach(() => namespace.end());
  const folder = mkdtempSync(join(tmpdir(), 'vipwatch-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function createPair(name: string, peer: string): void {
    namespace.run('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', peer);
    for (const end of [name, peer]) namespace.run('ip', 'link', 'set', end, 'up');
  }

  async function startAgent(...interfaces: string[]): Promise<Agent> {
    const agent = new Agent(
      namespace.spawn(process.execPath, [AGENT, ...interfaces], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, ...(ringBytes && { RING_BYTES: String(ringBytes) }) },
      }),
    );
    await agent.next('ready');
    return agent;
  }

  it('sees a frame on both ends of a link, outgoing on one, stamped between sending and handling', async () => {
    createPair('lan0', 'lan1');
    const agent = await startAgent('lan0', 'lan1');
    agent.tell({ do: 'send', interface: 'lan0', hex: ARP, times: 1 });
    const ends = [await agent.next('frame'), await agent.next('frame')];
    const sent = agent.lines.find((line) => line.say === 'sent')!;
    expect(ends.map(({ link, outgoing }) => [link.interface, outgoing]).sort()).toEqual([
      ['lan0', true],
      ['lan1', false],
    ]);
    for (const frame of ends) {
      expect(frame.hex).toBe(ARP);
      expect(frame.wireLength).toBe(ARP.length / 2);
      expect(frame.strippedVlan).toBeNull();
      expect(frame.at).toBeGreaterThanOrEqual(sent.before);
      expect(frame.at).toBeLessThanOrEqual(frame.handledAt);
    }
  });

  it('names the VLAN of a tag that the kernel took off', async () => {
    createPair('lan0', 'lan1');
    const agent = await startAgent('lan1');
    await agent.send('lan0', hex(BROADCAST, SENDER, '8100 200a', '0806', ARP_BODY));
    const frame = await agent.next('frame');
    expect(frame.strippedVlan).toBe(10);
    expect(frame.hex).toBe(ARP);
  });

  it('leaves everything but ARP, neighbour discovery and DHCP to the kernel', async () => {
    createPair('lan0', 'lan1');
    const agent = await startAgent('lan1');
    const tcp = hex(
      BROADCAST,
      SENDER,
      '0800',
      '45000028 00004000 4006 0000 0a630005 0a630101',
      '00'.repeat(20),
    );
    const dhcp = hex(
      BROADCAST,
      SENDER,
      '0800',
      '45000028 00000000 4011 0000 00000000 ffffffff',
      '00440043 00140000',
    );
    await agent.send('lan0', tcp, 100);
    await agent.send('lan0', dhcp);
    expect((await agent.next('frame')).hex).toBe(dhcp);
    expect(await agent.counters('lan1')).toMatchObject({ received: 1, dropped: 0 });
  });

  it('hears DHCPv6 through a card that keeps back multicast, also after it was off, and no other group', async () => {
    createPair('lan0', 'lan1');
    namespace.run('ip', 'link', 'add', 'link', 'lan1', 'name', 'card0', 'type', 'macvlan', 'mode', 'bridge');
    namespace.run('ip', 'link', 'set', 'card0', 'up');
    const agent = await startAgent('card0');
    const sent = (group: number) => {
      const last = group.toString(16).padStart(4, '0');
      const ip = `60000000 000c 11 01 ${'00'.repeat(16)} ff0200000000000000000000 0001${last}`;
      return hex(`33330001${last}`, SENDER, '86dd', ip, '0222 0223 000c 0000 01000001');
    };
    // The card goes by hashes of groups, and takes one for another now and then; never all of these.
    const others = Array.from({ length: 16 }, (_, i) => 0x100 + i);
    for (const group of [...others, 2, 3])
      agent.tell({ do: 'send', interface: 'lan0', hex: sent(group), times: 1 });
    await agent.next('frame', (frame) => frame.hex === sent(2));
    await agent.next('frame', (frame) => frame.hex === sent(3));
    expect((await agent.counters('card0')).received).toBeLessThan(16);

    namespace.run('ip', 'link', 'set', 'card0', 'down');
    await agent.change('card0', 'down');
    namespace.run('ip', 'link', 'set', 'card0', 'up');
    await agent.change('card0', 'up');
    agent.tell({ do: 'send', interface: 'lan0', hex: sent(2), times: 1 });
    await agent.next('frame', (frame) => frame.hex === sent(2));
  });

  it('goes on when an interface is deleted and made again under the same name', async () => {
    createPair('lan0', 'lan1');
    const agent = await startAgent('lan1');
    for (let round = 0; round < 3; round += 1) {
      namespace.run('ip', 'link', 'delete', 'lan0');
      expect((await agent.change('lan1', 'gone')).reason).toBe('deleted');
      createPair('lan0', 'lan1');
      await agent.change('lan1', 'added');
      await agent.send('lan0', ARP);
      expect((await agent.next('frame')).link).toEqual({ interface: 'lan1', vlan: null });
    }
    expect(await agent.counters('lan1')).toMatchObject({ up: true, received: 3 });
  });

  it('goes on when an interface is switched off and on, and counts the lost link', async () => {
    createPair('lan0', 'lan1');
    const agent = await startAgent('lan1');
    await agent.send('lan0', ARP);
    await agent.next('frame');
    namespace.run('ip', 'link', 'set', 'lan1', 'down');
    expect((await agent.change('lan1', 'down')).reason).toBe('switched-off');
    const lost = await agent.counters('lan1');
    expect(lost.up).toBe(false);
    expect(lost.linkLosses).toBeGreaterThan(0);
    namespace.run('ip', 'link', 'set', 'lan1', 'up');
    await agent.change('lan1', 'up');
    await agent.send('lan0', ARP);
    await agent.next('frame');
    expect(await agent.counters('lan1')).toMatchObject({ up: true, received: 2 });
  });

  it('tells a pulled cable from a switched-off interface', async () => {
    createPair('lan0', 'lan1');
    const agent = await startAgent('lan1');
    namespace.run('ip', 'link', 'set', 'lan0', 'down');
    expect((await agent.change('lan1', 'down')).reason).toBe('no-carrier');
    namespace.run('ip', 'link', 'set', 'lan0', 'up');
    await agent.change('lan1', 'up');
    await agent.send('lan0', ARP);
    await agent.next('frame');
  });

  it('picks up an interface that is added later, configured or chosen', async () => {
    const configured = await startAgent('lan1');
    expect(configured.lines).toContainEqual({
      say: 'change',
      interface: 'lan1',
      state: 'gone',
      reason: 'absent',
    });
    const choosing = await startAgent();
    createPair('lan0', 'lan1');
    for (const agent of [configured, choosing]) {
      await agent.change('lan1', 'added');
      await agent.send('lan0', ARP);
      await agent.next('frame', ({ link, outgoing }) => link.interface === 'lan1' && !outgoing);
    }
  });

  it('follows a renamed interface', async () => {
    createPair('lan0', 'lan1');
    const agent = await startAgent();
    namespace.run('ip', 'link', 'set', 'lan1', 'name', 'wan1');
    expect((await agent.change('lan1', 'gone')).reason).toBe('renamed to wan1');
    await agent.change('wan1', 'added');
    await agent.send('lan0', ARP);
    await agent.next('frame', ({ link }) => link.interface === 'wan1');
  });

  it('lets go of an interface that becomes a bridge port, and takes the bridge', async () => {
    createPair('lan0', 'lan1');
    const agent = await startAgent();
    namespace.run('ip', 'link', 'add', 'br0', 'type', 'bridge');
    namespace.run('ip', 'link', 'set', 'br0', 'up');
    namespace.run('ip', 'link', 'set', 'lan1', 'master', 'br0');
    expect((await agent.change('lan1', 'gone')).reason).toBe('has-master');
    agent.tell({ do: 'interfaces' });
    const { interfaces, captured } = await agent.next('interfaces');
    expect(captured.map(({ info }) => info.name).sort()).toEqual(['br0', 'lan0']);
    expect(interfaces.map(({ name, kind }) => [name, kind])).toContainEqual(['br0', 'bridge']);
  });

  it('lists the interfaces as ip(8) does', async () => {
    namespace.run('sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=0');
    createPair('lan0', 'lan1');
    namespace.run('ip', 'link', 'add', 'mv0', 'link', 'lan0', 'type', 'macvlan');
    namespace.run('ip', 'link', 'add', 'br0', 'type', 'bridge');
    namespace.run('ip', 'link', 'set', 'lan1', 'master', 'br0');
    namespace.run('ip', 'link', 'set', 'lo', 'up');
    namespace.run('ip', 'link', 'set', 'mv0', 'arp', 'off');
    namespace.run('ip', 'address', 'add', '192.168.1.10/24', 'dev', 'lan0');
    namespace.run('ip', 'address', 'add', '192.168.1.240/32', 'dev', 'lan0');
    namespace.run('ip', 'address', 'add', '10.0.0.1', 'peer', '10.0.0.2/32', 'dev', 'lan0');
    namespace.run('ip', 'address', 'add', 'fd00::10/64', 'dev', 'lan0', 'nodad');
    const agent = await startAgent('lan0');
    agent.tell({ do: 'interfaces' });
    const { interfaces } = await agent.next('interfaces');
    const listed: IpInterface[] = JSON.parse(namespace.run('ip', '-j', '-d', 'address'));
    expect(interfaces.map(comparable)).toEqual(
      listed.map((info) => ({
        index: info.ifindex,
        name: info.ifname,
        kind: info.linkinfo?.info_kind ?? null,
        mac: info.address,
        up: info.flags.includes('UP'),
        broadcast: info.flags.includes('BROADCAST'),
        noArp: info.flags.includes('NOARP'),
        loopback: info.flags.includes('LOOPBACK'),
        master: info.master,
        addresses: info.addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
      })),
    );

    function comparable({ index, name, kind, mac, up, broadcast, noArp, loopback, ...rest }: InterfaceInfo) {
      const master = interfaces.find((other) => other.index === rest.masterIndex)?.name;
      const addresses = rest.addresses.map(({ ip, prefixLength }) => `${ip}/${prefixLength}`);
      return { index, name, kind, mac, up, broadcast, noArp, loopback, master, addresses };
    }
  });

  it('counts what the kernel drops while the reader is stalled', async () => {
    createPair('lan0', 'lan1');
    ringBytes = 512 * 1024;
    const agent = await startAgent('lan1');
    // The agent doesn't read while it sends, and its ring holds about 4,000 such frames.
    await agent.send('lan0', ARP, 20_000);
    // Before all of them are read there may be no room for the next one, nor would the agent tell of it.
    const accounted = async () => {
      const { received, dropped } = await agent.counters('lan1');
      return received + dropped;
    };
    await expect.poll(accounted, PATIENTLY).toBe(20_000);
    const afterwards = ARP.replace('0a630101', '0a630102');
    await agent.send('lan0', afterwards);
    await agent.next('frame', (frame) => frame.hex === afterwards);
    const { received, dropped } = await agent.counters('lan1');
    expect(dropped).toBeGreaterThan(0);
    expect(received + dropped).toBe(20_001);
  });

  it.skipIf(labUnavailable('trafgen'))(
    'loses nothing of thin traffic while it is stopped for 2 s',
    async () => {
      const rates = { lan1: 20, lan3: 100, lan5: 1000 };
      const seconds = 2.5;
      for (const number of [0, 2, 4]) createPair(`lan${number}`, `lan${number + 1}`);
      const agent = await startAgent(...Object.keys(rates));
      const configuration = join(folder, 'arp.cfg');
      writeFileSync(configuration, `{ ${ARP.match(/../g)!.map((byte) => `0x${byte}`)}, }`);
      const generators = Object.entries(rates).map(([name, rate]) => {
        const peer = `lan${Number(name.at(-1)) - 1}`;
        const words = ['--dev', peer, '--conf', configuration, '--cpus', '1', '--gap', `${1000 / rate}ms`];
        return once(
          namespace.spawn('trafgen', [...words, '--num', String(rate * seconds)], { stdio: 'ignore' }),
          'exit',
        );
      });
      // The slowest sends its first; all have begun by its second.
      for (let i = 0; i < 2; i += 1) await agent.next('frame', ({ link }) => link.interface === 'lan1');
      agent.process.kill('SIGSTOP');
      expect(await Promise.all(generators)).toEqual(generators.map(() => [0, null]));
      agent.process.kill('SIGCONT');
      for (const [name, rate] of Object.entries(rates)) {
        const all = { received: rate * seconds, dropped: 0 };
        await expect.poll(() => agent.counters(name), PATIENTLY).toMatchObject(all);
      }
    },
  );

  it('sends through the captured link, and says why it cannot', async () => {
    createPair('lan0', 'lan1');
    const agent = await startAgent('lan0', 'lan1');
    agent.tell({ do: 'send-through-capture', link: { interface: 'lan0', vlan: null }, hex: ARP });
    expect((await agent.next('sent')).result).toBe('sent');
    expect(await agent.next('frame')).toMatchObject({
      hex: ARP,
      link: { interface: 'lan1' },
      outgoing: false,
    });
    agent.tell({ do: 'send-through-capture', link: { interface: 'lan0', vlan: 10 }, hex: ARP });
    expect((await agent.next('sent')).result).toBe('no-such-interface');
    namespace.run('ip', 'link', 'set', 'lan0', 'down');
    await agent.change('lan0', 'down');
    agent.tell({ do: 'send-through-capture', link: { interface: 'lan0', vlan: null }, hex: ARP });
    expect((await agent.next('sent')).result).toBe('interface-down');
  });

  it('ends when closed, with nothing left that keeps the process', async () => {
    createPair('lan0', 'lan1');
    const agent = await startAgent('lan0', 'lan1');
    agent.tell({ do: 'close' });
    await agent.next('closed');
    agent.process.stdin!.end();
    expect(await once(agent.process, 'exit')).toEqual([0, null]);
  });

  it('does not keep a process alive that fails', async () => {
    createPair('lan0', 'lan1');
    const agent = new Agent(
      namespace.spawn(process.execPath, [AGENT, 'lan1'], { stdio: ['pipe', 'pipe', 'ignore'] }),
    );
    await agent.next('ready');
    agent.tell({ do: 'throw-in-handler' });
    agent.tell({ do: 'send', interface: 'lan0', hex: ARP, times: 1 });
    expect(await once(agent.process, 'exit')).toEqual([1, null]);
  });

  it('needs no capability but NET_RAW', async () => {
    createPair('lan0', 'lan1');
    const agent = new Agent(
      namespace.spawn('setpriv', ['--bounding-set', '-all,+net_raw', process.execPath, AGENT, 'lan1'], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    await agent.next('ready');
    expect(statusOf(agent.process.pid!)).toMatch(/^CapEff:\s+0000000000002000$/m);
    await agent.send('lan0', ARP);
    await agent.next('frame');
    namespace.run('ip', 'link', 'delete', 'lan0');
    await agent.change('lan1', 'gone');
    createPair('lan0', 'lan1');
    await agent.change('lan1', 'added');
  });

  it('says what to do without the permission for packet sockets', async () => {
    const child = namespace.spawn(
      'setpriv',
      ['--bounding-set', '-net_raw', '--inh-caps', '-net_raw', process.execPath, AGENT, 'lan1'],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const agent = new Agent(child);
    const { message } = await agent.next('no-permission');
    expect(message).toMatch(/^Cannot capture: no permission .*setcap cap_net_raw\+ep .*NET_RAW/);
    expect(message).not.toContain('\n');
  });
});
