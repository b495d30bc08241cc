// The configuration file: taken, or a ConfigError of mistakes that can be shown.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseConfig } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/config/mistakes.ts';
import { ConfigSchema } from '../../../src/config/schema.ts';
import { law, type Target, textOf } from '../target.ts';

const SAMPLES = join(import.meta.dirname, '../../../test/data/config');

/** All keys, at any depth. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {} } = schema as { properties?: object };
  return [...Object.keys(properties), ...Object.values(schema).flatMap(keysOf)];
}

function parsed(text: string): unknown {
  try {
    return parseConfig(text, 'file', { insideCluster: false });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    law(error.mistakes.length > 0, 'a refusal names a mistake');
    law(!error.mistakes.some((line) => /\p{Cc}/u.test(line)), 'each mistake can be shown in a line');
    law(error.message.split('\n').length <= 11, 'ten mistakes are shown at most');
    return error.message;
  }
}

export const configuration: Target = {
  kind: 'text',
  seeds: readdirSync(SAMPLES).map((file) => readFileSync(join(SAMPLES, file))),
  words: [
    ...new Set(keysOf(ConfigSchema)),
    ...[
      '192.168.1.240',
      '192.168.1.0/24',
      'fd00::1-fd00::5',
      '02:00:00:00:00:10',
      '1s',
      '90m',
      '0',
      '-1',
      '1e9',
      'null',
    ],
    ...[
      'true',
      '~',
      '{}',
      '[]',
      ': ',
      '- ',
      '\n',
      '  ',
      '"',
      "'",
      '&a ',
      '*a',
      '!!binary ',
      '<<: ',
      '---\n',
      '|\n',
      '__proto__',
    ],
  ].map(String),
  run: (input) => {
    const text = textOf(input);
    const config = parsed(text);
    law(isDeepStrictEqual(parsed(text), config), 'the same text means the same');
    law(typeof config === 'string' || Object.isFrozen(config), 'a configuration does not change');
  },
};
