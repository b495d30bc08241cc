// What to do next to keep a copy of one kind of objects: a list, then a watch from where the list was made, and so on after
// each outcome. Pure: chance is a parameter.

import { backoff, spread } from '../../base/backoff.ts';
import type { Millis } from '../../base/time.ts';

export type Problem =
  /** The kind is not served (404), for its custom resource definition is not installed; or there is no such object. */
  | 'not-served'
  | 'forbidden'
  | 'unauthorized'
  /** What is asked for lies too far back (410), or the server is not as far yet: everything is listed anew. */
  | 'expired'
  /** Objects cannot be chosen by that field (400): they are listed anew, without. */
  | 'unknown-field'
  /** The object is another one by now, or there is one of this name already (409). */
  | 'conflict'
  /** No connection, or it was lost before an answer. */
  | 'unreachable'
  | 'timed-out'
  /** The server asks for less (429). */
  | 'overloaded'
  | 'server-error'
  /** The answer is not the API's. */
  | 'malformed';

export type Outcome =
  | { readonly kind: 'listed'; readonly resourceVersion: string }
  /** A watch that was open is over. */
  | { readonly kind: 'ended'; readonly resourceVersion: string; readonly lastedMs: Millis }
  | {
      readonly kind: 'failed';
      readonly problem: Problem;
      /** How far a watch came; null for a list, and where no event came through. */
      readonly resourceVersion: string | null;
      /** What the server asks for, in milliseconds. */
      readonly retryAfter: number | null;
    };

/** The resourceVersion that a list must have reached; null: the latest, which the server looks up in etcd. */
export type Reached = string | null;

export interface Reflection {
  readonly next:
    | { readonly do: 'list'; readonly reached: Reached }
    | { readonly do: 'watch'; readonly resourceVersion: string };
  /** Before that, in milliseconds. */
  readonly wait: number;
  /** In a row. */
  readonly failures: number;
  /** What went wrong last; null while all is well. */
  readonly problem: Problem | null;
}

/** For a list: whatever the server has in its memory. */
export const ANY_RESOURCE_VERSION = '0';

export const START: Reflection = {
  next: listFrom(ANY_RESOURCE_VERSION),
  wait: 0,
  failures: 0,
  problem: null,
};

/** Milliseconds. */
const LONGEST_ASKED = 30_000;
const LOOK_FOR_KIND_EVERY = 30_000;
/** When a server stops, all its clients come back at once: they spread over so much time. */
const SPREAD = 1_000;
/** A server that takes a watch and soon ends it, again and again, is in trouble. */
const HEALTHY_WATCH = 5_000;

/** @param random from 0 to 1, as Math.random gives it. */
export function advance(before: Reflection, outcome: Outcome, random: number): Reflection {
  switch (outcome.kind) {
    case 'listed':
      // Failures count on: a list that works proves nothing of the watch.
      return { ...before, next: watchFrom(outcome.resourceVersion), wait: 0, problem: null };
    case 'ended': {
      const next = watchFrom(outcome.resourceVersion);
      if (outcome.lastedMs >= HEALTHY_WATCH)
        return { next, wait: random * SPREAD, failures: 0, problem: null };
      const problem = before.failures === 0 ? null : 'unreachable';
      return { next, ...afterFailures(before, random), problem };
    }
    case 'failed':
      return afterFailure(before, outcome, random);
    default:
      return outcome satisfies never;
  }
}

function afterFailure(
  before: Reflection,
  { problem, resourceVersion, retryAfter }: Outcome & { kind: 'failed' },
  random: number,
): Reflection {
  const { wait, failures } = afterFailures(before, random);
  switch (problem) {
    case 'not-served': {
      const next = listFrom(ANY_RESOURCE_VERSION);
      return { next, wait: spread(LOOK_FOR_KIND_EVERY, random), failures, problem };
    }
    case 'unknown-field':
      return { ...before, next: listAgain(before, resourceVersion), wait: 0, problem: null };
    case 'expired':
      // A list that the server's memory cannot give is to be had from etcd alone.
      return {
        next: before.next.do === 'list' ? listFrom(null) : listAgain(before, resourceVersion),
        wait,
        failures,
        problem,
      };
    case 'malformed':
      // What could not be read may have been a change: only a list tells.
      return { next: listAgain(before, resourceVersion), wait, failures, problem };
    case 'forbidden':
    case 'unauthorized':
    case 'unreachable':
    case 'timed-out':
    case 'overloaded':
    case 'conflict':
    case 'server-error': {
      const asked = Math.min(retryAfter ?? 0, LONGEST_ASKED);
      const next =
        before.next.do === 'watch' && resourceVersion !== null ? watchFrom(resourceVersion) : before.next;
      return { next, wait: Math.max(wait, asked), failures, problem };
    }
    default:
      return problem satisfies never;
  }
}

function listFrom(reached: Reached): Reflection['next'] {
  return { do: 'list', reached };
}

/** What a watch showed is not taken back by a list that is older. */
function listAgain({ next }: Reflection, seen: string | null): Reflection['next'] {
  return next.do === 'list' ? next : listFrom(seen ?? next.resourceVersion);
}

function watchFrom(resourceVersion: string): Reflection['next'] {
  return { do: 'watch', resourceVersion };
}

function afterFailures({ failures }: Reflection, random: number): Pick<Reflection, 'wait' | 'failures'> {
  return { wait: backoff(failures, random), failures: failures + 1 };
}

/** What a status code of the API means; null for success. */
export function problemOf(status: number): Problem | null {
  if (status >= 200 && status < 300) return null;
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-served';
    case 409:
      return 'conflict';
    case 410:
      return 'expired';
    case 429:
      return 'overloaded';
    default:
      return 'server-error';
  }
}
