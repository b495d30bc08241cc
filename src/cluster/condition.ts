// The conditions in the status of a Pod or a Node.
import { at, items, textAt } from './objects/object-id.ts';

export function conditionOf(raw: unknown, type: string): unknown {
  return items(at(raw, 'status', 'conditions')).find((condition) => textAt(condition, 'type') === type);
}

export function isReady(raw: unknown): boolean {
  return textAt(conditionOf(raw, 'Ready'), 'status') === 'True';
}
