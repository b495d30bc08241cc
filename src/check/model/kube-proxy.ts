// How kube-proxy runs, by the ConfigMap that kubeadm makes for it.
import { parse } from 'yaml';
import { at, textAt } from '../../base/json.ts';
import type { CheckedObject } from './object.ts';

export interface KubeProxy extends CheckedObject {
  readonly mode: string;
  readonly strictArp: boolean;
}

/** Characters; it is written by a program, and short. */
const MAX_LENGTH = 65_536;

/** Undefined for another ConfigMap, and for one that cannot be read. */
export function trimKubeProxy(raw: unknown, head: CheckedObject): KubeProxy | undefined {
  const text = textAt(raw, 'data', 'config.conf');
  if (head.name !== 'kube-proxy' || text === undefined || text.length > MAX_LENGTH) return undefined;
  try {
    const config: unknown = parse(text, { logLevel: 'error' });
    return {
      ...head,
      mode: textAt(config, 'mode') ?? '',
      strictArp: at(config, 'ipvs', 'strictARP') === true,
    };
  } catch {
    return undefined;
  }
}
