// Reads a query string against its schema: text becomes numbers where the schema says so, and every mistake is told.
import type { TSchema } from 'typebox/type';
import { Convert, Errors } from 'typebox/value';

export type QueryResult = { value: unknown } | { error: Error };

export function checkQuery(schema: TSchema, query: unknown): QueryResult {
  const value = Convert(schema, { ...(query as Record<string, unknown>) });
  const mistakes: string[] = [];
  for (const error of Errors(schema, value)) {
    const name = error.instancePath.slice(1);
    if (error.keyword === 'boolean') mistakes.push(`${name}: unknown parameter`);
    else if (error.keyword === 'enum')
      mistakes.push(`${name}: expected one of ${error.params.allowedValues.join(', ')}`);
    else if (error.keyword === '~refine') mistakes.push(`${name}: ${error.params.message}`);
    else if (error.keyword !== 'additionalProperties') mistakes.push(`${name}: ${error.message}`);
  }
  return mistakes.length === 0 ? { value } : { error: new Error(mistakes.join('; ')) };
}
