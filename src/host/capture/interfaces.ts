// Which interfaces to capture on, and which segment each one carries. Pure: the facts come from netlink.
import { type IpAddress, isLinkLocal, type Mac } from '../../net/address.ts';
import type { Link } from '../../net/frame.ts';

export interface InterfaceInfo {
  readonly index: number;
  readonly name: string;
  /** The driver's name for virtual devices (`vlan`, `bond`, `bridge`, `veth`); null for hardware. */
  readonly kind: string | null;
  /** Frames on it begin with an Ethernet header. */
  readonly ethernet: boolean;
  readonly mac: Mac | null;
  /** Switched on by the administrator (IFF_UP). */
  readonly up: boolean;
  /** Up, and the cable or radio has a link (IFF_RUNNING). */
  readonly running: boolean;
  /** How often the link was lost since the interface exists. */
  readonly carrierLosses: number;
  readonly broadcast: boolean;
  readonly noArp: boolean;
  readonly loopback: boolean;
  /** Index of the bond, bridge or VRF that it belongs to. */
  readonly masterIndex: number | null;
  /** Set for VLAN interfaces. `parentIndex` is null where the parent lives in another network namespace. */
  readonly vlan: { readonly id: number; readonly parentIndex: number | null } | null;
  readonly addresses: readonly InterfaceAddress[];
}

export interface InterfaceAddress {
  readonly ip: IpAddress;
  readonly prefixLength: number;
}

type NotCapturedReason =
  | 'absent'
  | 'down'
  | 'loopback'
  | 'not-ethernet'
  | 'excluded-name'
  | 'has-master'
  | 'no-arp'
  | 'no-broadcast';

export interface SkippedInterface {
  readonly name: string;
  /** Null where it is absent. */
  readonly index: number | null;
  readonly reason: NotCapturedReason;
}

export interface InterfaceChoice {
  readonly chosen: readonly InterfaceInfo[];
  readonly skipped: readonly SkippedInterface[];
}

/** MetalLB's defaults (its ConfigMap `metallb-excludel2`). */
const EXCLUDED_NAMES = [
  /^docker.*/,
  /^cbr.*/,
  /^dummy.*/,
  /^virbr.*/,
  /^lxcbr.*/,
  /^veth.*/,
  /^lo$/,
  /^cali.*/,
  /^tunl.*/,
  /^flannel.*/,
  /^kube-ipvs.*/,
  /^cni.*/,
  /^nodelocaldns.*/,
  /^lxc.*/,
];

/**
 * The interfaces that MetalLB's speaker would announce on, or, where some are configured, exactly those, once they are there
 * and up.
 */
export function chooseInterfaces(
  all: readonly InterfaceInfo[],
  configured: readonly string[] | null,
): InterfaceChoice {
  const chosen: InterfaceInfo[] = [];
  const skipped: SkippedInterface[] = [];
  if (configured === null) {
    for (const info of all) sort(info, automaticSkip(info));
  } else {
    for (const name of new Set(configured)) {
      const info = all.find((candidate) => candidate.name === name);
      if (info === undefined) skipped.push({ name, index: null, reason: 'absent' });
      else sort(info, configuredSkip(info));
    }
  }
  return { chosen, skipped };

  function sort(info: InterfaceInfo, reason: NotCapturedReason | null): void {
    if (reason === null) chosen.push(info);
    else skipped.push({ name: info.name, index: info.index, reason });
  }
}

/** The link that an interface's frames belong to: `eth0` for itself, VLAN 10 of `eth0` for its VLAN interface, however named. */
export function linkOf(info: InterfaceInfo, all: readonly InterfaceInfo[]): Link {
  const { vlan } = info;
  const parent = vlan === null ? undefined : all.find((candidate) => candidate.index === vlan.parentIndex);
  if (vlan === null || parent === undefined) return { interface: info.name, vlan: null };
  return { interface: parent.name, vlan: vlan.id };
}

/**
 * VLAN ids to leave out of an interface's frames: the tagged frame that is seen on `eth0` is seen again on `eth0.10`, where
 * that is captured too.
 */
export function vlansCapturedElsewhere(
  info: InterfaceInfo,
  chosen: readonly InterfaceInfo[],
): ReadonlySet<number> {
  return new Set(
    chosen.flatMap(({ vlan }) => (vlan !== null && vlan.parentIndex === info.index ? [vlan.id] : [])),
  );
}

function configuredSkip(info: InterfaceInfo): NotCapturedReason | null {
  if (!info.ethernet) return 'not-ethernet';
  return info.up ? null : 'down';
}

/** 'down' comes last: such an interface is chosen as soon as it is up. */
function automaticSkip(info: InterfaceInfo): NotCapturedReason | null {
  if (info.loopback) return 'loopback';
  if (!info.ethernet) return 'not-ethernet';
  if (EXCLUDED_NAMES.some((pattern) => pattern.test(info.name))) return 'excluded-name';
  if (info.masterIndex !== null) return 'has-master';
  if (info.noArp) return 'no-arp';
  // ARP needs broadcast; neighbour discovery needs only a link-local address.
  if (!info.broadcast && !info.addresses.some(({ ip }) => isLinkLocal(ip))) return 'no-broadcast';
  return info.up ? null : 'down';
}
