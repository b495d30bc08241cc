// The card of one address: all that is known of it.
import { useEffect, useRef } from 'preact/hooks';
import { ipNumber, networkRange } from './address-space.ts';
import type { State } from './known.ts';
import { AddressLink, Time } from './parts.tsx';
import { gap } from './words.ts';

const SHOWN = 10;

export function AddressCard({
  ip,
  state,
  onClose,
}: {
  readonly ip: string;
  readonly state: State;
  readonly onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    if (shown && !shown.open) shown.showModal();
  }, [ip]);
  const of = <Row extends { readonly ip: string }>(rows: readonly Row[] | undefined) =>
    (rows ?? []).filter((row) => row.ip === ip);
  const findings = of(state.findings);
  const claims = of(state.claims);
  const leases = of(state.leases);
  const takeovers = of(state.takeovers).slice(0, SHOWN);
  return (
    <dialog ref={dialog} aria-labelledby="card-title" onClose={onClose}>
      <header class="row">
        <h2 id="card-title">{ip}</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      <ul>
        {rolesOf(ip, state).map((role) => (
          <li key={role}>{role}</li>
        ))}
      </ul>
      {findings.length > 0 && <h3>Findings</h3>}
      {findings.map(({ id, severity, message }) => (
        <p key={id}>
          <span class="badge">{severity}</span> <a href={`#/findings/${encodeURIComponent(id)}`}>{message}</a>
        </p>
      ))}
      <h3>Heard on the wire</h3>
      {claims.length === 0 && <p class="muted">Nobody claimed it.</p>}
      {claims.slice(0, SHOWN).map(({ mac, node, hostname, interface: name, firstSeen, lastSeen, counts }) => (
        <p key={`${mac} ${name}`}>
          <b>{node ?? hostname ?? mac}</b> {node === null && hostname === null ? '' : mac}
          {isRandom(mac) && node === null ? ' (made-up MAC, as phones use)' : ''} on {name}: first{' '}
          <Time iso={firstSeen} />, last <Time iso={lastSeen} isAgo /> ({counts.announcement} announced,{' '}
          {counts.reply} answered, {counts.request} asked)
        </p>
      ))}
      {leases.length > 0 && <h3>DHCP</h3>}
      {leases.slice(0, SHOWN).map(({ mac, hostname, state: lease, server, lastSeen, expiresAt }) => (
        <p key={`${mac} ${lease}`}>
          {lease} by <b>{hostname ?? mac}</b> {hostname === null ? '' : mac} from{' '}
          {server ?? 'an unnamed server'}, <Time iso={lastSeen} />
          {expiresAt && (
            <>
              , until <Time iso={expiresAt} />
            </>
          )}
        </p>
      ))}
      {takeovers.length > 0 && <h3>Takeovers</h3>}
      {takeovers.map(({ at, from, to, gapMs, uncertaintyMs }) => (
        <p key={at}>
          <Time iso={at} /> {from.node} to {to.node}, {gap(gapMs, uncertaintyMs)}
        </p>
      ))}
      <p class="muted row">
        <a href={`api/v1/claims?ip=${encodeURIComponent(ip)}`}>Raw claims</a>
        <a href={`api/v1/findings?state=all&ip=${encodeURIComponent(ip)}`}>All its findings</a>
        <AddressLink ip={ip} />
      </p>
    </dialog>
  );
}

function rolesOf(ip: string, { vips, pools, nodes, ranges, segments, servers }: State): string[] {
  const number = ipNumber(ip);
  const holds = ({ first, last }: { readonly first: string; readonly last: string }) => {
    const [from, to] = [ipNumber(first), ipNumber(last)];
    return number !== null && from !== null && to !== null && from <= number && number <= to;
  };
  const roles = [
    ...(vips ?? []).flatMap((vip) =>
      vip.ip === ip ? [`VIP of ${vip.service ?? 'a Service not named'}`] : [],
    ),
    ...(nodes ?? []).flatMap(({ name, addresses }) => (addresses.includes(ip) ? [`node ${name}`] : [])),
    ...(segments ?? []).flatMap(({ gateways, networks }) => [
      ...(gateways.includes(ip) ? ['default gateway'] : []),
      ...networks.flatMap(({ address }) => (address === ip ? ['this agent’s own'] : [])),
    ]),
    ...(servers ?? []).flatMap((one) =>
      one.ip === ip ? [one.expected ? 'DHCP server' : 'DHCP server that is not expected'] : [],
    ),
    ...(pools ?? []).flatMap(({ name, ranges: own }) => (own.some(holds) ? [`of the pool ${name}`] : [])),
    ...(ranges ?? []).flatMap((range) =>
      holds(range) ? [`DHCP may lease it (${range.first} to ${range.last}, says ${range.name})`] : [],
    ),
  ];
  const isHere = (segments ?? []).some(({ networks }) =>
    networks.some(({ network }) => {
      const range = networkRange(network);
      return range !== null && number !== null && range.first <= number && number <= range.last;
    }),
  );
  if (roles.length > 0) return roles;
  return [isHere || segments === undefined ? 'no known role' : 'outside this agent’s networks'];
}

/** The second hexadecimal digit says that no vendor gave it. */
function isRandom(mac: string): boolean {
  return '26ae'.includes(mac[1] ?? '');
}
