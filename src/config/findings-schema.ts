// What the configuration file says of findings: settings for each kind, and what is ignored or silenced.
import * as Type from 'typebox/type';
import { type IpRange, rangeOf } from '../net/range.ts';
import { type FindingKind, SEVERITIES } from '../watch/finding/kinds.ts';
import type { IgnoreRule, SilenceRule } from '../watch/finding/suppression.ts';
import { oneOfText } from './mistakes.ts';
import { group, optional } from './option.ts';
import { address, comment, duration, kind, mac, range, until } from './value-schemas.ts';

/** What is left out is as the kind has it. */
const kindSettings = group({
  enabled: Type.Optional(Type.Boolean({ default: true, description: 'false: it is never raised' })),
  severity: Type.Optional(
    Type.Enum([...SEVERITIES], { description: 'the severity of every finding of this kind' }),
  ),
  holdDown: Type.Optional(
    duration('0s', '7d', { description: 'it is not raised again within this time after the last time' }),
  ),
  quiet: Type.Optional(
    duration('1s', '30d', { description: 'it is resolved when no evidence came for this time' }),
  ),
});

// The library knows the shape, but not the type, of a record of which each key may be left out.
const kinds = Type.Decode(
  Type.Unsafe<{ [Kind in FindingKind]?: Type.Static<typeof kindSettings> }>(
    Type.Partial(Type.Record(kind, kindSettings), { additionalProperties: false }),
  ),
  (each) => each as unknown as { [Kind in FindingKind]?: Type.StaticDecode<typeof kindSettings> },
);

/** What a rule is about: all that is given must fit, and one of `some` must be given. */
const about = {
  mac: optional(mac, null),
  address: Type.Optional(Type.Decode(address, rangeOf)),
  range: Type.Optional(range),
  kinds: optional(Type.Array(kind, { minItems: 1 }), null),
};

function selecting<Schema extends Type.TSchema>(schema: Schema, some: readonly string[]) {
  return Type.Refine(
    schema,
    (rule) => some.some((key) => Object.hasOwn(rule as object, key)),
    () => `does not say what it is about: expected ${oneOfText(some)}`,
  );
}

const ignoreRule = Type.Decode(
  selecting(group({ ...about, comment }), ['mac', 'address', 'range']),
  ({ address: one, range: several, ...rest }): IgnoreRule => ({ ...rest, ranges: both(one, several) }),
);

const silenceRule = Type.Decode(
  selecting(group({ ...about, until, comment }), ['mac', 'address', 'range', 'kinds']),
  ({ address: one, range: several, ...rest }): SilenceRule => ({ ...rest, ranges: both(one, several) }),
);

export const findingsSchema = group({
  kinds: optional(kinds),
  ignore: optional(Type.Array(ignoreRule, { description: 'findings that are never raised' }), []),
  silences: optional(
    Type.Array(silenceRule, { description: 'findings that are not raised for some time' }),
    [],
  ),
});

/** What is given of them; the findings' address must be in each. */
function both(one: IpRange | undefined, several: IpRange | undefined): IpRange[] {
  return [one, several].filter((each) => each !== undefined);
}
