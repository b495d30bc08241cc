// What will go wrong by the objects of the cluster, where an agent looks at them: the sentences of `vipwatch check`.
import { useState } from 'preact/hooks';
import type { Check, Checks as Checked, CheckRun, CheckStatus, ClusterNode } from './api.ts';
import { AddressLink, Section, ShowMore, Time } from './parts.tsx';
import { count, thousands } from './words.ts';

const BADGES: Readonly<Record<CheckStatus, string>> = {
  critical: '! critical',
  warning: '△ warning',
  info: 'i info',
  skipped: '? not checked',
  ok: '✓ fine',
};
/** So many at once. */
const SHOWN = 25;

export function Checks({
  checks: { run, results },
  nodes,
}: {
  readonly checks: Checked;
  readonly nodes: readonly ClusterNode[] | undefined;
}) {
  const [shown, setShown] = useState(SHOWN);
  if (run.everySeconds === null) return null;
  const wrong = [results.critical, results.warning, results.info];
  const listed = wrong.flatMap(({ items }) => items);
  const untold = run.leftOut + wrong.reduce((sum, { items, total }) => sum + total - items.length, 0);
  return (
    <Section
      id="checks"
      title="Checks"
      aside={
        run.doneAt !== null && (
          <span class="muted">
            looked at the cluster’s objects <Time iso={run.doneAt} isAgo />
          </span>
        )
      }
    >
      {run.own && run.doneAt !== null && run.problem === null ? null : <p>{whoLooks(run, nodes)}</p>}
      {run.summary && <p>{summaryWords(run.summary)}</p>}
      {listed.slice(0, shown).map((check, at) => (
        <One key={at} check={check} />
      ))}
      <ShowMore rest={listed.length - shown} onMore={() => setShown(shown + SHOWN)} />
      {untold > 0 && shown >= listed.length && (
        <p class="muted">
          And {thousands(untold)} more: <a href="api/v1/checks">all as JSON</a>.
        </p>
      )}
      <Fold title={`Not checked, and why (${results.skipped.total})`} of={results.skipped.items} />
      <Fold title={`Fine (${results.ok.total})`} of={results.ok.items} />
    </Section>
  );
}

function One({ check: { id, status, subjects, ip, message, remedy } }: { readonly check: Check }) {
  return (
    <article class={`finding ${status}`}>
      <h3>
        <span class="badge">{BADGES[status]}</span> {message}
      </h3>
      {remedy !== '' && (
        <p>
          <b>What to do:</b> {remedy}
        </p>
      )}
      <p class="muted row">
        {subjects.map(({ kind, namespace, name }) => (
          <span key={`${kind} ${namespace} ${name}`}>
            {kind} {namespace === '' ? name : `${namespace}/${name}`}
          </span>
        ))}
        {ip !== null && <AddressLink ip={ip} />}
        <code>vipwatch explain {id}</code>
      </p>
    </article>
  );
}

function Fold({ title, of }: { readonly title: string; readonly of: readonly Check[] }) {
  if (of.length === 0) return null;
  return (
    <details>
      <summary>{title}</summary>
      <ul>
        {of.map(({ id, message }, at) => (
          <li key={at}>
            {message} <span class="muted">{id}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function whoLooks(
  { node, own, doneAt, problem }: CheckRun,
  nodes: readonly ClusterNode[] | undefined,
): string {
  if (node === null) return 'It is not known yet which agent runs the checks.';
  if (!own) {
    const [address] = nodes?.find(({ name }) => name === node)?.addresses ?? [];
    return `The agent on ${node}${address ? ` (${address})` : ''} runs the checks for all: its page shows the results.`;
  }
  if (problem !== null)
    return `△ The last run of the checks failed: ${problem}. ${doneAt === null ? 'There was no run before.' : 'These are the results of the run before.'}`;
  return 'This agent runs the checks for all, and has not run them yet.';
}

function summaryWords(summary: NonNullable<CheckRun['summary']>): string {
  const { critical, warning, info, skipped, ok, suppressed } = summary;
  const words = [
    critical > 0 && `${critical} critical`,
    warning > 0 && count(warning, 'warning'),
    info > 0 && `${info} worth knowing`,
    skipped > 0 && `${skipped} not checked`,
    suppressed > 0 && `${suppressed} suppressed`,
    ok > 0 && `${ok} fine`,
  ].filter((one) => one !== false);
  return `${words.join(', ')}.`;
}
