// Every option, metric, route, finding and alert is documented, and nothing that does not exist.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findingsPageText } from '../scripts/findings-page.ts';
import { alertNameOf } from '../src/alert/alertmanager/alert.ts';
import { HOUR, MINUTE, type Micros, SECOND } from '../src/base/time.ts';
import { RULE_IDS, RULES } from '../src/check/rules/catalogue.ts';
import { RELOADING } from '../src/config/reload.ts';
import { ConfigSchema } from '../src/config/schema.ts';
import { FINDING_KINDS, type FindingKind, KINDS } from '../src/watch/finding/kinds.ts';
import { NOT_FINDING_REASONS } from '../src/watch/lan/reasons.ts';
import { ALERTS, kindOf, RECORDS } from './alerts/rules.ts';
import { excerptOf, FINDINGS_SECTIONS, partsOf } from './findings-page.ts';
import { sampleServer } from './serve/server.ts';

const docs = join(import.meta.dirname, '../docs');
const page = (name: string) => readFileSync(join(docs, name), 'utf8');

/** What stands in code marks in the first column of the page's tables. */
function firstColumn(text: string): string[] {
  return [...text.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!);
}

/** A duration as the pages write it. */
function durationText(duration: Micros): string {
  if (duration >= HOUR) return `${duration / HOUR} h`;
  return duration >= MINUTE ? `${duration / MINUTE} min` : `${duration / SECOND} s`;
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

  it('says of every option whether a restart is needed', () => {
    const section = page('config.md').split('## Reloading')[1]!.split('\n## ')[0]!;
    const rows = [...section.matchAll(/^\| (\S+) \| (at once|by a restart) \|$/gm)].map(([, ...row]) => row);
    expect(rows).toEqual(RELOADING.map(({ option, kept }) => [option, kept ? 'by a restart' : 'at once']));
  });

  it('states the hold-down of every kind', () => {
    const row = page('config.md').match(/^\| `findings\.kinds\.KIND\.holdDown` \| ([^;|]+); ([^|]+) \|/m)!;
    const others = new Map(
      row[2]!.split(', ').map((one) => one.match(/^`([\w-]+)` (.+)$/)!.slice(1, 3)) as [string, string][],
    );
    const expected = FINDING_KINDS.map((kind) => [kind, durationText(KINDS[kind].holdDown)]);
    expect(FINDING_KINDS.map((kind) => [kind, others.get(kind) ?? row[1]])).toEqual(expected);
    expect([...others].filter(([, text]) => text === row[1])).toEqual([]);
  });
});

describe('docs/metrics.md', () => {
  it('lists every metric with its type and labels, and no other', async () => {
    const { metrics, server } = await sampleServer();
    const names = metrics.describe().map(({ name }) => name);
    const recorded = RECORDS.map(({ record }) => record);
    expect(firstColumn(page('metrics.md')).sort()).toEqual([...names, ...recorded].sort());
    const rows = page('metrics.md').split('\n');
    for (const { name, type, labelNames } of metrics.describe()) {
      const labels = labelNames.map((label) => `\`${label}\``).join(' ');
      const row = rows.find((line) => line.startsWith(`| \`${name}\` |`));
      expect(row, name).toContain(`| ${type} | ${labels}${labels === '' ? '' : ' '}|`);
    }
    await server.close();
  });

  it('lists every reason for which something is no finding, and no other', () => {
    const listed = [...page('metrics.md').matchAll(/^- `([^`]+)`: (.+)$/gm)].map(([, ...entry]) => entry);
    expect(listed).toEqual(Object.entries(NOT_FINDING_REASONS));
  });
});

describe('docs/metrics.md', () => {
  it('says which kinds cannot be raised without which knowledge', () => {
    const [, section] = page('metrics.md').split('\n## Which kinds can be raised\n');
    const rows = section!.split('\n## ')[0]!.matchAll(/^- `(\w+)`[^:]*: ([^.]+)\./gms);
    const told = [...rows].flatMap(([, needed, kinds]) =>
      [...kinds!.matchAll(/`([\w-]+)`/g)].map(([, kind]) => `${kind} ${needed}`),
    );
    const expected = FINDING_KINDS.flatMap((kind) => KINDS[kind].needs.map((needed) => `${kind} ${needed}`));
    expect(told.toSorted()).toEqual(expected.toSorted());
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
  const sections = FINDINGS_SECTIONS;

  it('has a section for every kind and every alert on health, and no other', () => {
    const ofHealth = ALERTS.filter((rule) => kindOf(rule) === null);
    const expected = [...FINDING_KINDS, 'Alerts', ...ofHealth.map(({ alert }) => alert)];
    expect([...sections.keys()].sort()).toEqual(expected.sort());
  });

  it('states of every kind what its row says, and of no other', () => {
    const line = /^\| \[([\w-]+)\]\(#([\w-]+)\) \| ([^|]+) \| (\w+) \| ([^|]+) \| ([^|]+) \|$/gm;
    const told = [...page('findings.md').matchAll(line)].map(([, ...cells]) => cells);
    const expected = FINDING_KINDS.map((kind) => {
      const { title, severity, holdDown } = KINDS[kind];
      return [kind, kind, title, severity, expect.any(String), durationText(holdDown)];
    });
    expect(told.toSorted()).toEqual(expected.toSorted());
    for (const [kind, , , , resolved] of told) {
      const { quiet } = KINDS[kind as FindingKind];
      const inWords =
        quiet === null ? /^when (?!.*quiet)/ : new RegExp(`\\bafter ${durationText(quiet)} of quiet$`);
      expect(resolved, kind).toMatch(inWords);
    }
  });

  it.each(FINDING_KINDS)(
    '%s: what it means, how it looks, why, how to confirm and to fix it, what it is not',
    (kind) => {
      const parts = partsOf(sections.get(kind)!);
      for (const head of ['what it means', 'on the wire', 'why', 'confirm', 'fix', 'not to be confused with'])
        expect(parts.get(head), head).toMatch(/\S/);
      expect(excerptOf(parts.get('on the wire')!).join('')).toMatch(/\S/);
    },
  );

  it.each(ALERTS.filter((rule) => kindOf(rule) === null))(
    '$alert: what it means, how to confirm and to fix it, and what is a false alarm',
    ({ alert }) => {
      const parts = partsOf(sections.get(alert)!);
      for (const head of ['what it means', 'confirm', 'fix', 'false alarm'])
        expect(parts.get(head), head).toMatch(/\S/);
    },
  );

  it('states the severity and the patience of every alert, and of no other', () => {
    const text = sections.get('Alerts')!;
    const rowOfKind = /^\| `(\w+)` \| \[([\w-]+)\]\(#([\w-]+)\) \| (\w+) \|$/gm;
    const kinds = [...text.matchAll(rowOfKind)].map(([, ...cells]) => cells);
    expect(kinds).toEqual(FINDING_KINDS.map((kind) => [alertNameOf(kind), kind, kind, KINDS[kind].severity]));
    const [, warning] = /a critical one fires at once, a warning after (\w+)\./.exec(text)!;
    const [, lingers] = /An alert ends (\w+) after its finding\./.exec(text)!;
    for (const rule of ALERTS.filter((one) => kindOf(one) !== null)) {
      expect(rule.for).toBe(rule.labels.severity === 'critical' ? '0s' : warning);
      expect(rule.keep_firing_for).toBe(lingers);
    }
    const rowOfHealth = /^\| \[`(\w+)`\]\(#(\w+)\) \| (\w+) \| (\w+) \|$/gm;
    const told = [...text.matchAll(rowOfHealth)].map(([, ...cells]) => cells);
    const health = ALERTS.filter((rule) => kindOf(rule) === null);
    expect(told).toEqual(
      health.map(({ alert, labels, for: patience }) => [
        alert,
        alert.toLowerCase(),
        labels.severity,
        patience,
      ]),
    );
  });

  it.each(ALERTS)('$alert leads to a section, as $labels.severity', ({ annotations }) => {
    const [, anchor] = /#([\w-]+)$/.exec(annotations.runbook_url)!;
    expect([...sections.keys()].map((section) => section.toLowerCase())).toContain(anchor);
  });

  it('is what agents serve', () => {
    const served = readFileSync(join(docs, '../src/serve/http/findings-page.json'), 'utf8');
    expect(served).toBe(findingsPageText());
  });
});

describe('docs/checks.md', () => {
  const text = page('checks.md');
  const [, ...sections] = text.split(/^### /m);

  it('states of every check what its row says, in the order of the rows, and of no other', () => {
    const told = [...text.matchAll(/^\| \[([\w-]+)\]\(#([\w-]+)\) \| ([^|]+) \| (\w+) \|$/gm)];
    const expected = RULE_IDS.map((id) => [id, id, RULES[id].title, RULES[id].level]);
    expect(told.map(([, ...cells]) => cells)).toEqual(expected);
    expect(sections.map((section) => section.split('\n', 1)[0])).toEqual(RULE_IDS);
  });

  it.each(RULE_IDS)('%s: what it means, how to fix it, what it is not', (id) => {
    const parts = partsOf(sections[RULE_IDS.indexOf(id)]!);
    for (const head of ['what it means', 'fix', 'not to be confused with'])
      expect(parts.get(head), head).toMatch(/\S/);
  });

  it('lists every option of the command, and no other', () => {
    const source = readFileSync(join(docs, '../src/cli/check.ts'), 'utf8');
    const options = [...source.matchAll(/'(?:-\w, )?(--[\w-]+)[ ']/g)].map(([, option]) => option);
    expect(firstColumn(text).map((cell) => cell.split(' ')[0])).toEqual(options);
  });
});

describe('every page', () => {
  const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));

  it.each(pages)('%s names no metric and no alert that does not exist', async (name) => {
    const { metrics, server } = await sampleServer();
    const known = new Set(metrics.describe().map((metric) => metric.name));
    const named = [...page(name).matchAll(/\bvipwatch_[a-z_]+[a-z]\b/g)].map(([metric]) => metric);
    // A histogram has three sorts of series; the names of what the rules record begin with a histogram's.
    const bare = named.map((metric) =>
      known.has(metric) ? metric : metric.replace(/_(bucket|sum|count)$/, ''),
    );
    const recorded = RECORDS.map(({ record }) => record.split(':')[1]!);
    expect(bare.filter((metric) => !known.has(metric) && !recorded.includes(metric))).toEqual([]);
    const alerts = [...page(name).matchAll(/\bVipwatch[A-Z]\w+/g)].map(([alert]) => alert);
    expect(alerts.filter((alert) => !ALERTS.some((rule) => rule.alert === alert))).toEqual([]);
    await server.close();
  });
});
