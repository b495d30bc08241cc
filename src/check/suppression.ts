// What the operator does not want to be told: by an annotation on the object, or by the configuration.
import { type CheckedObject, nameOf } from './model/object.ts';
import type { RuleId } from './rules/catalogue.ts';

export interface IgnoredCheck {
  readonly id: RuleId;
  /** `Deployment/traefik/traefik`, or `Node/w1`; null: every object. */
  readonly object: string | null;
  readonly comment: string;
}

export interface Suppressed {
  readonly id: RuleId;
  /** `Deployment traefik/traefik`. */
  readonly object: string;
  readonly comment: string;
}

/** Null: it is to be told. */
export function suppressionOf(
  id: RuleId,
  subjects: readonly CheckedObject[],
  ignored: readonly IgnoredCheck[],
): Suppressed | null {
  for (const subject of subjects) {
    const comment = annotated(subject.ignore, id);
    if (comment !== null) return { id, object: nameOf(subject), comment };
  }
  for (const rule of ignored) {
    if (rule.id !== id) continue;
    const subject = rule.object === null ? subjects[0] : subjects.find((one) => pathOf(one) === rule.object);
    if (subject !== undefined) return { id, object: nameOf(subject), comment: rule.comment };
    if (rule.object === null) return { id, object: 'everything', comment: rule.comment };
  }
  return null;
}

/** Of `rwo-rollout: one replica on purpose; slow-eviction, pinned-to-node: so is that`. */
function annotated(annotation: string | null, id: RuleId): string | null {
  for (const part of annotation?.split(/[;\n]/) ?? []) {
    const colon = part.indexOf(':');
    const ids = (colon < 0 ? part : part.slice(0, colon)).split(',').map((text) => text.trim());
    if (ids.includes(id)) return colon < 0 ? 'no reason given' : part.slice(colon + 1).trim();
  }
  return null;
}

function pathOf({ kind, namespace, name }: CheckedObject): string {
  return [kind, ...(namespace === '' ? [] : [namespace]), name].join('/');
}
