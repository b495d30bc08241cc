// Manifests of others: whatever they hold, they are read or refused in a line, and each check says something of them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { runChecks } from '../../../src/check/checks.ts';
import { readManifests } from '../../../src/check/manifests/manifests.ts';
import { Cluster } from '../../../src/check/model/cluster.ts';
import { Inventory } from '../../../src/check/model/inventory.ts';
import { KIND_KEYS, KINDS, kindKeyOf } from '../../../src/check/model/kinds.ts';
import { law, type Target, textOf } from '../target.ts';

const SAMPLES = join(import.meta.dirname, '../../../test/data/check/story');

const FACTS = {
  dhcp: { ranges: [], leases: null, reservations: [], expectedServers: null },
  wire: null,
  metallbNamespace: 'metallb-system',
  also: null,
};

function told(text: string) {
  const { objects, problems } = readManifests(text, (...kind) => kindKeyOf(...kind) !== undefined);
  for (const { what } of problems) law(!/\p{Cc}/u.test(what), 'a refusal can be shown in a line');
  return [true, false].map((isOfFiles) => {
    const inventory = new Inventory(isOfFiles);
    for (const { raw, line } of objects) inventory.add(raw, { file: 'file', line });
    const { results } = runChecks(new Cluster(inventory, FACTS), { only: null, ignored: [] });
    return results.map(({ id, status, message, remedy }) => ({ id, status, message, remedy }));
  });
}

export const manifests: Target = {
  kind: 'text',
  seeds: readdirSync(SAMPLES).map((file) => readFileSync(join(SAMPLES, file))),
  words: [
    ...KIND_KEYS.map((key) => `kind: ${KINDS[key].kind}`),
    'apiVersion: v1\n',
    '---\n',
    'items:\n  - ',
    'kind: List',
    '{{ .Values.x }}',
    'replicas: 1e99',
    'maxUnavailable: -1',
    '&a ',
    '*a',
    '25%',
    'null',
    '0',
    '\n',
    '  ',
  ],
  run: (input) => {
    const text = textOf(input);
    const all = told(text);
    law(isDeepStrictEqual(told(text), all), 'the same text means the same');
    for (const { message, remedy } of all.flat())
      law(!/\p{Cc}/u.test(message + remedy), 'what is said can be shown in a line');
  },
};
