// Every option, metric and route is documented, and nothing that does not exist.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigSchema } from '../src/config/schema.ts';
import { FINDING_KINDS } from '../src/watch/finding.ts';
import { sampleServer } from './serve/server.ts';

const docs = join(import.meta.dirname, '../docs');
const page = (name: string) => readFileSync(join(docs, name), 'utf8');

/** What stands in code marks in the first column of the page's tables. */
function firstColumn(text: string): string[] {
  return [...text.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!);
}

interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly default?: unknown;
}

interface ConfigOption {
  readonly path: string;
  readonly default: unknown;
}

/** The groups (`http`) are no options themselves, lists of groups (`pools`) are. Alike for every kind: told once. */
function optionsOf(node: SchemaNode, path: string): ConfigOption[] {
  if (node.properties) {
    const kinds = FINDING_KINDS.every((kind) => Object.hasOwn(node.properties!, kind));
    if (kinds) return optionsOf(node.properties[FINDING_KINDS[0]!]!, `${path}.KIND`);
    return Object.entries(node.properties).flatMap(([key, member]) =>
      optionsOf(member, path === '' ? key : `${path}.${key}`),
    );
  }
  const own = { path, default: node.default };
  return node.items?.properties ? [own, ...optionsOf(node.items, `${path}[]`)] : [own];
}

describe('docs/config.md', () => {
  const options = optionsOf(ConfigSchema as SchemaNode, '');

  it('lists every option, and no other', () => {
    expect(options.length).toBeGreaterThan(15);
    expect(firstColumn(page('config.md')).sort()).toEqual(options.map(({ path }) => path).sort());
  });

  it('states every default', () => {
    const rows = page('config.md').split('\n');
    for (const option of options) {
      if (option.default === undefined) continue;
      const row = rows.find((line) => line.startsWith(`| \`${option.path}\` |`));
      expect(row, option.path).toContain(`| \`${option.default}\` |`);
    }
  });
});

describe('docs/metrics.md', () => {
  it('lists every metric with its type and labels, and no other', async () => {
    const { metrics, server } = await sampleServer();
    const names = metrics.describe().map(({ name }) => name);
    expect(firstColumn(page('metrics.md')).sort()).toEqual(names.sort());
    const rows = page('metrics.md').split('\n');
    for (const { name, type, labelNames } of metrics.describe()) {
      const labels = labelNames.map((label) => `\`${label}\``).join(' ');
      const row = rows.find((line) => line.startsWith(`| \`${name}\` |`));
      expect(row, name).toContain(`| ${type} | ${labels}${labels === '' ? '' : ' '}|`);
    }
    await server.close();
  });
});

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

describe('docs/api.md', () => {
  it('lists every route with its filters, and no other', async () => {
    const { server } = await sampleServer();
    const { paths } = (await server.fastify.inject('/openapi.json')).json();
    const text = page('api.md');
    const routes = Object.entries<Record<string, Operation>>(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(
        ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
      ),
    );
    expect(firstColumn(text).sort()).toEqual(routes.map(([route]) => route).sort());
    for (const [route, { parameters = [] }] of routes) {
      const row = text.split('\n').find((line) => line.startsWith(`| \`${route}\` |`));
      const filters = parameters
        .filter(({ in: place }) => place === 'query')
        .map(({ name }) => name)
        .filter((name) => !['limit', 'cursor'].includes(name));
      for (const filter of filters) expect(row, `${route} ${filter}`).toContain(`\`${filter}\``);
    }
    await server.close();
  });
});

describe('docs/findings.md', () => {
  it('has a section for every kind', () => {
    const sections = [...page('findings.md').matchAll(/^#+ `?([a-z-]+)`?$/gm)].map((match) => match[1]);
    for (const kind of FINDING_KINDS) expect(sections).toContain(kind);
  });
});
