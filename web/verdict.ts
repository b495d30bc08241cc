// The one sentence at the top: is everything all right?
import type { Finding, Summary } from './api.ts';
import type { State } from './known.ts';
import { count, span, thousands } from './words.ts';

export type Mood = 'good' | 'warning' | 'critical' | 'unknown';

export interface Verdict {
  readonly mood: Mood;
  readonly sentence: string;
  /** Beneath it. */
  readonly more: string | null;
}

export function verdictOf({ lostSince, refused, summary, findings }: State, now: number): Verdict {
  if (lostSince !== null)
    return {
      mood: 'unknown',
      sentence: `Disconnected since ${span(now - lostSince)}.`,
      more: summary ? 'The page shows the last known state.' : 'The agent does not answer; retrying.',
    };
  const refusal = refused?.summary ?? refused?.findings;
  if (!summary || !findings)
    return { mood: 'unknown', sentence: refusal ? notTold(refusal) : 'Looking …', more: null };
  const active = findings.filter(({ state }) => state === 'active');
  const critical = active.filter(({ severity }) => severity === 'critical');
  const warnings = active.filter(({ severity }) => severity === 'warning');
  const { vips } = summary;
  const alsoWarned = joined(
    known(critical, 'critical'),
    warnings.length > 0 ? `${count(warnings.length, 'more thing')} will go wrong.` : null,
  );
  const [first] = critical;
  const addresses = new Set(critical.map(({ ip }) => ip)).size;
  // Several findings of one address tell one story: the latest of them is how it stands.
  if (first && addresses === 1)
    return { mood: 'critical', sentence: latestOf(critical).message, more: alsoWarned };
  if (first) return { mood: 'critical', sentence: `${addresses} addresses are in danger.`, more: alsoWarned };
  if (vips.down > 0)
    return {
      mood: 'critical',
      sentence: `${vips.down} of ${count(vips.total, 'VIP')} ${vips.down === 1 ? 'is' : 'are'} not answered.`,
      more: alsoWarned,
    };
  if (refusal) return { mood: 'unknown', sentence: notTold(refusal), more: alsoWarned };
  if (!summary.ready)
    return {
      mood: 'unknown',
      sentence: `This agent cannot tell: ${summary.unreadyReason ?? 'it is not ready'}.`,
      more: alsoWarned,
    };
  const answered = answeredWords(summary);
  if (warnings.length > 0)
    return {
      mood: 'warning',
      sentence: warnings.length === 1 ? warnings[0]!.message : `${warnings.length} things will go wrong.`,
      more: joined(known(warnings, warnings.length === 1 ? 'warning' : 'warnings'), answered),
    };
  if (vips.total === 0)
    return { mood: 'unknown', sentence: 'No VIP is known: there is nothing to watch yet.', more: null };
  if (vips.up === 0 && !othersAsk(summary)) return { mood: 'unknown', sentence: answered, more: null };
  return { mood: 'good', sentence: `${answered} Nothing on this LAN endangers them.`, more: null };
}

/** `1 critical, acknowledged.` Null where nobody sees to any of them. */
function known(findings: readonly Finding[], word: string): string | null {
  const acknowledged = findings.filter((one) => one.acknowledged).length;
  if (acknowledged === 0) return null;
  const all = acknowledged === findings.length;
  return all
    ? `${acknowledged} ${word}, acknowledged.`
    : `${findings.length} ${word}, ${acknowledged} acknowledged.`;
}

function joined(...parts: readonly (string | null)[]): string | null {
  return parts.filter((part) => part !== null).join(' ') || null;
}

function notTold(reason: string): string {
  return `The agent does not report its state: ${reason}.`;
}

function latestOf(findings: readonly Finding[]): Finding {
  return findings.reduce((a, b) => (b.raisedAt > a.raisedAt ? b : a));
}

/** An agent vouches for those alone that it asks. */
function answeredWords(summary: Summary): string {
  const { total, up, down, unknown } = summary.vips;
  if (total === 0) return 'No VIP is known.';
  if (unknown === 0 && down === 0)
    return total === 1 ? 'The one VIP is answered.' : `All ${thousands(total)} VIPs are answered.`;
  if (down > 0) return `${up} of ${count(total, 'VIP')} answered.`;
  const rest = othersAsk(summary)
    ? 'other agents probe the rest'
    : 'it is not known whether another agent probes the rest';
  return `${up} of ${count(total, 'VIP')} answered; ${rest}.`;
}

/** Agents on other nodes are known to be ready. */
function othersAsk({ agents }: Summary): boolean {
  return agents !== null && agents.ready > 1;
}
