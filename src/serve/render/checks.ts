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
          namespace: Type.String({ description: 'empty for what belongs to no namespace' }),
          name: text,
        },
        closed,
      ),
      { description: 'whom it concerns, the main one first' },
    ),
    ip: nullable(text),
    message: Type.String({
      description: 'what is wrong; of one that is fine, what was looked at; of one that was skipped, why',
    }),
    remedy: Type.String({ description: 'what to do; empty where there is nothing' }),
    docs: text,
  },
  { ...closed, $id: 'Check' },
);

export const ForecastSchema = Type.Object(
  {
    type: Type.Literal('forecast'),
    node: nullable(text, {
      description: 'the node that dies; null: any, but for those that have a forecast of their own',
    }),
    ip: text,
    service: text,
    vip: Type.Enum(['stays', 'moves', 'never', 'unknown'], { description: 'what becomes of the VIP' }),
    movesTo: nullable(text),
    movesAfterSeconds: nullable(Type.Number()),
    measured: Type.Integer({ description: 'takeovers of this cluster that say so; 0: it is what is usual' }),
    lastMeasuredOn: nullable(text, { description: 'the day of the last of them' }),
    behind: Type.Enum(['stays', 'in-part', 'away', 'never', 'unknown'], {
      description: 'what becomes of the service behind it',
    }),
    backAfterSeconds: nullable(Type.Number(), { description: 'without the start of its Pod' }),
    parts: Type.Array(Type.Object({ what: text, seconds: Type.Number() }, closed)),
    message: Type.String({ description: 'all of it in a sentence' }),
  },
  { ...closed, $id: 'Forecast' },
);

const count = Type.Integer();

export const CheckRunSchema = Type.Object(
  {
    everySeconds: nullable(Type.Integer(), { description: '`check.every`; null: no agent looks' }),
    node: nullable(text, {
      description: 'whose agent looks for all, and has what it saw; null: none, or it is not known',
    }),
    own: Type.Boolean({ description: 'it is this agent: another one has nothing to show' }),
    doneAt: nullable(time, { description: 'when it looked last; null: not yet' }),
    ageSeconds: nullable(Type.Number(), { description: 'how long ago that was' }),
    tookSeconds: nullable(Type.Number()),
    problem: nullable(text, {
      description: 'why it could not look again, so that what is shown is of before; null: it could',
    }),
    unforetold: nullable(text, { description: 'why there is no forecast, or not all; null: there is' }),
    leftOut: Type.Integer({ description: 'results that had no room, the least severe' }),
    summary: nullable(
      Type.Object(
        {
          ...Object.fromEntries(STATUSES.map((status) => [status, count])),
          suppressed: count,
        } as Record<Status | 'suppressed', typeof count>,
        closed,
      ),
      { description: 'how many results there are of each; null: nothing was looked at yet' },
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
