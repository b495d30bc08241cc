// The address map: each address of a network is a cell, or each block of a large one.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { addressSpace, ipText, LETTERS, networkRange, ROLE_WORDS, type Role } from './address-space.ts';
import { Grid } from './grid.tsx';
import type { State } from './known.ts';
import { AddressLink, Copy, NodeName, Section } from './parts.tsx';
import { count } from './words.ts';

const LEGEND: readonly Role[] = ['conflict', 'vip', 'node', 'router', 'lease', 'device', 'free'];

interface Place {
  /** `eth0`, `eth0.10`. */
  readonly segment: string;
  readonly network: string;
}

/** In milliseconds: what changes together is drawn together, and not beside the lists. */
const SETTLES = 250;

interface MapProps {
  readonly state: State;
  readonly onOpen: (ip: string) => void;
}

export function AddressMap({ state, onOpen }: MapProps) {
  return <Drawn state={useSettled(state)} onOpen={onOpen} />;
}

function useSettled(state: State): State {
  const [settled, setSettled] = useState(state);
  const latest = useRef(state);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  latest.current = state;
  useEffect(() => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      setSettled(latest.current);
    }, SETTLES);
  }, [state]);
  useEffect(() => () => clearTimeout(timer.current ?? undefined), []);
  return settled;
}

function Drawn({ state, onOpen }: MapProps) {
  const places = useMemo(() => placesOf(state), [state.segments, state.pools]);
  const [chosen, setChosen] = useState(() => new URLSearchParams(location.search).get('segment'));
  const place = places.find(({ segment, network }) => segment === chosen || network === chosen) ?? places[0];
  const { vips, nodes, segments, servers, leases, claims, findings, pools, ranges } = state;
  const space = useMemo(
    () => (place ? addressSpace(place.network, state) : null),
    [place?.network, vips, nodes, segments, servers, leases, claims, findings, pools, ranges],
  );
  const names = (nodes ?? []).map(({ name }) => name);
  if (!place || !space)
    return (
      <Section id="map" title="Address map">
        <p class="empty">No IPv4 network is known here.</p>
        <SixList state={state} />
      </Section>
    );
  const choose = (network: string) => {
    setChosen(network);
    const search = new URLSearchParams({ segment: network });
    history.replaceState(null, '', `?${search}${location.hash}`);
  };
  return (
    <Section
      id="map"
      title={`Address map ${place.network}`}
      aside={
        places.length > 1 && (
          <label>
            Network{' '}
            <select value={place.network} onChange={(event) => choose(event.currentTarget.value)}>
              {places.map(({ segment, network }) => (
                <option key={network} value={network}>
                  {network} on {segment}
                </option>
              ))}
            </select>
          </label>
        )
      }
    >
      {space.safe && <SafeRange first={ipText(space.safe.first)} last={ipText(space.safe.last)} />}
      <div class="map-and-legend">
        <Grid
          cells={space.cells}
          block={space.block}
          names={names}
          label={`Addresses of ${place.network}`}
          onOpen={onOpen}
        />
        <ul class="legend" aria-label="Legend">
          {LEGEND.map((role) => (
            <li key={role}>
              <i class={`cell role-${role}`} aria-hidden="true">
                {LETTERS[role]}
              </i>{' '}
              {ROLE_WORDS[role]}
            </li>
          ))}
          <li>
            <i class="cell in-pool" aria-hidden="true" /> pool
          </li>
          <li>
            <i class="cell in-dhcp" aria-hidden="true" /> DHCP may lease it
          </li>
          <li>
            <i class="cell is-safe" aria-hidden="true" /> safe for DHCP to lease
          </li>
          {names.map((name) => (
            <li key={name}>
              <NodeName name={name} nodes={names} />
            </li>
          ))}
        </ul>
      </div>
      <SixList state={state} />
    </Section>
  );
}

function SafeRange({ first, last }: { readonly first: string; readonly last: string }) {
  return (
    <p class="row">
      <span>
        A DHCP range of <b>{first}</b> to <b>{last}</b> would leave out every pool, VIP and node.
      </span>
      <Copy text={`${first}-${last}`}>Copy</Copy>
    </p>
  );
}

/** IPv6 networks are too large to be drawn: their addresses that matter, by role. */
function SixList({ state }: { readonly state: State }) {
  const vips = (state.vips ?? []).filter(({ ip }) => ip.includes(':')).slice(0, 50);
  const nodes = (state.nodes ?? []).flatMap(({ name, addresses }) =>
    addresses.filter((ip) => ip.includes(':')).map((ip) => ({ name, ip })),
  );
  if (vips.length + nodes.length === 0) return null;
  return (
    <details>
      <summary>
        IPv6: {count(vips.length, 'VIP')}, {count(nodes.length, 'address of a node', 'addresses of nodes')}
      </summary>
      <ul>
        {vips.map(({ ip, service }) => (
          <li key={ip}>
            V <AddressLink ip={ip} /> {service}
          </li>
        ))}
        {nodes.map(({ ip, name }) => (
          <li key={ip}>
            N <AddressLink ip={ip} /> {name}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The networks of this agent; without any, as in a capture, the usual one around the pools. */
function placesOf({ segments, pools }: State): Place[] {
  const own = (segments ?? []).flatMap(({ interface: name, vlan, networks }) =>
    networks.flatMap(({ network }) =>
      networkRange(network) ? [{ segment: vlan === null ? name : `${name}.${vlan}`, network }] : [],
    ),
  );
  const unique = own.filter(({ network }, at) => own.findIndex((one) => one.network === network) === at);
  const isInside = (ip: string) => unique.some(({ network }) => isOf(ip, network));
  const outside = (pools ?? []).flatMap(({ ranges }) =>
    ranges.flatMap(({ first }) => (first.includes(':') || isInside(first) ? [] : [usualNetwork(first)])),
  );
  return [...unique, ...[...new Set(outside)].map((network) => ({ segment: 'elsewhere', network }))];
}

function isOf(ip: string, network: string): boolean {
  const range = networkRange(network);
  const own = networkRange(`${ip}/32`);
  return range !== null && own !== null && range.first <= own.first && own.first <= range.last;
}

function usualNetwork(ip: string): string {
  return `${ip.split('.').slice(0, 3).join('.')}.0/24`;
}
