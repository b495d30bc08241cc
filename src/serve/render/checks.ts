// How the checks of an agent look outside: each result and each forecast as the command line writes them, and of the look as a whole
// when it was, and by whom.
import * as Type from 'typebox/type';
import { type IsoTime, type Micros, SECOND } from '../../base/time.ts';
import type { Checks, ChecksDone } from '../../check/cluster/checking.ts';
import { STATUSES, type Status } from '../../check/results.ts';
import { RULE_IDS } from '../../check/rules/catalogue.ts';
import { closed, nullable, text, time } from './schemas.ts';

export const CheckStatusSchema = Type.Enum([...STATUSES], { $id: 'CheckStatus' });
export const CheckIdSchema = Type.Enum([...RULE_IDS], { $id: 'CheckId' });

export const CheckSchema = Type.Object(
  {
    type: Type.Literal('check'),
    id: CheckIdSchema,
    status: CheckStatusSchema,
    subjects: Type.Array(
      Type.Object(
        {
          kind: text,
          namespace: Type.String({ description: 'empty for an object without a namespace' }),
          name: text,
        },
        closed,
      ),
      { description: 'the objects concerned, the main one first' },
    ),
    ip: nullable(text),
    message: Type.String({
      description: 'what is wrong; if it is fine, what was read; if it was skipped, why',
    }),
    remedy: Type.String({ description: 'what to do; empty if there is nothing to do' }),
    docs: text,
  },
  { ...closed, $id: 'Check' },
);

export const ForecastSchema = Type.Object(
  {
    type: Type.Literal('forecast'),
    node: nullable(text, {
      description: 'the node that dies; null: any node that has no forecast of its own for this VIP',
    }),
    ip: text,
    service: text,
    vip: Type.Enum(['stays', 'moves', 'never', 'unknown'], { description: 'what becomes of the VIP' }),
    movesTo: nullable(text),
    movesAfterSeconds: nullable(Type.Number()),
    measured: Type.Integer({
      description: 'how many takeovers of this cluster the time comes from; 0: it is the usual time',
    }),
    lastMeasuredOn: nullable(text, { description: 'the day of the last of these takeovers' }),
    behind: Type.Enum(['stays', 'in-part', 'away', 'never', 'unknown'], {
      description: 'what becomes of the service behind it',
    }),
    backAfterSeconds: nullable(Type.Number(), {
      description: 'until its Pod starts, without the start itself',
    }),
    parts: Type.Array(Type.Object({ what: text, seconds: Type.Number() }, closed)),
    message: Type.String({ description: 'the whole forecast in one sentence' }),
  },
  { ...closed, $id: 'Forecast' },
);

const count = Type.Integer();

export const CheckRunSchema = Type.Object(
  {
    everySeconds: nullable(Type.Integer(), { description: '`check.every`; null: no agent runs the checks' }),
    node: nullable(text, {
      description:
        'the node whose agent runs the checks for all and has the results; null: none, or not known',
    }),
    own: Type.Boolean({ description: 'true: this agent runs the checks; false: it has no results' }),
    doneAt: nullable(time, { description: 'when the last successful run ended; null: none yet' }),
    ageSeconds: nullable(Type.Number(), { description: 'how long ago the last successful run ended' }),
    tookSeconds: nullable(Type.Number()),
    problem: nullable(text, {
      description:
        'why the latest run failed, so that the results are those of the run before; null: it did not fail',
    }),
    unforetold: nullable(text, {
      description: 'why there is no forecast, or only a part of it; null: it is complete',
    }),
    leftOut: Type.Integer({ description: 'how many results had no room; they are the least severe' }),
    summary: nullable(
      Type.Object(
        {
          ...Object.fromEntries(STATUSES.map((status) => [status, count])),
          suppressed: count,
        } as Record<Status | 'suppressed', typeof count>,
        closed,
      ),
      { description: 'how many results there are of each status; null: no run was successful yet' },
    ),
  },
  { ...closed, $id: 'CheckRun' },
);

const OFF: Checks = { every: 0, node: null, isOwn: false, done: null, trouble: null };

/** @param checks null: no agent looks. */
export function renderCheckRun(
  checks: Checks | null,
  now: Micros,
  iso: IsoTime,
): Type.Static<typeof CheckRunSchema> {
  const { every, node, isOwn, done, trouble } = checks ?? OFF;
  return {
    everySeconds: checks === null ? null : every / SECOND,
    node,
    own: isOwn,
    doneAt: done && iso(done.at),
    ageSeconds: done && (now - done.at) / SECOND,
    tookSeconds: done && done.took / SECOND,
    problem: trouble?.reason ?? null,
    unforetold: done?.unforetold ?? null,
    leftOut: done?.leftOut ?? 0,
    summary: done && { ...totalsOf(done), suppressed: done.suppressed },
  };
}

function totalsOf({ counts }: ChecksDone): Record<Status, number> {
  const each = Object.values(counts);
  return Object.fromEntries(
    STATUSES.map((status) => [status, each.reduce((sum, one) => sum + one[status], 0)]),
  ) as Record<Status, number>;
}
