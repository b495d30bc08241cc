// Findings as Alertmanager's alerts. Every agent that sees a problem tells of it with the very same labels, so that
// Alertmanager takes them for one alert.
import type { IsoTime, Micros } from '../../base/time.ts';
import { serviceLabels } from '../../intent/service-labels.ts';
import { FINDINGS_PAGE } from '../../watch/finding/documentation.ts';
import type { Finding } from '../../watch/finding/finding.ts';
import type { FindingKind } from '../../watch/finding/kinds.ts';
import type { WatchEvent } from '../../watch/view.ts';

/** The labels that say which problem it is; nobody else may set them. */
export const OWN_LABELS = ['alertname', 'severity', 'kind', 'ip', 'namespace', 'service'] as const;

export interface Alert {
  /** The labels as text. */
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  /** @param ownUrl where the agent's own pages are; null where nobody else reaches them. */
  readonly annotations: (ownUrl: string | null) => Readonly<Record<string, string>>;
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
  readonly iso: IsoTime;
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
   * nothing has confirmed is not worth waking anybody, and of what is acknowledged somebody knows already.
   */
  add(finding: Finding): AlertChange[] {
    if (finding.acknowledged) return this.#remove(finding);
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
    const { kind, severity, ip, vip, raisedAt } = first!;
    const { namespace, service } = serviceLabels(vip);
    return {
      key,
      labels: {
        ...this.#options.labels,
        alertname: alertNameOf(kind),
        severity,
        kind,
        ip,
        // To Alertmanager an empty label is none.
        ...(namespace && { namespace }),
        ...(service && { service }),
      },
      annotations: (url) => this.#annotationsOf(first!, others.length, url),
      startsAt: raisedAt,
      critical: severity === 'critical',
    };
  }

  /** In the order in which the rules for Prometheus say it. */
  #annotationsOf(finding: Finding, others: number, url: string | null): Readonly<Record<string, string>> {
    const { kind, ip, message, remedy, evidence, raisedAt } = finding;
    const seen = evidence[0] ? ` Seen: ${evidence[0].summary}.` : '';
    const since = `Since ${this.#options.iso(raisedAt).replace('T', ' ').slice(0, 'YYYY-MM-DD HH:MM:SS'.length)} UTC.`;
    const proof = `The frames that prove it: ${url ?? ''}/api/v1/findings?ip=${ip}`;
    return {
      summary: others === 0 ? message : `${message} (And ${others} more of this kind on this address.)`,
      description: `${since} What to do: ${remedy}${seen} ${proof}`,
      runbook_url: `${url === null ? FINDINGS_PAGE : `${url}/docs/findings`}#${kind}`,
    };
  }
}

function keyOf({ kind, severity, ip, vip }: Finding): string {
  const { namespace, service } = serviceLabels(vip);
  return `${kind} ${severity} ${ip} ${namespace} ${service}`;
}

/** `VipwatchForeignClaim`. The alert rules name theirs so, too. */
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
