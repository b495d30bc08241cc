// Kubernetes label selectors, as metav1.LabelSelectorAsSelector understands them.
import { at, items, textAt, textsAt } from '../../base/json.ts';
import type { Labels } from './object-id.ts';

type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';

interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** Every requirement must hold: without any, every object matches. Null, an absent selector, matches none. */
export type LabelSelector = readonly Requirement[] | null;

/** Undefined where Kubernetes would refuse it: an unknown operator, or too many or too few values for it. */
export function parseSelector(raw: unknown): LabelSelector | undefined {
  if (raw === null || raw === undefined) return null;
  const labels = at(raw, 'matchLabels') ?? {};
  if (typeof raw !== 'object' || typeof labels !== 'object') return undefined;
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(labels)) {
    if (typeof value !== 'string') return undefined;
    requirements.push({ key, operator: 'In', values: [value] });
  }
  for (const expression of items(at(raw, 'matchExpressions'))) {
    const key = textAt(expression, 'key');
    const operator = operatorOf(textAt(expression, 'operator'));
    const values = textsAt(expression, 'values');
    if (key === undefined || operator === undefined) return undefined;
    const wantsValues = operator === 'In' || operator === 'NotIn';
    if (wantsValues !== values.length > 0) return undefined;
    requirements.push({ key, operator, values });
  }
  return requirements;
}

export function selects(selector: LabelSelector, labels: Labels): boolean {
  return selector?.every((requirement) => holds(requirement, labels)) ?? false;
}

/** MetalLB's lists of selectors: one match is enough; an empty list is for the caller to give a meaning. */
export function anySelects(selectors: readonly LabelSelector[], labels: Labels): boolean {
  return selectors.some((selector) => selects(selector, labels));
}

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const label = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
    default:
      return operator satisfies never;
  }
}

function operatorOf(text: string | undefined): Operator | undefined {
  return text === 'In' || text === 'NotIn' || text === 'Exists' || text === 'DoesNotExist' ? text : undefined;
}
