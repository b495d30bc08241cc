// Somebody knows of a finding and sees to it: who, why and until when, and the form by which to say so.
import { useState } from 'preact/hooks';
import { change, type Finding, Refused } from './api.ts';
import { Time } from './parts.tsx';
import { TokenField, type TokenProps } from './token-field.tsx';

const LENGTHS = { '1h': 'for an hour', '8h': 'for 8 hours', '1d': 'for a day', '7d': 'for a week' } as const;
/** Characters, as the agent counts them. */
const LONGEST = 200;

interface Props extends TokenProps {
  readonly finding: Finding;
  /** Reads the findings again. */
  readonly onChanged: () => void;
}

export function Acknowledge({ finding, token, onToken, onChanged }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [comment, setComment] = useState('');
  const [until, setUntil] = useState<string>('8h');
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const { acknowledged } = finding;
  const send = async (method: 'POST' | 'DELETE', body?: object) => {
    setAsking(true);
    setRefusal(null);
    try {
      await change(
        method,
        `api/v1/findings/${encodeURIComponent(finding.id)}/acknowledge`,
        token.trim(),
        body,
      );
      setOpen(false);
    } catch (error) {
      setRefusal(error instanceof Refused ? error.message : 'The agent cannot be reached.');
    }
    setAsking(false);
    onChanged();
  };
  const say = (event: Event) => {
    event.preventDefault();
    void send('POST', { comment, until });
  };
  const cannot = isAsking || token.trim() === '';
  return (
    <div class="acknowledge">
      {acknowledged && (
        <p>
          ✓ <b>Acknowledged</b>
          {acknowledged.by === null ? '' : ` by ${acknowledged.by}`}, until <Time iso={acknowledged.until} />:{' '}
          {acknowledged.comment}
        </p>
      )}
      <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {acknowledged ? 'Change' : 'Acknowledge'}
      </button>
      {isOpen && (
        <form onSubmit={say}>
          <p>
            <b>What will happen:</b> the finding stays here, for everyone to read with what you write. No
            alert is raised of it until then, also if it goes and comes back, unless it turns from a warning
            into a critical one.
          </p>
          <p class="row">
            <label>
              Comment{' '}
              <input
                value={comment}
                maxLength={LONGEST}
                placeholder="who sees to it, or why it can wait"
                onInput={(event) => setComment(event.currentTarget.value)}
              />
            </label>
            <label>
              How long{' '}
              <select value={until} onChange={(event) => setUntil(event.currentTarget.value)}>
                {Object.entries(LENGTHS).map(([value, words]) => (
                  <option key={value} value={value}>
                    {words}
                  </option>
                ))}
              </select>
            </label>
            <TokenField token={token} onToken={onToken} />
            <button type="submit" disabled={cannot || comment.trim() === ''}>
              Acknowledge it
            </button>
            {acknowledged && (
              <button type="button" disabled={cannot} onClick={() => send('DELETE')}>
                Take it back
              </button>
            )}
          </p>
          <p class="muted">
            The token is the one that a failover test takes, and stays in this page’s memory alone.
            {!isSecureContext && ' △ It crosses the network unencrypted.'}
          </p>
        </form>
      )}
      <div role="status">{refusal !== null && <p class="refusal">✕ {refusal}</p>}</div>
    </div>
  );
}
