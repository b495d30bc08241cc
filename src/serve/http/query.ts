// Reads a query string or a body against its schema: every mistake is told.
import type { TSchema } from 'typebox/type';
import { Convert, Errors } from 'typebox/value';

export type CheckResult = { value: unknown } | { error: Error };

/** Text becomes numbers where the schema says so. */
export function checkQuery(schema: TSchema, query: unknown): CheckResult {
  return checked(schema, Convert(schema, { ...(query as Record<string, unknown>) }), 'parameter');
}

export function checkBody(schema: TSchema, body: unknown): CheckResult {
  const isGroup = typeof body === 'object' && body !== null && !Array.isArray(body);
  return isGroup ? checked(schema, body, 'key') : { error: new Error('expected a JSON object') };
}

function checked(schema: TSchema, value: unknown, word: 'parameter' | 'key'): CheckResult {
  const mistakes: string[] = [];
  for (const error of Errors(schema, value)) {
    const name = error.instancePath.slice(1);
    if (error.keyword === 'boolean') mistakes.push(`${name}: unknown ${word}`);
    else if (error.keyword === 'required')
      mistakes.push(...error.params.requiredProperties.map((key) => `${key}: is missing`));
    else if (error.keyword === 'enum')
      mistakes.push(`${name}: expected one of ${error.params.allowedValues.join(', ')}`);
    else if (error.keyword === '~refine') mistakes.push(`${name}: ${error.params.message}`);
    else if (error.keyword !== 'additionalProperties') mistakes.push(`${name}: ${error.message}`);
  }
  return mistakes.length === 0 ? { value } : { error: new Error(mistakes.join('; ')) };
}
