// How the schema writes its rows: an option says in one place what is accepted, what it is parsed to, and what it is where the
// file leaves it out.
import { Settings } from 'typebox/system';
import * as Type from 'typebox/type';
import { DecodeUnsafe } from 'typebox/value';

const strict = { additionalProperties: false };

/** A key that may be left out, with what it is then. */
class Option<Schema extends Type.TSchema, Value> {
  readonly schema: Schema;
  readonly absent: Value;

  constructor(schema: Schema, absent: Value) {
    this.schema = schema;
    this.absent = absent;
  }
}

/** A key that may be left out: it is then the schema's `default`, or, of a group, what an empty group is. */
export function optional<Schema extends Type.TSchema>(
  schema: Schema,
): Option<Schema, Type.StaticDecode<Schema>>;
/** @param absent what the key is then, already parsed; not part of the JSON schema. */
export function optional<Schema extends Type.TSchema>(
  schema: Schema,
  absent: Type.StaticDecode<Schema>,
): Option<Schema, Type.StaticDecode<Schema>>;
export function optional<Schema extends Type.TSchema>(
  schema: Schema,
  absent: null,
): Option<Schema, Type.StaticDecode<Schema> | null>;
export function optional(schema: Type.TSchema & { readonly default?: unknown }, absent?: unknown) {
  return new Option(schema, absent === undefined ? parsed(schema, schema.default ?? {}) : absent);
}

/** Keys and their schemas: a required one, {@link optional}, or `Type.Optional` of what stays away where it is left out. */
type Rows = Readonly<Record<string, Type.TSchema>>;

type Written<Group extends Rows> = {
  [Key in keyof Group]: Group[Key] extends Option<infer Schema, unknown>
    ? Type.TOptional<Schema>
    : Group[Key];
};

type Parsed<Group extends Rows> = {
  readonly [Key in keyof Group as Group[Key] extends Type.TOptional ? never : Key]: Group[Key] extends Option<
    Type.TSchema,
    infer Value
  >
    ? Value
    : Type.StaticDecode<Group[Key]>;
} & {
  readonly [Key in keyof Group as Group[Key] extends Type.TOptional ? Key : never]?: Type.StaticDecode<
    Group[Key]
  >;
};

/** A group of keys: no others are accepted. Parsed, each option has its value. */
export function group<Group extends Rows>(
  rows: Group,
): Type.TCodec<Type.TObject<Written<Group>>, Parsed<Group>> {
  const properties: Record<string, Type.TSchema> = {};
  const absent: Record<string, unknown> = {};
  for (const [key, row] of Object.entries(rows)) {
    if (row instanceof Option) absent[key] = row.absent;
    properties[key] = row instanceof Option ? Type.Optional(row.schema) : row;
  }
  const written = Type.Object(properties as Written<Group>, strict);
  return Type.Decode(written, (given) => ({ ...absent, ...(given as object) }) as Parsed<Group>);
}

/**
 * What the file, or a part of it, is parsed to.
 * @param written what the schema accepts; it is changed.
 */
export function parsed<Schema extends Type.TSchema>(
  schema: Schema,
  written: unknown,
): Type.StaticDecode<Schema> {
  // Else it sorts a copy of the schema, for the sake of unions, of which there are none.
  Settings.Set({ unionPrioritySort: false });
  // Not `Decode`, which checks once more, converts what is of another type, and drops what is unknown.
  return DecodeUnsafe({}, schema, written) as Type.StaticDecode<Schema>;
}
