// keepalived: moves a VIP between two machines by VRRP, with the machines' own MACs or with the group's virtual one. An announcer
// that nobody of this project wrote.
// `killAll()` leaves the VIP on the interface, and that machine's kernel answers on: a split brain as in real life. With
// its parent alone killed, the VRRP process still takes the VIP down. A machine that dies is `host.powerOff()`.
import type { Host } from '../host.ts';
import type { LabProcess } from '../process.ts';

export interface KeepalivedOptions {
  /** With its prefix, e.g. `192.168.1.60/24`. */
  readonly vip: string;
  /** 1-254; the highest that lives holds the VIP. */
  readonly priority: number;
  /** Seconds between advertisements; three missed ones and a bit make a failover. @default 0.2 */
  readonly advertSeconds?: number;
  /** @default 51 */
  readonly routerId?: number;
  /** The VIP has the group's MAC, 00:00:5e:00:01 and the router id, on an interface of its own. @default false */
  readonly virtualMac?: boolean;
}

const CONFIG = '/run/lab/keepalived.conf';

/** Resolves once it has joined the group, as backup: every instance begins as one. */
export async function startKeepalived(host: Host, options: KeepalivedOptions): Promise<LabProcess> {
  const { vip, priority, advertSeconds = 0.2, routerId = 51, virtualMac = false } = options;
  await host.writeFile(
    CONFIG,
    `global_defs {
  router_id ${host.name}
  vrrp_garp_master_refresh 0
}
vrrp_instance lab {
  state BACKUP
  interface eth0
  version 3
  virtual_router_id ${routerId}
  priority ${priority}
  advert_int ${advertSeconds}
  ${virtualMac ? `use_vmac\n  virtual_ipaddress { ${vip} }` : `virtual_ipaddress { ${vip} dev eth0 }`}
}
`,
  );
  const pids = ['--pid=/run/lab/keepalived.pid', '--vrrp_pid=/run/lab/vrrp.pid'];
  const files = [`--use-file=${CONFIG}`, ...pids];
  const process = host.spawn([
    'keepalived',
    '--dont-fork',
    '--log-console',
    '--log-detail',
    '--vrrp',
    ...files,
  ]);
  await process.waitForLine(/Entering BACKUP STATE/);
  return process;
}

/** Resolves when this instance has taken the VIP. */
export async function becameMaster(process: LabProcess): Promise<void> {
  await process.waitForLine(/Entering MASTER STATE/);
}
