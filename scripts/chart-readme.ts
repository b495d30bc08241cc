// The README of the chart: its values, by their schema, with the defaults and the words of values.yaml.
import { readFileSync } from 'node:fs';
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { valuesSchema } from './values-schema.ts';

type Schema = Readonly<Record<string, unknown>>;

const HEAD = `# vipwatch

vipwatch runs on every node and watches the virtual IPs that MetalLB announces in Layer-2 mode. It warns when something on the LAN takes one away.

\`\`\`sh
kubectl create namespace vipwatch
kubectl label namespace vipwatch pod-security.kubernetes.io/enforce=privileged
helm install vipwatch deploy/chart/vipwatch --namespace vipwatch --set image.repository=REGISTRY/vipwatch
helm test vipwatch --namespace vipwatch --logs
\`\`\`

[docs/install.md](../../../docs/install.md) leads from the image to the first check, and says what the pods may do and why. As a
dependency the chart takes \`enabled\`, for a \`condition\`, and \`global.imageRegistry\`.

## Values

Other values are refused. \`scripts/render-manifests.ts\` writes this table.

| value | default | meaning |
| --- | --- | --- |
`;

const CONFIG_WORDS =
  "vipwatch's own configuration, passed on unchanged: every key of [docs/config.md](../../../docs/config.md), and no other.";

interface Row {
  readonly path: string;
  /** Undefined: other values stand below it. */
  readonly standard: unknown;
  readonly words: string;
}

/** @param values the path of values.yaml. */
export function chartReadmeText(values: string): string {
  const document = parseDocument(readFileSync(values, 'utf8'));
  if (!isMap(document.contents)) throw new TypeError(`Cannot read ${values}: it is no map`);
  const rows = rowsOf(document.contents, valuesSchema(), '');
  return `${HEAD}${rows.map(lineOf).join('\n')}\n`;
}

function rowsOf(map: YAMLMap, schema: Schema, before: string): Row[] {
  const properties = schema.properties as Readonly<Record<string, Schema>>;
  return map.items.flatMap(({ key, value }, i): Row[] => {
    if (!isScalar(key)) throw new TypeError(`Cannot tell what is below ${before}: a key is no text`);
    const name = String(key.value);
    const path = `${before}${name}`;
    const below = properties[name];
    if (!below) throw new TypeError(`Cannot tell what ${path} is: the schema does not know it`);
    if (path === 'config') return [{ path, standard: undefined, words: CONFIG_WORDS }];
    // A comment before the first key belongs to the map.
    const comment = key.commentBefore ?? (i === 0 && before !== '' ? map.commentBefore : null);
    const words = [wordsOf(comment ?? ''), choicesOf(below)].filter((text) => text !== '').join(' ');
    if (below.additionalProperties === false && isMap(value)) {
      const rows = rowsOf(value, below, `${path}.`);
      return words === '' ? rows : [{ path, standard: undefined, words }, ...rows];
    }
    return [{ path, standard: value === null ? null : (value as { toJSON(): unknown }).toJSON(), words }];
  });
}

function wordsOf(comment: string): string {
  const paragraph = comment.split('\n\n').at(-1)!;
  return paragraph
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim();
}

function choicesOf(schema: Schema): string {
  if (!Array.isArray(schema.enum)) return '';
  const choices = schema.enum.filter((choice) => choice !== '').map((choice) => `\`${choice}\``);
  return `One of ${choices.join(', ')}.`;
}

function lineOf({ path, standard, words }: Row): string {
  const shown = standard === undefined ? '' : `\`${JSON.stringify(standard)}\``;
  return `| \`${path}\` | ${shown} | ${words.replaceAll('|', '\\|')} |`;
}
