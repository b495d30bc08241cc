// If a node dies: where its VIPs go, and when the services behind them are back. One node is asked for at a time.
import { useEffect, useState } from 'preact/hooks';
import { type CheckRun, type Forecast, getForecast } from './api.ts';
import { AddressLink, Section, ShowMore } from './parts.tsx';

const SHOWN = 25;
/** In a word and a shape. */
const BADGES = {
  lost: '✕ VIP lost',
  never: '✕ never back',
  away: '△ away',
  unknown: '? unknown',
  'in-part': '◐ in part',
  moves: '→ moves',
  stays: '● stays',
} as const;

/** The worst of what becomes of the VIP, and of the service behind it. */
function outcomeOf({ vip, behind }: Forecast): keyof typeof BADGES {
  if (vip === 'never') return 'lost';
  if (behind === 'never' || behind === 'away') return behind;
  if (vip === 'unknown' || behind === 'unknown') return 'unknown';
  return behind === 'stays' ? vip : behind;
}

export function Forecasts({ run, nodes }: { readonly run: CheckRun; readonly nodes: readonly string[] }) {
  const [chosen, setChosen] = useState('');
  const [shown, setShown] = useState(SHOWN);
  const node = nodes.includes(chosen) ? chosen : nodes[0];
  const told = useForecast(run.doneAt === null ? undefined : node, shown, run.doneAt);
  if (run.doneAt === null || node === undefined) return null;
  return (
    <Section
      id="forecast"
      title="If a node dies"
      aside={
        <label>
          Node{' '}
          <select
            value={node}
            onChange={(event) => {
              setChosen(event.currentTarget.value);
              setShown(SHOWN);
            }}
          >
            {nodes.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      }
    >
      {run.unforetold !== null && <p>△ The forecast is not complete: {run.unforetold}</p>}
      {typeof told === 'string' && <p class="empty">It cannot be read: {told}</p>}
      {typeof told === 'object' && (
        <>
          {told.total === 0 && (
            <p class="empty">No VIP is announced by {node}, and no service behind one runs there.</p>
          )}
          {told.items.map((forecast) => (
            <One key={`${forecast.ip} ${forecast.service}`} forecast={forecast} />
          ))}
          <ShowMore rest={told.total - told.items.length} onMore={() => setShown(shown + SHOWN)} />
        </>
      )}
    </Section>
  );
}

function One({ forecast }: { readonly forecast: Forecast }) {
  const outcome = outcomeOf(forecast);
  return (
    <article class={`forecast ${outcome}`}>
      <p class="row">
        <span class="badge">{BADGES[outcome]}</span>
        <AddressLink ip={forecast.ip} />
        <b>{forecast.service}</b>
      </p>
      <p>{capital(forecast.message)}.</p>
    </article>
  );
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

type Told = Awaited<ReturnType<typeof getForecast>>;

/** Why it cannot be read, as text; undefined while it is. */
function useForecast(node: string | undefined, limit: number, of: string | null): Told | string | undefined {
  const [told, setTold] = useState<Told | string>();
  useEffect(() => {
    if (node === undefined) return;
    let isOver = false;
    getForecast(node, limit).then(
      (page) => isOver || setTold(page),
      (error: Error) => isOver || setTold(error.message),
    );
    return () => {
      isOver = true;
    };
  }, [node, limit, of]);
  return told;
}
