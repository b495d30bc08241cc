// Reads a query string or a body against its schema: every mistake is told.
import type { TSchema } from 'typebox/type';
import { Errors } from 'typebox/value';

export type CheckResult = { value: unknown } | { error: Error };

/** Text becomes numbers where the schema says so, and lists. */
export function checkQuery(schema: TSchema, query: unknown): CheckResult {
  return checked(schema, typed(schema, query as Values), 'parameter');
}

export function checkBody(schema: TSchema, body: unknown): CheckResult {
  const isGroup = typeof body === 'object' && body !== null && !Array.isArray(body);
  return isGroup ? checked(schema, body, 'key') : { error: new Error('expected a JSON object') };
}

type Values = Readonly<Record<string, unknown>>;

/** A parameter that takes several values gets them with commas between, or given one after the other, or both. */
function typed(schema: TSchema, query: Values): Values {
  const { properties = {} } = schema as { properties?: Readonly<Record<string, { type?: string }>> };
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => {
      const type = Object.hasOwn(properties, name) ? properties[name]!.type : undefined;
      if (type === 'array') return [name, [value].flat().flatMap((one) => String(one).split(','))];
      // Digits alone: nobody means 1 by `1.5` or `true`.
      if (type === 'integer' && typeof value === 'string' && /^[0-9]+$/.test(value))
        return [name, Number(value)];
      return [name, value];
    }),
  );
}

function checked(schema: TSchema, value: unknown, word: 'parameter' | 'key'): CheckResult {
  const mistakes = new Set<string>();
  for (const error of Errors(schema, value)) {
    const [, name = ''] = error.instancePath.split('/');
    if (error.keyword === 'boolean') mistakes.add(`${name}: unknown ${word}`);
    else if (error.keyword === 'required')
      for (const key of error.params.requiredProperties) mistakes.add(`${key}: is missing`);
    else if (error.keyword === 'enum')
      mistakes.add(`${name}: expected one of ${error.params.allowedValues.join(', ')}`);
    else if (error.keyword === '~refine') mistakes.add(`${name}: ${error.params.message}`);
    else if (error.keyword === 'type' && word === 'parameter' && Array.isArray((value as Values)[name]))
      mistakes.add(`${name}: is given more than once`);
    else if (error.keyword !== 'additionalProperties') mistakes.add(`${name}: ${error.message}`);
  }
  return mistakes.size === 0 ? { value } : { error: new Error([...mistakes].join('; ')) };
}
