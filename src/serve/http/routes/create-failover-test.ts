// POST /api/v1/failover-tests: the test is made and begins by itself; the answer does not wait for it.
import * as Type from 'typebox/type';
import { readSpec, TEST_MODES } from '../../../failover/failover-test.ts';
import { renderFailoverTest } from '../../render/render.ts';
import { closed, FailoverTestSchema } from '../../render/schemas.ts';
import { CHANGE_ERRORS, closedBecause, FAILOVER_TESTS, orUnavailable } from '../failover-testing.ts';
import { sendProblem } from '../problem.ts';
import type { Route } from '../route.ts';

/** What is asked for: its shape. `readSpec` reads it, and knows the defaults and the bounds. */
const FailoverTestRequest = Type.Object(
  {
    vip: Type.String({ description: 'the address whose takeover is measured' }),
    mode: Type.Optional(
      Type.Enum([...TEST_MODES], {
        default: 'observe',
        description: 'what the test does to the announcing node',
      }),
    ),
    maxGap: Type.Optional(Type.String({ default: '10s', description: 'the longest gap that still passes' })),
    timeLimit: Type.Optional(
      Type.String({ default: '2m', description: 'how long to wait for the takeover' }),
    ),
  },
  { ...closed, $id: 'FailoverTestRequest' },
);

export const createFailoverTest: Route = {
  method: 'POST',
  path: FAILOVER_TESTS,
  id: 'createFailoverTest',
  tag: 'failover-tests',
  change: 'create',
  closed: closedBecause,
  summary: 'Starts a failover test',
  body: FailoverTestRequest,
  answer: {
    status: 201,
    description: 'The test has begun',
    schema: FailoverTestSchema,
    headers: { location: 'the URL of the test' },
  },
  errors: [...CHANGE_ERRORS, 409, 413, 415],
  handle: async ({ failover: { tests }, gate }, request, reply) => {
    const read = readSpec(request.body);
    if (!read.ok) return sendProblem(reply, 400, read.mistakes.join('; '));
    if (tests === null) return sendProblem(reply, 503, 'failover tests are not possible here');
    const test = await orUnavailable(tests.create(read.spec, gate.userOf(request)));
    if (typeof test === 'string') return sendProblem(reply, 503, test);
    const location = `${FAILOVER_TESTS}/${test.id}`;
    reply.header('location', location);
    if (test.phase === 'Refused') return sendProblem(reply, 409, test.message, location);
    return reply.code(201).send(renderFailoverTest(test));
  },
};
