// A red seed as a story: shrunk to its shortest, told, and kept.
import { knownAs } from '../known-red.ts';
import type { Scenario } from '../scenario.ts';
import { START } from '../world.ts';
import { type Capture, captureOf } from './capture.ts';
import { type Complaint, sortOf } from './complaint.ts';
import { judge } from './oracle.ts';
import { type Played, play } from './play.ts';
import { shrink } from './shrink.ts';
import { timelineOf } from './timeline.ts';

export interface Story {
  readonly scenario: Scenario;
  readonly text: string;
  readonly capture: Capture;
}

/**
 * Null: there is nothing to complain of.
 * @param complaintsOf the oracle's; tests complain of what is right, so that there is a story to tell whatever is mended.
 */
export function storyOf(
  whole: Scenario,
  complaintsOf: (played: Played) => readonly Complaint[] = (played) => judge(played).complaints,
): Story | null {
  const all = complaintsOf(play(whole));
  const kinds = whole.actions.map(({ kind }) => kind);
  // What nobody knew before comes first.
  const first = all.find((complaint) => knownAs(complaint, kinds) === null) ?? all[0];
  if (!first) return null;
  const sort = sortOf(first);
  const alike = (candidate: Scenario) =>
    complaintsOf(play(candidate)).filter((complaint) => sortOf(complaint) === sort);
  const { scenario, plays } = shrink(whole, (candidate) => {
    const last = alike(candidate).at(-1);
    return last === undefined ? null : last.at - START;
  });
  const complaints = alike(scenario);
  const node = witnessOf(complaints) ?? scenario.nodes.find(({ agent }) => agent)!.name;
  const text = `${timelineOf(scenario, complaints)}\n\nshrunk in ${plays} plays; the capture is what ${node} heard\n`;
  return { scenario, text, capture: captureOf(scenario, node) };
}

function witnessOf(complaints: readonly Complaint[]): string | undefined {
  return complaints.find(({ agent }) => agent !== null)?.agent ?? undefined;
}
