// How failover tests ended, counted by whoever ended them: each test once, however many agents know of it.
import {
  type FailoverTest,
  isFinished,
  TEST_MODES,
  TEST_PHASES,
  type TestMode,
  type TestPhase,
} from './failover-test.ts';

/** How many tests of a mode ended in a phase. */
export interface TestCount {
  readonly mode: TestMode;
  /** The phase, in lower case. */
  readonly result: string;
  readonly count: number;
}

const ENDS = TEST_PHASES.filter((phase) => isFinished({ phase }));

export class TestCounts {
  readonly #counts = new Map<string, number>();

  /** @param test that has just ended. */
  ended({ spec, phase }: Pick<FailoverTest, 'spec' | 'phase'>): void {
    const key = `${spec.mode} ${phase}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** One for each mode and each end, 0 included. */
  rows(): TestCount[] {
    return TEST_MODES.flatMap((mode) =>
      ENDS.map((phase) => ({
        mode,
        result: phase.toLowerCase(),
        count: this.#counts.get(`${mode} ${phase}`) ?? 0,
      })),
    );
  }
}

/** What is known of a test that several agents have in view. */
interface CoordinatedTest {
  readonly phase: TestPhase;
  readonly coordinator: string | null;
}

/** This change of a test is its end, and this node's agent brought that about: of all that see it, one. */
export function endedHere(
  test: CoordinatedTest,
  before: CoordinatedTest | undefined,
  ownNode: string | null,
): boolean {
  if (before === undefined || isFinished(before) || !isFinished(test)) return false;
  return test.coordinator !== null && test.coordinator === ownNode;
}
