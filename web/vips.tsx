// The VIPs, those in trouble first: who answers, who should, and the last 24 hours.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { type Availability, getAll, type Vip } from './api.ts';
import { AddressLink, NodeName, Section, ShowMore, Time } from './parts.tsx';
import { count, gap } from './words.ts';

/** Rows at once: also what one question may name. */
const SHOWN = 50;

interface VipsProps {
  readonly vips: readonly Vip[];
  readonly nodes: readonly string[];
  readonly filter: string;
  readonly onTest: (ip: string) => void;
  /** Another one wants the last 24 hours read again. */
  readonly turn: number;
}

export function Vips({ vips, nodes, filter, onTest, turn }: VipsProps) {
  const [shown, setShown] = useState(SHOWN);
  const rows = useMemo(() => {
    const wanted = filter.trim().toLowerCase();
    return vips
      .filter((vip) => wanted === '' || textOf(vip).includes(wanted))
      .map((vip, at) => ({ vip, at, trouble: troubleOf(vip) }))
      .sort((a, b) => a.trouble.rank - b.trouble.rank || a.at - b.at);
  }, [vips, filter]);
  const listed = rows.slice(0, shown);
  const days = useAvailability(
    listed.map(({ vip }) => vip.ip),
    turn,
  );
  return (
    <Section
      id="vips"
      title="VIPs"
      aside={<span class="muted">{count(rows.length, 'address', 'addresses')}</span>}
    >
      {rows.length === 0 && (
        <p class="empty">{vips.length === 0 ? 'No VIP is known.' : 'No VIP matches the filter.'}</p>
      )}
      <div class="vips">
        {listed.map(({ vip, trouble }) => (
          <article key={vip.ip} class={`vip ${trouble.word}`}>
            <p class="row">
              <span class="badge">{trouble.badge}</span>
              <AddressLink ip={vip.ip} />
              <b>{vip.service ?? 'no Service named'}</b>
              {vip.announcers.map(({ node, mac, interface: name, vlan }) => (
                <span key={`${mac} ${name} ${vlan}`}>
                  {node === null ? mac : <NodeName name={node} nodes={nodes} />}
                </span>
              ))}
              {vip.announcers.length === 0 && <span class="muted">nobody heard</span>}
              <span class="muted">{electedWords(vip)}</span>
              <button type="button" class="quiet" onClick={() => onTest(vip.ip)}>
                Test<span class="hidden"> a failover of {vip.ip}</span>
              </button>
            </p>
            <Day day={days.get(vip.ip)} />
            {vip.lastTakeover && (
              <p class="muted">
                Last takeover <Time iso={vip.lastTakeover.at} />: {vip.lastTakeover.from} to{' '}
                {vip.lastTakeover.to}, {gap(vip.lastTakeover.gapMs, vip.lastTakeover.uncertaintyMs)}
                {vip.worstTakeover && vip.worstTakeover.gapMs > vip.lastTakeover.gapMs && (
                  <>; the longest {gap(vip.worstTakeover.gapMs, vip.worstTakeover.uncertaintyMs)}</>
                )}
              </p>
            )}
          </article>
        ))}
      </div>
      <ShowMore rest={rows.length - shown} onMore={() => setShown(shown + SHOWN)} />
    </Section>
  );
}

function troubleOf({ up, elected, announcers }: Vip) {
  if (up === false) return { rank: 0, word: 'down', badge: '✕ down' } as const;
  const nodes = announcers.flatMap(({ node }) => node ?? []);
  if (elected?.node && nodes.length > 0 && !nodes.includes(elected.node))
    return { rank: 1, word: 'elsewhere', badge: '≠ elsewhere' } as const;
  return up === null
    ? ({ rank: 2, word: 'unknown', badge: '? not probed' } as const)
    : ({ rank: 2, word: 'up', badge: '● up' } as const);
}

function electedWords({ elected, announcers }: Vip): string {
  if (elected === null) return '';
  if (elected.node === null) return `none elected: ${elected.reason}`;
  return announcers.some(({ node }) => node === elected.node) ? 'as elected' : `${elected.node} is elected`;
}

function textOf({ ip, service, pool, announcers }: Vip): string {
  return [ip, service, pool, ...announcers.map(({ node, mac }) => node ?? mac)].join(' ').toLowerCase();
}

const WORDS: Readonly<Record<string, string>> = {
  u: 'answered',
  p: 'partly',
  d: 'unanswered',
  '-': 'not seen',
};
const MINUTES = 1_440;
/** Narrower would not be seen. */
const LEAST_WIDTH = 5;

/** 24 hours to scale; a minute without an answer is taller than it is wide. */
function Day({ day }: { readonly day: Availability | undefined }) {
  const minutes = day?.minutes;
  return useMemo(
    () =>
      minutes === undefined ? (
        <svg class="day" viewBox={`0 0 ${MINUTES} 16`} aria-hidden="true" />
      ) : (
        drawnDay(minutes)
      ),
    [minutes],
  );
}

function drawnDay(letters: string) {
  const runs: { letter: string; from: number; length: number }[] = [];
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters.charAt(at);
    const last = runs.at(-1);
    if (last?.letter === letter) last.length += 1;
    else runs.push({ letter, from: at, length: 1 });
  }
  const minutes = (letter: string) =>
    runs.filter((run) => run.letter === letter).reduce((sum, { length }) => sum + length, 0);
  const spoken = ['u', 'p', 'd']
    .filter((letter) => minutes(letter) > 0)
    .map((letter) => `${count(minutes(letter), 'minute')} ${WORDS[letter]}`)
    .join(', ');
  return (
    <svg
      class="day"
      viewBox={`0 0 ${MINUTES} 16`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Last 24 h: ${spoken || 'not seen'}`}
    >
      {runs.map(({ letter, from, length }) => (
        <rect
          key={from}
          class={`minute-${letter === '-' ? 'none' : letter}`}
          x={from}
          y={letter === '-' ? 7 : letter === 'u' ? 4 : 0}
          width={letter === 'd' || letter === 'p' ? Math.max(LEAST_WIDTH, length) : length}
          height={letter === '-' ? 2 : letter === 'u' ? 8 : 16}
        />
      ))}
    </svg>
  );
}

function useAvailability(ips: readonly string[], turn: number): ReadonlyMap<string, Availability> {
  const [days, setDays] = useState<ReadonlyMap<string, Availability>>(new Map());
  const asked = ips.slice(0, SHOWN).join(',');
  useEffect(() => {
    if (asked === '') return;
    let isOver = false;
    getAll<Availability>(`api/v1/availability?ip=${encodeURIComponent(asked)}`).then(
      (rows) => isOver || setDays(new Map(rows.map((row) => [row.ip, row]))),
      () => {},
    );
    return () => {
      isOver = true;
    };
  }, [asked, turn]);
  return days;
}
