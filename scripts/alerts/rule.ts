// What a file of rules is made of, and what rules of every sort share.
import { FINDINGS_PAGE } from '../../src/watch/finding/documentation.ts';
import type { Severity } from '../../src/watch/finding/kinds.ts';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly keep_firing_for: string;
  readonly labels: { readonly severity: Severity | 'info' };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly (AlertRule | RecordingRule)[];
}

/** In a template, `192.168.1.50 (traefik/traefik)`. */
export const WHOSE =
  '{{ $labels.ip }}{{ with $labels.service }} ({{ with $labels.namespace }}{{ . }}/{{ end }}{{ . }}){{ end }}';

/** Always 1; its label `url` says where the agent's own pages are. */
const AGENT_INFO = 'vipwatch_agent_info{url!=""}';

/** Each agent of these series, with its label `url`. */
export function pagesOf(series: string): string {
  return `${series} * on (cluster, job, instance) group_left (url) ${AGENT_INFO}`;
}

/** Selects the series that have the alert's own labels; one that the alert lacks must be absent there, too. Go's printf. */
export function sameLabels(labels: readonly string[]): string {
  const selector = labels.map((label) => `${label}=%q`).join(',');
  return `printf \`${selector}\` ${labels.map((label) => `$labels.${label}`).join(' ')}`;
}

/**
 * Where the alert is explained: by the agent itself, or where none is known, on the project's page.
 * @param agents a template's text: PromQL for agents with their label `url`.
 */
export function runbookOf(section: string, agents: string): string {
  const first = `{{ with query (${agents}) }}{{ (. | sortByLabel "instance" | first).Labels.url }}/docs/findings`;
  return `${first}{{ else }}${FINDINGS_PAGE}{{ end }}#${section.toLowerCase()}`;
}
