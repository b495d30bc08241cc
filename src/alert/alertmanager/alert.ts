// Findings as Alertmanager's alerts. Every agent that sees a problem tells of it with the very same labels, so that
// Alertmanager takes them for one alert.
import type { Micros } from '../../base/time.ts';
import type { Finding } from '../../watch/finding/finding.ts';
import type { FindingKind } from '../../watch/finding/kinds.ts';
import type { WatchEvent } from '../../watch/view.ts';

/** The labels that say which problem it is; nobody else may set them. */
export const OWN_LABELS = ['alertname', 'severity', 'kind', 'ip', 'service'] as const;

export interface Alert {
  /** The labels as text. */
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: Micros;
  readonly critical: boolean;
}

/** What an event makes of the alerts. */
export type AlertChange =
  | { readonly type: 'set'; readonly alert: Alert }
  | { readonly type: 'end'; readonly key: string };

export interface AlertBookOptions {
  /** Added to every alert. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where each kind of finding has a section. */
  readonly findingsPage: string;
}

/** The alerts that hold now, each made of the active findings that share its labels: several culprits, several segments. */
export class AlertBook {
  readonly #options: AlertBookOptions;
  /** By the alert's key, then by id. */
  readonly #findings = new Map<string, Map<string, Finding>>();
  /** By the finding's id: which alert it is part of. */
  readonly #keys = new Map<string, string>();

  constructor(options: AlertBookOptions) {
    this.#options = options;
  }

  /** None where the alerts stay as they were. */
  observe(event: WatchEvent): AlertChange[] {
    if (event.type !== 'finding') return [];
    return event.action === 'resolved' ? this.#remove(event.finding) : this.add(event.finding);
  }

  /**
   * A finding that is graver or lighter than before leaves one alert for another: severity is a label. One single frame that
   * nothing has confirmed is not worth waking anybody.
   */
  add(finding: Finding): AlertChange[] {
    const key = keyOf(finding);
    const left = this.#keys.get(finding.id) === key ? [] : this.#remove(finding);
    if (!finding.confirmed) return left;
    const findings = this.#findings.get(key) ?? new Map<string, Finding>();
    this.#findings.set(key, findings);
    findings.set(finding.id, finding);
    this.#keys.set(finding.id, key);
    return [...left, { type: 'set', alert: this.#alertOf(key, findings) }];
  }

  #remove({ id }: Finding): AlertChange[] {
    const key = this.#keys.get(id);
    const findings = key === undefined ? undefined : this.#findings.get(key);
    if (key === undefined || !findings) return [];
    this.#keys.delete(id);
    findings.delete(id);
    if (findings.size > 0) return [{ type: 'set', alert: this.#alertOf(key, findings) }];
    this.#findings.delete(key);
    return [{ type: 'end', key }];
  }

  /** Worded by the finding that has lasted longest, as it was when it was last told: so an agent doesn't contradict itself. */
  #alertOf(key: string, findings: ReadonlyMap<string, Finding>): Alert {
    const [first, ...others] = findings.values();
    const { kind, severity, ip, vip, message, remedy, evidence, raisedAt } = first!;
    const { labels, findingsPage } = this.#options;
    const proof = evidence[0] ? ` Seen: ${evidence[0].summary}.` : '';
    return {
      key,
      labels: {
        ...labels,
        alertname: alertNameOf(kind),
        severity,
        kind,
        ip,
        // To Alertmanager an empty label is none.
        ...(vip?.service && { service: vip.service }),
      },
      annotations: {
        summary: others.length === 0 ? message : `${message} (And ${others.length} more of this kind there.)`,
        description: `${remedy}${proof}`,
        runbook_url: `${findingsPage}#${kind}`,
      },
      startsAt: raisedAt,
      critical: severity === 'critical',
    };
  }
}

function keyOf({ kind, severity, ip, vip }: Finding): string {
  return `${kind} ${severity} ${ip} ${vip?.service ?? ''}`;
}

/** `VipwatchForeignClaim`. The alert rules name what is critical so, too; warnings they gather under names of their own. */
export function alertNameOf(kind: FindingKind): string {
  return `Vipwatch${camelCase(kind)}`;
}

/** `foreign-claim` as `ForeignClaim`. */
export function camelCase(kind: FindingKind): string {
  return kind.split('-').map(capitalized).join('');
}

function capitalized(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
