// What failover tests need of the Kubernetes API: single objects, read and written. Its client fits by its shape.

import type { Millis } from '../../base/time.ts';
export type ObjectAnswer =
  | { readonly ok: true; readonly object: unknown }
  | {
      readonly ok: false;
      readonly problem: ObjectProblem;
      /** In the API's or the system's words. */
      readonly detail: string;
    };

/** Those that are told apart here are explained here. */
type ObjectProblem =
  /** There is no such object, or its kind is not served (404). */
  | 'not-served'
  | 'forbidden'
  /** The object is another one by now, or there is one of this name already (409). */
  | 'conflict'
  /** No connection, or it was lost before an answer. */
  | 'unreachable'
  | 'timed-out'
  | 'server-error'
  | 'unauthorized'
  | 'expired'
  | 'unknown-field'
  | 'overloaded'
  | 'malformed';

export interface ApiObjects {
  readonly get: (path: string) => Promise<ObjectAnswer>;
  /** @param path may hold selectors. */
  readonly list: (path: string) => Promise<ObjectAnswer>;
  readonly create: (path: string, object: object) => Promise<ObjectAnswer>;
  /** A JSON merge patch. With `metadata.resourceVersion` in it, only that version is changed. */
  readonly patch: (path: string, change: object) => Promise<ObjectAnswer>;
  readonly delete: (path: string) => Promise<ObjectAnswer>;
}

export interface TimedObjects extends ApiObjects {
  /** The same objects; what is not answered in so many milliseconds from now is given up. */
  readonly within: (milliseconds: Millis) => ApiObjects;
}
