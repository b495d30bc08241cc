// `vipwatch config`: what it says of a file, what it writes, and that this is right.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { validate, writeExample, writeFromCluster, writeSchema } from '../../src/cli/config-work.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { parseConfig } from '../../src/config/config.ts';
import { ConfigSchema } from '../../src/config/schema.ts';
import { FINDING_KINDS } from '../../src/watch/finding/kinds.ts';
import { AgentsHome } from './agents-home.ts';
import { written } from './written.ts';

const folder = mkdtempSync(join(tmpdir(), 'vipwatch-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function saidBy(write: (terminal: Terminal) => void) {
  const { terminal, stdout, stderr } = written();
  write(terminal);
  return { stdout: stdout(), stderr: stderr() };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The paths of all keys, those of a list's items without their number. */
function pathsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value))
    return [path, ...value.flatMap((item) => (typeof item === 'object' ? pathsOf(item, path) : []))];
  // Of a group whose keys are the reader's own.
  if (typeof value !== 'object' || value === null || Object.hasOwn(value, '…')) return [path];
  return Object.entries(value).flatMap(([key, member]) =>
    pathsOf(member, path === '' ? key : `${path}.${key}`),
  );
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

function optionsOf({ properties, items }: SchemaNode, path = ''): string[] {
  if (properties) {
    const shown = Object.entries(properties).filter(([key]) => key === FINDING_KINDS[0] || !isKind(key));
    return shown.flatMap(([key, member]) => optionsOf(member, path === '' ? key : `${path}.${key}`));
  }
  return items?.properties ? [path, ...optionsOf(items, path)] : [path];
}

function isKind(key: string): boolean {
  return (FINDING_KINDS as readonly string[]).includes(key);
}

describe('vipwatch config validate', () => {
  it('says that a file is right', () => {
    const path = file('right.yaml', 'http: { port: 9000 }\n');
    const { stdout } = saidBy((terminal) => validate(path, false, terminal, {}));
    expect(stdout).toBe(`${path} is right.\n`);
  });

  it('warns of what is most likely not meant', () => {
    const path = file('no-nodes.yaml', 'intent: { static: { vips: [{ address: 192.168.1.50 }] } }\n');
    const { stderr } = saidBy((terminal) => validate(path, false, terminal, {}));
    expect(stderr).toMatch(/^vipwatch: warning: No node is known: /);
  });

  it('says where a file is wrong', () => {
    const path = file('wrong.yaml', 'http:\n  prot: 9000\n');
    expect(() => validate(path, false, written().terminal, {})).toThrow(
      `${path}:2:3: http.prot: unknown key (did you mean port?)`,
    );
  });

  it.each([
    ['a Pod, where it is', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, false],
    ['a Pod, where that is said', {}, true],
  ])('reads it as in %s', (_what, environment, insideCluster) => {
    const path = file('in-cluster.yaml', 'intent: { kubernetes: { events: false } }\n');
    expect(saidBy((terminal) => validate(path, insideCluster, terminal, environment)).stdout).toContain(
      'is right',
    );
    expect(() => validate(path, false, written().terminal, {})).toThrow('intent.kubernetes: is not read');
  });
});

describe('vipwatch config example', () => {
  const { stdout } = saidBy(writeExample);

  it('is a right configuration', () => {
    const { intent } = parseConfig(stdout, 'example', { insideCluster: false });
    expect(intent.nodes.map(({ name }) => name)).toEqual(['cp', 'w1']);
  });

  it('has every option among its comments, and they are YAML', () => {
    const [, comments = ''] = stdout.split('# All options, each with its default or what it is.\n');
    const all: unknown = parse(comments.replaceAll(/^# /gm, ''));
    expect([...new Set(pathsOf(all))].sort()).toEqual(
      optionsOf(ConfigSchema as unknown as SchemaNode).sort(),
    );
  });
});

describe('vipwatch config schema', () => {
  it('is a JSON Schema, with nothing of ours that is none', () => {
    const schema = JSON.parse(saidBy(writeSchema).stdout);
    expect(schema).toMatchObject({
      $schema: expect.stringContaining('draft-07'),
      type: 'object',
      additionalProperties: false,
    });
    expect(Object.keys(schema.properties)).toEqual(Object.keys(ConfigSchema.properties));
    expect(JSON.stringify(schema)).not.toContain('"~');
  });
});

describe('vipwatch config from-cluster', () => {
  it('writes what the first agent that answers knows, which a replay takes', async () => {
    await using home = await AgentsHome.start({ cp: 'unreachable', w1: {} });
    const { terminal, stdout } = written();
    await writeFromCluster({ kubeconfig: home.kubeconfig }, terminal, {});
    expect(stdout()).toMatch(/^# What the cluster intends, as w1 knows it\.\nintent:\n {2}source: static\n/);
    const { intent } = parseConfig(stdout(), 'written', { insideCluster: false });
    expect(intent.vips.length + intent.pools.length).toBeGreaterThan(0);
  });

  it('writes the intent alone, whatever else an agent says, and none that is wrong', async () => {
    const intent = { source: 'static', static: { vips: [{ address: '192.168.1.50' }] } };
    let answer: object = { intent, alertmanager: { urls: ['http://evil.example'] } };
    const server = createServer((_request, response) => response.end(JSON.stringify(answer)));
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const whom = { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    try {
      const { terminal, stdout } = written();
      await writeFromCluster(whom, terminal, {});
      expect(parse(stdout())).toEqual({ intent });
      answer = { intent: { ...intent, file: '/etc/shadow' } };
      await expect(writeFromCluster(whom, terminal, {})).rejects.toThrow(
        /its answer: intent\.file: unknown key/,
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('fails where nobody can be asked', async () => {
    await using home = await AgentsHome.start({ cp: 'unreachable', w1: 'Pending' });
    const { terminal } = written();
    await expect(writeFromCluster({ kubeconfig: home.kubeconfig }, terminal, {})).rejects.toThrow(
      /^No agent could be asked\. w1: its Pod is Pending; cp: dial tcp /,
    );
  });
});
