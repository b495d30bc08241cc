// A value whose fields are filled in one after the other, before it is handed out.
export type Writable<Value> = { -readonly [Field in keyof Value]: Value[Field] };
