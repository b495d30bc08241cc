// Says in plain words where a configuration departs from the schema.
import { Settings } from 'typebox/system';
import { Errors } from 'typebox/value';
import { mostSimilar } from '../base/similar.ts';
import { type Keys, type Mistake, oneOfText, pathText } from './mistakes.ts';
import { ConfigSchema } from './schema.ts';

/** Where the file departs from the schema. */
export function schemaMistakes(value: unknown): Mistake[] {
  // The library stops at 8 errors by default; every mistake shall be told.
  Settings.Set({ maxErrors: 10_000 });
  const mistakes: Mistake[] = [];
  for (const error of Errors(ConfigSchema, value)) {
    const keys = error.instancePath
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const found = keys.reduce<unknown>((member, key) => (member as Record<string, unknown>)?.[key], value);
    const say = (text: string) => mistakes.push({ keys, text });
    switch (error.keyword) {
      case 'boolean':
        say(`unknown key${meantText(keys)}`);
        break;
      case 'additionalProperties': // already said, key by key, as 'boolean'
        break;
      case 'required':
        for (const key of error.params.requiredProperties)
          mistakes.push({ keys: [...keys, key], text: 'is missing' });
        break;
      case 'type':
        say(
          textMistake(keys, found) ??
            `expected ${TYPE_WORDS[String(error.params.type)] ?? error.params.type}, found ${describe(found)}`,
        );
        break;
      case 'enum':
        say(`expected ${oneOfText(error.params.allowedValues.map(String))}, found ${describe(found)}`);
        break;
      case 'minItems':
        say('is empty: leave it out, or list at least one');
        break;
      case 'minLength':
        say('is empty');
        break;
      case '~refine':
        say(error.params.message);
        break;
      default:
        say(`${error.message}, found ${describe(found)}`);
    }
  }
  return mistakes;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: 'a group of keys',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  boolean: 'true or false',
};

function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  return typeof value === 'string' ? `"${value}"` : `${typeof value} ${value}`;
}

/** A schema as far as it is walked here. */
interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly '~refine'?: readonly {
    readonly check: (value: unknown) => boolean;
    readonly error: (value: unknown) => string;
  }[];
}

function schemaAt(keys: Keys): SchemaNode | undefined {
  return keys.reduce<SchemaNode | undefined>((node, key) => {
    if (node?.items) return node.items;
    return node?.properties && Object.hasOwn(node.properties, key) ? node.properties[key] : undefined;
  }, ConfigSchema as SchemaNode);
}

/** A number where a text is wanted: `interval: 1`. What is wrong is more than that it is no text, if anything. */
function textMistake(keys: Keys, found: unknown): string | null {
  const schema = schemaAt(keys);
  if (schema?.type !== 'string' || typeof found !== 'number') return null;
  const text = String(found);
  const refused = schema['~refine']?.find(({ check }) => !check(text));
  return refused ? refused.error(text) : `expected text, found number ${text}: put it into quotes`;
}

/** A key of the same group, or else the one key of that name that there is in another. */
function meantText(keys: Keys): string {
  const key = keys.at(-1) ?? '';
  const group = schemaAt(keys.slice(0, -1))?.properties ?? {};
  const similar = mostSimilar(key, Object.keys(group));
  if (similar !== undefined) return ` (did you mean ${similar}?)`;
  const elsewhere = pathsTo(key, ConfigSchema as SchemaNode, []);
  return elsewhere.length === 1 ? ` (did you mean ${elsewhere[0]}?)` : '';
}

function pathsTo(key: string, { properties = {} }: SchemaNode, above: Keys): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = [...above, name];
    return [...(name === key ? [pathText(path)] : []), ...pathsTo(key, schema, path)];
  });
}
