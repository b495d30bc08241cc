import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it, vi } from 'vitest';
import { isRoot } from '../../lab/cell.ts';
import { Lab } from '../../lab/lab.ts';
import { cannotBeNobody, labUnavailable, NOBODY } from './available.ts';

const OWNER = new URL('owner.ts', import.meta.url).pathname;

const skip = labUnavailable('arping');

describe.skipIf(skip)('Lab', () => {
  it('keeps two LANs with the same addresses apart', async () => {
    await using one = await Lab.create();
    await using other = await Lab.create();
    const options = { mac: '02:00:00:00:00:01', address: '192.168.1.1/24' };
    await Promise.all([one.host('router', options), other.host('router', options)]);
    const asker = await one.host('asker', { mac: '02:00:00:00:00:0a', address: '192.168.1.10/24' });
    await other.host('only-there', { mac: '02:00:00:00:00:0b', address: '192.168.1.11/24' });

    const { stdout } = await asker.run(['arping', '-c', '1', '-I', 'eth0', '192.168.1.1']);
    expect(stdout).toContain('Received 1 response(s)');
    await expect(asker.run(['arping', '-c', '1', '-w', '1', '-I', 'eth0', '192.168.1.11'])).rejects.toThrow(
      'Received 0 response(s)',
    );
  });

  it('takes a machine off the LAN and back by its cable and by its power', async () => {
    await using lab = await Lab.create();
    const asker = await lab.host('asker', { mac: '02:00:00:00:00:0a', address: '192.168.1.10/24' });
    const node = await lab.host('node', { mac: '02:00:00:00:00:0b', address: '192.168.1.11/24' });
    const answers = async () => {
      const { stdout } = await asker
        .run(['arping', '-c', '1', '-w', '1', '-I', 'eth0', '192.168.1.11'])
        .catch((error: Error) => ({ stdout: error.message }));
      return stdout.includes('Received 1 response(s)');
    };
    expect(await answers()).toBe(true);
    await node.unplug();
    expect(await answers()).toBe(false);
    await node.plug();
    await vi.waitUntil(answers, { timeout: 60_000 });

    const program = node.spawn(['/bin/sleep', '1000']);
    await program.pid;
    await node.powerOff();
    expect(await program.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await answers()).toBe(false);
    expect(() => node.spawn(['/bin/sleep', '1'])).toThrow('Cannot use node: it is off');
    await node.powerOn();
    await vi.waitUntil(answers, { timeout: 60_000 });
  });

  it('plugs a machine into several networks, and again when it is switched on', async () => {
    await using lab = await Lab.create();
    const backbone = await lab.network();
    const server = { mac: '02:00:00:00:01:01', address: '10.0.0.1/24', switch: backbone };
    const asker = await lab.host('server', server);
    const card = { name: 'eth1', mac: '02:00:00:00:01:0b', address: '10.0.0.11/24', switch: backbone };
    const node = await lab.host('node', {
      mac: '02:00:00:00:00:0b',
      address: '192.168.1.11/24',
      cards: [card],
    });
    const answers = async (address: string) => {
      const { stdout } = await asker
        .run(['arping', '-c', '1', '-w', '1', '-I', 'eth0', address])
        .catch((error: Error) => ({ stdout: error.message }));
      return stdout.includes('Received 1 response(s)');
    };
    await vi.waitUntil(() => answers('10.0.0.11'), { timeout: 60_000 });
    // The machine's other card is on the LAN still, but no cable leads there from here.
    await node.unplug('eth1');
    expect(await answers('10.0.0.11')).toBe(false);
    await node.plug('eth1');
    await node.powerOff();
    await node.powerOn();
    await vi.waitUntil(() => answers('10.0.0.11'), { timeout: 60_000 });
  });

  it('says everything about a command that failed', async () => {
    await using lab = await Lab.create();
    const host = await lab.host('host', { mac: '02:00:00:00:00:01' });
    await expect(host.run(['sh', '-c', 'echo said; echo complained >&2; exit 3'])).rejects.toThrow(
      /^Command failed: host: sh .* ended with exit code 3\n.*(said|complained)\n.*(said|complained)$/s,
    );
    await expect(host.run(['/bin/sleep', '1000'], { timeoutMs: 100 })).rejects.toThrow(
      'Not done within 100 ms',
    );
    await expect(lab.host('host', { mac: '02:00:00:00:00:02' })).rejects.toThrow(
      'the lab has a host of this name',
    );
  });

  it("tells a program's lines and its end", async () => {
    await using lab = await Lab.create();
    const host = await lab.host('host', { mac: '02:00:00:00:00:01' });
    const program = host.spawn(['/bin/sh', '-c', 'echo one; echo two; read line; echo "$line"; exit 4']);
    await program.waitForLine(/^two$/);
    await expect(program.waitForLine(/^never$/, { timeoutMs: 50 })).rejects.toThrow(
      'No line of host: sh -c echo one',
    );
    program.stdin.write('three\n');
    const lines: string[] = [];
    for await (const line of program) lines.push(line.text);
    expect(lines).toEqual(['one', 'two', 'three']);
    expect(await program.exited).toEqual({ code: 4, signal: null });
    await expect(program.waitForLine(/^never$/)).rejects.toThrow('ended before a line matched');

    const stubborn = host.spawn(['/bin/sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 1; done']);
    await stubborn.waitForLine(/^ready$/);
    expect(await stubborn.stop()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'leaves no process behind when its owner ends by %s',
    async (signal) => {
      const { owner, pids } = await startOwner();
      expect(pids.length).toBeGreaterThan(4);
      owner.kill(signal);
      await once(owner, 'exit');
      await vi.waitUntil(() => pids.every(isGone), { timeout: 60_000 });
    },
  );

  it.skipIf(skip || cannotBeNobody())('needs no privileges', async () => {
    const { owner, pids } = await startOwner(NOBODY);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await vi.waitUntil(() => pids.every(isGone), { timeout: 60_000 });
  });
});

interface Owner {
  readonly owner: ChildProcess;
  readonly pids: readonly number[];
}

async function startOwner(user: { uid?: number; gid?: number } = {}): Promise<Owner> {
  const options = isRoot() ? user : {};
  const owner = spawn(process.execPath, [OWNER], { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: owner.stdout! }))
    return { owner, pids: JSON.parse(line) };
  throw new Error(`The owner said nothing and ended with exit code ${owner.exitCode}`);
}

/** A zombie is gone too: it waits for nothing but a parent that asks about it. */
function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}
