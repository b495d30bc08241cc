// Says in plain words where a configuration departs from the schema.
import { Settings } from 'typebox/system';
import { Errors } from 'typebox/value';
import { ConfigSchema } from './schema.ts';

/** Where the file departs from the schema, one line for each, beginning with its path. */
export function schemaMistakes(value: unknown): string[] {
  // The library stops at 8 errors by default; every mistake shall be told.
  Settings.Set({ maxErrors: 10_000 });
  const mistakes: string[] = [];
  for (const error of Errors(ConfigSchema, value)) {
    const keys = error.instancePath
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const path = pathText(keys);
    const found = keys.reduce<unknown>((member, key) => (member as Record<string, unknown>)?.[key], value);
    const say = (text: string) => mistakes.push(path === '' ? text : `${path}: ${text}`);
    switch (error.keyword) {
      case 'boolean':
        say('unknown key');
        break;
      case 'additionalProperties': // already said, key by key, as 'boolean'
        break;
      case 'required':
        for (const key of error.params.requiredProperties)
          mistakes.push(`${pathText([...keys, key])}: is missing`);
        break;
      case 'type':
        say(
          `expected ${TYPE_WORDS[String(error.params.type)] ?? error.params.type}, found ${describe(found)}`,
        );
        break;
      case 'enum':
        say(`expected ${error.params.allowedValues.join(' or ')}, found ${describe(found)}`);
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

/** `intent.static.vips[0].address`. */
function pathText(keys: readonly string[]): string {
  return keys.reduce(
    (path, key) => (/^\d+$/.test(key) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`),
    '',
  );
}
