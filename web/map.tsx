// The address map: each address of a network is a cell, or each block of a large one.
import { useMemo, useRef, useState } from 'preact/hooks';
import {
  addressSpace,
  type Cell,
  COLUMNS,
  ipText,
  LETTERS,
  networkRange,
  ROLE_WORDS,
  type Role,
} from './address-space.ts';
import type { State } from './known.ts';
import { AddressLink, Copy, colourOf, NodeName, Section } from './parts.tsx';
import { count } from './words.ts';

const LEGEND: readonly Role[] = ['conflict', 'vip', 'node', 'router', 'lease', 'device', 'free'];

interface Place {
  /** `eth0`, `eth0.10`. */
  readonly segment: string;
  readonly network: string;
}

export function AddressMap({
  state,
  onOpen,
}: {
  readonly state: State;
  readonly onOpen: (ip: string) => void;
}) {
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
            <i class="cell in-dhcp" aria-hidden="true" /> DHCP may hand it out
          </li>
          <li>
            <i class="cell is-safe" aria-hidden="true" /> the router could keep it
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

interface GridProps {
  readonly cells: readonly Cell[];
  readonly block: number;
  readonly names: readonly string[];
  readonly label: string;
  readonly onOpen: (ip: string) => void;
}

function Grid({ cells, block, names, label, onOpen }: GridProps) {
  const [at, setAt] = useState(0);
  const grid = useRef<HTMLTableElement>(null);
  const active = Math.min(at, cells.length - 1);
  const onKey = (event: KeyboardEvent) => {
    // By the cells themselves: a key that is held down comes faster than the page is drawn.
    const all = [...(grid.current?.querySelectorAll('td') ?? [])];
    const from = all.indexOf(event.target as HTMLTableCellElement);
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[event.key];
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? all.length - 1 : from + (step ?? 0);
    if (from < 0 || to === from || !all[to]) return;
    event.preventDefault();
    all[to].focus();
  };
  const rows = Array.from({ length: Math.ceil(cells.length / COLUMNS) }, (_, row) =>
    cells.slice(row * COLUMNS, (row + 1) * COLUMNS),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: the grid pattern of WAI-ARIA, whose rows and cells these are
    <table class="grid" role="grid" aria-label={label} ref={grid} onKeyDown={onKey}>
      <tbody>
        {rows.map((row, y) => (
          <tr key={row[0]!.first}>
            {row.map((cell, x) => (
              <td
                key={cell.first}
                tabIndex={y * COLUMNS + x === active ? 0 : -1}
                class={classOf(cell, names)}
                aria-label={spoken(cell, block)}
                title={spoken(cell, block)}
                onFocus={() => setAt(y * COLUMNS + x)}
                onClick={() => onOpen(ipText(cell.first))}
                onKeyDown={(event) => event.key === 'Enter' && onOpen(ipText(cell.first))}
              >
                {LETTERS[cell.role] || <small>{block === 1 ? cell.first % 256 : ''}</small>}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function classOf({ role, inPool, inDhcp, isSafe, node }: Cell, names: readonly string[]): string {
  return [
    'cell',
    `role-${role}`,
    inPool && 'in-pool',
    inDhcp && 'in-dhcp',
    isSafe && 'is-safe',
    node !== null && `node-${colourOf(node, names)}`,
  ]
    .filter(Boolean)
    .join(' ');
}

function spoken({ first, last, role, used, inPool, inDhcp, node }: Cell, block: number): string {
  const what = [ROLE_WORDS[role]];
  if (node !== null) what.push(`announced by ${node}`);
  if (inPool && role !== 'free') what.push('of a pool');
  if (inDhcp) what.push('DHCP may hand it out');
  if (block === 1) return `${ipText(first)}: ${what.join(', ')}`;
  return `${ipText(first)} to ${ipText(last)}: ${count(used, 'address', 'addresses')} in use; ${what.join(', ')}`;
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
