// What is wrong, the gravest first: what to do, and the frames that prove it.
import { useState } from 'preact/hooks';
import { Acknowledge } from './acknowledge.tsx';
import type { Finding } from './api.ts';
import { AddressLink, Copy, Section, ShowMore, Time } from './parts.tsx';
import type { TokenProps } from './token-field.tsx';
import { count } from './words.ts';

const RANK = { critical: 0, warning: 1 } as const;
/** So many at once: a broken LAN may have thousands. */
const SHOWN = 25;

interface Props extends TokenProps {
  readonly findings: readonly Finding[];
  readonly chosen: string | null;
  /** Reads them again. */
  readonly onChanged: () => void;
}

export function Findings({ findings, chosen, ...changing }: Props) {
  const [showsSuppressed, setShowsSuppressed] = useState(false);
  const [shown, setShown] = useState(SHOWN);
  const active = findings.filter(({ state }) => state === 'active');
  const suppressed = findings.filter(({ state }) => state === 'suppressed');
  const listed = [...active, ...(showsSuppressed ? suppressed : [])].sort(byGravity);
  return (
    <Section
      id="findings"
      title="Findings"
      aside={
        suppressed.length > 0 && (
          <button
            type="button"
            class="quiet"
            aria-pressed={showsSuppressed}
            onClick={() => setShowsSuppressed(!showsSuppressed)}
          >
            {count(suppressed.length, 'suppressed one')}
          </button>
        )
      }
    >
      {listed.length === 0 && <p class="empty">Nothing: intent, DHCP and the wire agree.</p>}
      {listed.slice(0, shown).map((finding) => (
        <One key={finding.id} finding={finding} isChosen={finding.id === chosen} {...changing} />
      ))}
      <ShowMore rest={listed.length - shown} onMore={() => setShown(shown + SHOWN)} />
    </Section>
  );
}

function One({
  finding,
  isChosen,
  ...changing
}: { readonly finding: Finding; readonly isChosen: boolean } & Omit<Props, 'findings' | 'chosen'>) {
  const { id, kind, severity, state, message, remedy, evidence, raisedAt, ip, suppressed } = finding;
  const mood = state === 'suppressed' ? 'suppressed' : severity;
  return (
    <article class={`finding ${mood}`} id={`finding-${id}`} aria-current={isChosen || undefined}>
      <h3>
        <span class="badge">
          {mood === 'critical' ? '! critical' : mood === 'warning' ? '△ warning' : '– suppressed'}
        </span>{' '}
        {message}
      </h3>
      {suppressed && <p class="muted">Not raised: {suppressed.comment ?? suppressed.by}</p>}
      <p>
        <b>What to do:</b> {remedy}
      </p>
      {state === 'active' && <Acknowledge finding={finding} {...changing} />}
      <details open={isChosen}>
        <summary>
          {evidence.length === 1 ? 'The frame that proves it' : `The ${evidence.length} frames that prove it`}
        </summary>
        <ol class="evidence">
          {evidence.map((line) => (
            <li key={`${line.at} ${line.summary}`}>
              <Time iso={line.at} /> <span class="muted">{line.interface}</span> {line.summary}
            </li>
          ))}
        </ol>
      </details>
      <p class="muted row">
        <span>
          Since <Time iso={raisedAt} />
        </span>
        <AddressLink ip={ip} />
        <a href={`docs/findings#${kind}`}>What {kind} means</a>
        <a href={`#/findings/${encodeURIComponent(id)}`}>Permanent link</a>
        <Copy text={asText(finding)}>Copy as text</Copy>
      </p>
    </article>
  );
}

function byGravity(a: Finding, b: Finding): number {
  return RANK[a.severity] - RANK[b.severity] || (a.raisedAt < b.raisedAt ? 1 : -1);
}

/** For whoever is asked for help. */
function asText({ severity, kind, ip, raisedAt, message, remedy, evidence }: Finding): string {
  const frames = evidence.map(({ at, summary }) => `    ${at}  ${summary}`);
  return [
    `${raisedAt}  ${severity}  ${kind}  ${ip}`,
    `    ${message}`,
    ...frames,
    `    What to do: ${remedy}`,
  ].join('\n');
}
