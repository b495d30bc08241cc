/** What a decoder makes of bytes from the network: a value, or the reason it refused them. Never an exception. */
export type Decoded<Value, Reason extends string> = Accepted<Value> | Refused<Reason>;

export interface Accepted<Value> {
  readonly ok: true;
  readonly value: Value;
}

/** `reason` is a short fixed word; it is also the `reason` label of `vipwatch_frames_malformed_total`. */
export interface Refused<Reason extends string> {
  readonly ok: false;
  readonly reason: Reason;
}

export function accepted<Value>(value: Value): Accepted<Value> {
  return { ok: true, value };
}

export function refused<Reason extends string>(reason: Reason): Refused<Reason> {
  return { ok: false, reason };
}
