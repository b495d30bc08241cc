// What the configuration file says of checks: how often an agent looks, and what is not to be told.
import * as Type from 'typebox/type';
import { RULE_IDS } from '../check/rules/catalogue.ts';
import type { IgnoredCheck } from '../check/suppression.ts';
import { group, optional } from './option.ts';
import { comment, duration, parsedText } from './value-schemas.ts';

const id = parsedText(
  (text) => RULE_IDS.find((one) => one === text),
  (text) => `"${text}" is not a check: docs/checks.md lists them`,
);
const object = Type.Refine(
  Type.String({ description: 'the object, as Deployment/traefik/traefik or Node/w1; absent: every one' }),
  (text) => /^[A-Z][A-Za-z0-9]*(\/[a-z0-9.-]+){1,2}$/.test(text),
  (text) => `"${text}" is not an object: expected KIND/NAMESPACE/NAME, or KIND/NAME`,
);

const ignored = Type.Decode(
  group({ id, object: optional(object, null), comment }),
  (rule): IgnoredCheck => rule,
);

export const checkSchema = group({
  every: optional(
    duration('1m', '30d', {
      description:
        'time between two runs of the checks, by one agent for all; its port then shows the results to anyone; absent: no checks',
    }),
    null,
  ),
  ignore: optional(Type.Array(ignored, { description: 'results of checks that are not reported' }), []),
});
