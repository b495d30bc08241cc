// Everything that can happen in a world: one row a kind.
import type { ActionKind } from './actions.ts';
import { killSpeaker, restartSpeaker } from './catalogue/speakers.ts';

export const CATALOGUE = {
  'kill-speaker': killSpeaker,
  'restart-speaker': restartSpeaker,
} as const satisfies Readonly<Record<string, ActionKind>>;

export type ActionName = keyof typeof CATALOGUE;
