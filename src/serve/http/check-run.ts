// What the lists of checks say of the look as a whole.
import { CheckRunSchema, renderCheckRun } from '../render/checks.ts';
import type { About } from './listing.ts';

export const CHECK_RUN: About = {
  name: 'run',
  schema: CheckRunSchema,
  read: ({ checks, now, iso }) => renderCheckRun(checks(), now(), iso),
};
