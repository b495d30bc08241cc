// GET /readyz, for a readiness probe; its answer says what is missing.
import * as Type from 'typebox/type';
import { SECOND, toIso } from '../../../base/time.ts';
import { closed, nullable, text, time } from '../../render/schemas.ts';
import { isCapturing, knowsIntent, unreadyReason } from '../../tables/readiness.ts';
import type { Sources } from '../../tables/sources.ts';
import { PROBLEM_CONTENT_TYPE, problem } from '../problem.ts';
import type { Route } from '../route.ts';

export const ReadinessSchema = Type.Object(
  {
    ready: Type.Boolean(),
    capture: Type.Object(
      {
        ready: Type.Boolean(),
        interfaces: Type.Array(Type.Object({ name: text, up: Type.Boolean() }, closed)),
      },
      closed,
    ),
    intent: Type.Object(
      {
        ready: Type.Boolean(),
        confirmedAt: nullable(time),
        problems: Type.Array(Type.Object({ kind: text, listed: Type.Boolean(), reason: text }, closed), {
          description:
            'what cannot be read from the Kubernetes API now; listed is true if it was read before, and what was last known stays in force',
        }),
        doubts: Type.Array(text, {
          description: 'what the agent cannot judge, and why, for example which node MetalLB elects',
        }),
        skipped: Type.Integer({ description: 'Kubernetes objects that were left out' }),
      },
      closed,
    ),
    configuration: Type.Object(
      {
        problem: nullable(text, {
          description:
            'the file is `invalid` or `unreadable`: the last good one stays in force, and the log says what is wrong',
        }),
        needsRestart: Type.Array(text, { description: 'options of the file that need a restart' }),
      },
      closed,
    ),
    journal: Type.Object({ durable: Type.Boolean(), problem: nullable(text) }, closed),
  },
  { $id: 'Readiness' },
);

export const readyz: Route = {
  method: 'GET',
  path: '/readyz',
  id: 'getReadiness',
  tag: 'agent',
  summary:
    'Whether the agent is ready: it captures on at least one interface that is up, and knows the intent',
  answer: { description: 'The agent is ready', schema: ReadinessSchema },
  errors: [503],
  handle: async ({ sources }, _request, reply) => {
    const readiness = readinessOf(sources);
    const detail = unreadyReason(sources);
    if (detail === null) return readiness;
    reply.code(503).type(PROBLEM_CONTENT_TYPE).serializer(JSON.stringify);
    return { ...problem(503, detail), ...readiness };
  },
};

/** What cannot be judged because a DHCP server's table is old, or not whole. */
function importDoubts({ imports, importDoubts: ofAll }: Sources): string[] {
  const ofEach = imports().flatMap(({ name, problem, succeededAt, doubts }) => {
    const since =
      succeededAt === null ? 'it was never read' : `its table of ${toIso(succeededAt * SECOND)} stays in use`;
    // Why may be in the server's own words: those are for the log.
    const failing = problem === null ? [] : [`the DHCP import ${name} cannot be read; ${since}`];
    return [...failing, ...doubts.map((doubt) => `the DHCP import ${name}: ${doubt}`)];
  });
  return [...ofEach, ...ofAll().map((doubt) => `the DHCP imports: ${doubt}`)];
}

/**
 * A journal in memory and a configuration that is not in force are told here, but do not make the process unready: it watches
 * all the same.
 */
function readinessOf(sources: Sources): Type.Static<typeof ReadinessSchema> {
  const interfaces = sources.interfaces().map(({ name, up }) => ({ name, up }));
  const { confirmedAt, problems, doubts, unjudged, skipped } = sources.intent();
  const capture = { ready: isCapturing(sources), interfaces };
  const intent = {
    ready: knowsIntent(sources),
    confirmedAt: confirmedAt === null ? null : sources.iso(confirmedAt),
    problems: problems.map(({ kind, listed, reason }) => ({ kind, listed, reason })),
    doubts: [...doubts, ...unjudged, ...importDoubts(sources)],
    skipped: skipped.length,
  };
  const { problem, needsRestart } = sources.configuration();
  const { durable, problem: journalProblem } = sources.journal();
  return {
    ready: unreadyReason(sources) === null,
    capture,
    intent,
    configuration: { problem, needsRestart: [...needsRestart] },
    journal: { durable, problem: journalProblem },
  };
}
