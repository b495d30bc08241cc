// The page: one column, the most important first. The address bar says what is chosen: `#/ip/192.168.1.50`.
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { AddressCard } from './card.tsx';
import { FailoverTests } from './failover-test.tsx';
import { Findings } from './findings.tsx';
import { AddressMap } from './map.tsx';
import { type State, Store } from './state.ts';
import { Takeovers } from './takeovers.tsx';
import { Top } from './top.tsx';
import { Vips } from './vips.tsx';

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

function App() {
  const [state, setState] = useState<State>(store.state);
  const [chosen, setChosen] = useState(() => chosenIn(location.hash));
  const [filter, setFilter] = useState('');
  const [vip, setVip] = useState('');
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

  const open = (ip: string) => {
    location.hash = `#/ip/${encodeURIComponent(ip)}`;
  };
  const close = () => {
    history.replaceState(null, '', `${location.pathname}${location.search}`);
    setChosen({ what: '', which: '' });
  };
  const which = (what: string) => (chosen.what === what ? chosen.which : null);
  const nodes = (state.nodes ?? []).map(({ name }) => name);
  return (
    <div class={state.lostSince === null ? 'page' : 'page stale'}>
      <a class="skip" href="#findings">
        Skip to the findings
      </a>
      <Top state={state} onKeys={() => keys.current?.showModal()} />
      <main>
        {isKnown && <Findings findings={state.findings!} chosen={which('findings')} />}
        {state.segments && <AddressMap state={state} onOpen={open} />}
        {state.vips && (
          <>
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
            <Vips
              vips={state.vips}
              nodes={nodes}
              filter={filter}
              readAt={state.readAt}
              onTest={(ip) => {
                setVip(ip);
                document.getElementById('failover-test')?.scrollIntoView();
              }}
            />
          </>
        )}
        {state.takeovers && <Takeovers takeovers={state.takeovers} chosen={which('takeovers')} />}
        {state.tests && state.vips && (
          <FailoverTests
            vips={state.vips}
            tests={state.tests}
            vip={vip}
            onVip={setVip}
            chosen={which('tests')}
            onChanged={() => void store.read(['tests'])}
          />
        )}
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
          <dd>reach the map and move in it</dd>
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
