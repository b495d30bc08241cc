// Tests a failover: what will happen is said first, the token stays in memory, and each step is shown as it comes.
import { useState } from 'preact/hooks';
import { change, type FailoverTest, Refused, type Vip } from './api.ts';
import { AddressLink, Copy, Section, Time } from './parts.tsx';
import { TokenField, type TokenProps } from './token-field.tsx';

type Mode = FailoverTest['mode'];

const MODES: Readonly<Record<Mode, { readonly name: string; readonly happens: string }>> = {
  observe: {
    name: 'Only watch',
    happens:
      'The test changes nothing. You switch the announcing node off, or unplug its cable, within two minutes. The agents measure how fast another node takes over.',
  },
  drain: {
    name: 'Keep the node from announcing',
    happens:
      'The announcing node gets a label that tells MetalLB to announce from another one. The VIP moves within seconds; then the label is removed, and the VIP moves back. Nothing is stopped.',
  },
  'delete-pod': {
    name: 'Delete the speaker',
    happens:
      "The MetalLB speaker's Pod on the announcing node is deleted, and comes back by itself. All VIPs of that node move for some seconds.",
  },
  freeze: {
    name: 'Freeze the speaker',
    happens:
      'The MetalLB speaker on the announcing node is stopped, as if the node hung, and continued later. All VIPs of that node are unanswered until another node takes over: 5 to 10 seconds.',
  },
};
const OVER: readonly FailoverTest['phase'][] = ['Passed', 'Failed', 'Cancelled', 'Refused'];
const TOKEN_COMMAND = 'kubectl -n vipwatch create token failover-tester --duration 10m';
const SHOWN = 5;

interface Props extends TokenProps {
  readonly vips: readonly Vip[];
  readonly tests: readonly FailoverTest[];
  readonly vip: string;
  readonly onVip: (ip: string) => void;
  readonly chosen: string | null;
  /** Reads the tests again. */
  readonly onChanged: () => void;
}

export function FailoverTests({ vips, tests, vip, onVip, chosen, onChanged, token, onToken }: Props) {
  const [mode, setMode] = useState<Mode>('observe');
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const asked = vip || vips[0]?.ip || '';
  const send = async (method: 'POST' | 'DELETE', path: string, body?: object) => {
    setAsking(true);
    setRefusal(null);
    try {
      await change(method, path, token.trim(), body);
    } catch (error) {
      setRefusal(error instanceof Refused ? error.message : 'The agent cannot be reached.');
    }
    setAsking(false);
    onChanged();
  };
  const begin = (event: Event) => {
    event.preventDefault();
    void send('POST', 'api/v1/failover-tests', { vip: asked, mode });
  };
  const from = vips.find(({ ip }) => ip === asked)?.announcers[0]?.node ?? null;
  return (
    <Section id="failover-test" title="Test a failover">
      <form onSubmit={begin}>
        <p class="row">
          <label>
            VIP{' '}
            <input
              value={asked}
              list="vip-choice"
              spellcheck={false}
              onInput={(event) => onVip(event.currentTarget.value)}
            />
          </label>
          <datalist id="vip-choice">
            {vips.slice(0, 200).map(({ ip, service }) => (
              <option key={ip} value={ip}>
                {service ?? ''}
              </option>
            ))}
          </datalist>
          <label>
            How{' '}
            <select value={mode} onChange={(event) => setMode(event.currentTarget.value as Mode)}>
              {Object.entries(MODES).map(([value, { name }]) => (
                <option key={value} value={value}>
                  {name} ({value})
                </option>
              ))}
            </select>
          </label>
        </p>
        <p>
          <b>What will happen:</b> {MODES[mode].happens} {from === null ? '' : `Now ${from} announces it.`}{' '}
          The test gives up after 2 minutes.
        </p>
        <p class="row">
          <TokenField token={token} onToken={onToken} />
          <button type="submit" disabled={isAsking || token.trim() === '' || asked === ''}>
            Begin the test
          </button>
        </p>
        {!isSecureContext && (
          <p>
            △ The token crosses the network unencrypted: <code>kubectl port-forward</code> or{' '}
            <code>ssh -L</code> hide it.
          </p>
        )}
        <p class="muted row">
          <span>The token stays only in this page’s memory. In a cluster:</span>
          <code>{TOKEN_COMMAND}</code>
          <Copy text={TOKEN_COMMAND}>Copy</Copy>
        </p>
      </form>
      <div role="status">{refusal !== null && <p class="refusal">✕ {refusal}</p>}</div>
      {tests.slice(0, SHOWN).map((test) => (
        <article
          key={test.id}
          id={`test-${test.id}`}
          class={`test ${test.phase}`}
          aria-current={test.id === chosen || undefined}
        >
          <p class="row">
            <span class="badge">{test.phase}</span>
            <Time iso={test.createdAt} />
            <AddressLink ip={test.vip} />
            <span>{test.mode}</span>
            <span>{test.message}</span>
            <a href={`#/tests/${encodeURIComponent(test.id)}`}>Permanent link</a>
            {!OVER.includes(test.phase) && (
              <button
                type="button"
                disabled={isAsking || token.trim() === ''}
                onClick={() => send('DELETE', `api/v1/failover-tests/${encodeURIComponent(test.id)}`)}
              >
                Cancel
              </button>
            )}
          </p>
        </article>
      ))}
    </Section>
  );
}
