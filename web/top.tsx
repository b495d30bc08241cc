// The first look: the verdict, four numbers, and where all of this is seen from.
import { useEffect, useState } from 'preact/hooks';
import type { State } from './known.ts';
import { Time } from './parts.tsx';
import { verdictOf } from './verdict.ts';
import { count, gap } from './words.ts';

const MARKS = { good: '✓', warning: '△', critical: '!', unknown: '?' } as const;
const DHCP_WORDS = {
  apart: 'apart from the pools',
  overlapping: 'overlaps a pool',
  unknown: 'range not known',
} as const;

export function Top({ state, onKeys }: { readonly state: State; readonly onKeys: () => void }) {
  const now = useClock(state.lostSince !== null);
  const { mood, sentence, more } = verdictOf(state, now);
  const { summary, segments } = state;
  useEffect(() => {
    document.title = `${MARKS[mood]} vipwatch`;
  }, [mood]);
  return (
    <header class="top">
      <p class="row muted">
        <b class="brand">vipwatch</b>
        {summary && <span>{placeWords(state)}</span>}
        {segments && summary?.intentConfirmedAt && (
          <span>
            intent of <Time iso={summary.intentConfirmedAt} isAgo />
          </span>
        )}
        <span class="end">
          <Theme />
          <button type="button" class="quiet" onClick={onKeys}>
            Keys
          </button>
        </span>
      </p>
      <div class={`verdict ${mood}`} role="status" aria-live="polite">
        <h1>
          <span class="mark" aria-hidden="true">
            {MARKS[mood]}
          </span>{' '}
          {sentence}
        </h1>
        {more && <p>{more}</p>}
      </div>
      {summary && <Numbers summary={summary} />}
    </header>
  );
}

function Numbers({ summary }: { readonly summary: NonNullable<State['summary']> }) {
  const { vips, findings, lastTakeover, dhcp } = summary;
  const active = findings.critical + findings.warning;
  return (
    <ul class="numbers">
      <li class={vips.down > 0 ? 'bad' : ''}>
        <a href="#vips">
          <b>
            {vips.up}/{vips.total}
          </b>{' '}
          VIPs answered
        </a>
      </li>
      <li class={findings.critical > 0 ? 'bad' : ''}>
        <a href="#findings">
          <b>{active}</b> active {active === 1 ? 'finding' : 'findings'}
        </a>
      </li>
      <li>
        <a href="#takeovers">
          <b>{lastTakeover ? gap(lastTakeover.gapMs, lastTakeover.uncertaintyMs) : 'none'}</b>{' '}
          {lastTakeover ? 'last failover' : 'failover seen'}
        </a>
      </li>
      <li class={dhcp === 'overlapping' ? 'bad' : ''}>
        <a href="#map">
          <b>DHCP</b> {DHCP_WORDS[dhcp]}
        </a>
      </li>
    </ul>
  );
}

function placeWords({ summary, segments }: State): string {
  const places = (segments ?? []).map(({ interface: name, vlan, networks }) =>
    [
      vlan === null ? name : `${name}.${vlan}`,
      ...networks.map(({ network }) => network).filter((one) => !one.startsWith('fe80')),
    ].join(' '),
  );
  const agents = summary?.agents
    ? `${summary.agents.ready} of ${count(summary.agents.nodes, 'agent')} ready`
    : null;
  return [`seen from ${summary?.node ?? 'this agent'}`, ...places.slice(0, 3), agents]
    .filter(Boolean)
    .join(' · ');
}

/** Ticks once a second where a length of time is shown. */
function useClock(isTicking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    if (!isTicking) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now;
}

const THEMES = { auto: 'dark', dark: 'light', light: 'auto' } as const;
type ThemeName = keyof typeof THEMES;

function Theme() {
  const [theme, setTheme] = useState<ThemeName>('auto');
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return (
    <button type="button" class="quiet" onClick={() => setTheme(THEMES[theme])}>
      Colours: {theme}
    </button>
  );
}
