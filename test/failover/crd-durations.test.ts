import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseDuration } from '../../src/base/duration.ts';

interface CustomResourceDefinition {
  readonly kind: string;
  readonly spec: {
    readonly versions: readonly {
      readonly schema: { readonly openAPIV3Schema: { readonly properties: { readonly spec: Spec } } };
    }[];
  };
}
interface Spec {
  readonly properties: Readonly<Record<'maxGap' | 'timeLimit', { readonly pattern: string }>>;
}

const manifests = readFileSync(join(import.meta.dirname, '../../deploy/manifests/vipwatch.yaml'), 'utf8');
const [definition] = parseAllDocuments(manifests)
  .map((document) => document.toJS() as CustomResourceDefinition)
  .filter((object) => object?.kind === 'CustomResourceDefinition');
const { maxGap, timeLimit } = definition!.spec.versions[0]!.schema.openAPIV3Schema.properties.spec.properties;

describe('the API server takes for a duration what vipwatch does', () => {
  it.each(['500ms', '10s', '1.5s', '2m', '1h', '1m30s', '1h30m', '1h1s', '1s500ms', '1h2m3s4ms'])(
    '%s',
    (text) => {
      expect(parseDuration(text)).toBeDefined();
      for (const { pattern } of [maxGap, timeLimit]) expect(text).toMatch(new RegExp(pattern));
    },
  );

  it.each(['', '10', 's', '30s1m', '1m1m', '1m 30s', '1.5m30s', '1m1.5s', '-1s', '1S'])(
    'not "%s"',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
      for (const { pattern } of [maxGap, timeLimit]) expect(text).not.toMatch(new RegExp(pattern));
    },
  );
});
