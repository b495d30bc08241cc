// A home with an agent on every node that all tests of a file share: started before the first, gone after the last.
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { HOME_NODES } from './home.ts';
import { imageUnavailable, startWatchedHome, type WatchedHome } from './vipwatch.ts';
import { unmeantFindings } from './witnesses.ts';

const search = inject('cluster');

/** For `describe.skipIf`; the set-up has said why. */
export const homeUnavailable = !search.ok || imageUnavailable;

/** In the order of the agents. */
export const NODES = HOME_NODES.map(({ name }) => name);

export interface SharedHome extends WatchedHome {
  /** Findings that belong to what is tested, each as `kind address`. */
  readonly meant: string[];
  /** Expects that the agents have found nothing but those. */
  expectNothingElse(): Promise<void>;
}

/** To be called in a `describe`. Its parts are there in hooks and tests. */
export function shareHome(options: NonNullable<Parameters<typeof startWatchedHome>[1]> = {}): SharedHome {
  const meant: string[] = [];
  let started: WatchedHome | undefined;
  const home = () => {
    if (!started) throw new Error('Cannot use the home: it was not started');
    return started;
  };
  beforeAll(async () => {
    if (search.ok) started = await startWatchedHome(search.programs, options);
  });
  const stop = async () => await started?.[Symbol.asyncDispose]();
  afterAll(stop);
  return {
    get lab() {
      return home().lab;
    },
    get secondLan() {
      return home().secondLan;
    },
    get router() {
      return home().router;
    },
    get cluster() {
      return home().cluster;
    },
    get agents() {
      return home().agents;
    },
    [Symbol.asyncDispose]: stop,
    meant,
    expectNothingElse: async () => expect(await unmeantFindings(home(), meant)).toEqual([]),
  };
}
