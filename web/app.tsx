// The page: one column, the most important first. The address bar says what is chosen: `#/ip/192.168.1.50`.
import { render } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { AddressCard } from './card.tsx';
import { Checks } from './checks.tsx';
import { FailoverTests } from './failover-test.tsx';
import { Findings } from './findings.tsx';
import { Forecasts } from './forecast.tsx';
import type { State } from './known.ts';
import { AddressMap } from './map.tsx';
import { Store } from './state.ts';
import { Takeovers } from './takeovers.tsx';
import { Top } from './top.tsx';
import { Vips } from './vips.tsx';

/** In milliseconds. */
const AVAILABILITY_EVERY = 60_000;

const store = new Store((state) => tell(state));
let tell: (state: State) => void = () => {};

/** `#/findings/ID`: what, and which. */
function chosenIn(hash: string): { readonly what: string; readonly which: string } {
  const [, what = '', which = ''] = /^#\/(\w+)\/(.+)$/.exec(hash) ?? [];
  try {
    return { what, which: decodeURIComponent(which) };
  } catch {
    return { what: '', which: '' };
  }
}

function open(ip: string): void {
  location.hash = `#/ip/${encodeURIComponent(ip)}`;
}

function App() {
  const [state, setState] = useState<State>(store.state);
  const [chosen, setChosen] = useState(() => chosenIn(location.hash));
  const [filter, setFilter] = useState('');
  const [vip, setVip] = useState('');
  const [token, setToken] = useState('');
  const filterField = useRef<HTMLInputElement>(null);
  const keys = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    tell = setState;
    store.start();
    const onHash = () => setChosen(chosenIn(location.hash));
    const onKey = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
      if (
        isTyping ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        document.querySelector('dialog[open]')
      )
        return;
      if (event.key === '/') filterField.current?.focus();
      else if (event.key === '?') keys.current?.showModal();
      else return;
      event.preventDefault();
    };
    addEventListener('hashchange', onHash);
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('hashchange', onHash);
      removeEventListener('keydown', onKey);
    };
  }, []);

  const isKnown = state.findings !== undefined;
  useEffect(() => {
    const { what, which } = chosen;
    const id = { findings: `finding-${which}`, takeovers: `takeover-${which}`, tests: `test-${which}` }[what];
    if (id !== undefined) document.getElementById(id)?.scrollIntoView({ block: 'center' });
  }, [chosen, isKnown]);

  const close = () => {
    history.replaceState(null, '', `${location.pathname}${location.search}`);
    setChosen({ what: '', which: '' });
  };
  const which = (what: string) => (chosen.what === what ? chosen.which : null);
  const {
    segments,
    findings,
    vips,
    takeovers,
    claims,
    leases,
    servers,
    ranges,
    pools,
    nodes,
    tests,
    checks,
  } = state;
  const names = useMemo(() => (nodes ?? []).map(({ name }) => name), [nodes]);
  // A section whose facts are the same is not looked at again: most of what comes concerns one of them.
  const map = useMemo(
    () => segments && <AddressMap state={state} onOpen={open} />,
    [segments, findings, vips, claims, leases, servers, ranges, pools, nodes],
  );
  const finding = which('findings');
  const found = useMemo(
    () =>
      findings && (
        <Findings
          findings={findings}
          chosen={finding}
          token={token}
          onToken={setToken}
          onChanged={() => void store.read(['findings', 'summary'])}
        />
      ),
    [findings, finding, token],
  );
  const takeover = which('takeovers');
  const failovers = useMemo(
    () => takeovers && <Takeovers takeovers={takeovers} chosen={takeover} />,
    [takeovers, takeover],
  );
  const turn = Math.floor((state.readAt ?? 0) / AVAILABILITY_EVERY);
  const list = useMemo(
    () =>
      vips && (
        <Vips
          vips={vips}
          nodes={names}
          filter={filter}
          turn={turn}
          onTest={(ip) => {
            setVip(ip);
            document.getElementById('failover-test')?.scrollIntoView();
          }}
        />
      ),
    [vips, names, filter, turn],
  );
  const test = which('tests');
  const testing = useMemo(
    () =>
      tests &&
      vips && (
        <FailoverTests
          vips={vips}
          tests={tests}
          vip={vip}
          onVip={setVip}
          chosen={test}
          onChanged={() => void store.read(['tests'])}
          token={token}
          onToken={setToken}
        />
      ),
    [tests, vips, vip, test, token],
  );
  const checked = useMemo(() => checks && <Checks checks={checks} nodes={nodes} />, [checks, nodes]);
  const foretold = useMemo(() => checks && <Forecasts run={checks.run} nodes={names} />, [checks, names]);
  return (
    <div class={state.lostSince === null ? 'page' : 'page stale'}>
      <a class="skip" href="#findings">
        Skip to the findings
      </a>
      <Top state={state} onKeys={() => keys.current?.showModal()} />
      <main>
        {found}
        {map}
        {vips && (
          <p class="row filter">
            <label>
              Filter VIPs{' '}
              <input
                ref={filterField}
                type="search"
                value={filter}
                placeholder="address, Service, node"
                spellcheck={false}
                onInput={(event) => setFilter(event.currentTarget.value)}
                onKeyDown={(event) => {
                  if (event.key !== 'Escape') return;
                  setFilter('');
                  event.currentTarget.blur();
                }}
              />
            </label>
          </p>
        )}
        {list}
        {failovers}
        {testing}
        {checked}
        {foretold}
      </main>
      <footer class="row muted">
        <span>vipwatch {state.summary?.version}</span>
        <a href="docs/findings">What findings mean</a>
        <a href="api/v1">API</a>
        <a href="openapi.json">openapi.json</a>
        <a href="metrics">metrics</a>
        <a href="api/v1/summary">This as JSON</a>
      </footer>
      {chosen.what === 'ip' && <AddressCard ip={chosen.which} state={state} onClose={close} />}
      <dialog ref={keys} aria-labelledby="keys-title">
        <h2 id="keys-title">Keys</h2>
        <dl>
          <dt>/</dt>
          <dd>filter the VIPs</dd>
          <dt>Tab, arrows</dt>
          <dd>move to the map and in it</dd>
          <dt>Enter</dt>
          <dd>open the address</dd>
          <dt>Esc</dt>
          <dd>close, or leave the filter</dd>
          <dt>?</dt>
          <dd>these keys</dd>
        </dl>
        <button type="button" onClick={() => keys.current?.close()}>
          Close
        </button>
      </dialog>
    </div>
  );
}

render(<App />, document.getElementById('app')!);
