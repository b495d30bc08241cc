// What DHCP servers' own tables say (import): the leases that begin and end by that, and addresses that a server found taken.
import type { Micros } from '../../base/time.ts';
import type { RouterAccount } from '../../dhcp/router-knowledge.ts';
import type { PoolRole, VipRole } from '../../intent/index.ts';
import type { Ipv4 } from '../../net/address.ts';
import { rangeContains } from '../../net/range.ts';
import type { Report } from '../finding/finding.ts';
import type { ImportChange, LeaseList, PlaceOf } from '../lan/imported-leases.ts';
import type { Segment, Segments } from '../lan/segment.ts';
import { type DetectContext, report } from './context.ts';
import { evidenceOfListed } from './evidence.ts';
import type { LeaseNews } from './lease-news.ts';
import { vipName, vipOf } from './words.ts';

/** All that one import says. */
export type ServerTable = Omit<RouterAccount, 'source' | 'name' | 'readAt'> & LeaseList;

interface ImportWatchOptions {
  readonly segments: Segments;
  readonly leaseNews: Pick<LeaseNews, 'changed' | 'ended'>;
}

export class ImportWatch {
  readonly #context: DetectContext;
  readonly #options: ImportWatchOptions;

  constructor(context: DetectContext, options: ImportWatchOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** @param table null: it is read no more. */
  set(name: string, table: ServerTable | null, at: Micros): void {
    const placeOf = this.#placeOf();
    this.#tell(this.#context.leases.setImport(name, table, placeOf), at);
    for (const { ip } of table?.declined ?? []) this.#declined(name, placeOf(ip), ip, at);
  }

  /** This machine has other networks. */
  networksChanged(at: Micros): void {
    this.#tell(this.#context.leases.placeImports(this.#placeOf()), at);
  }

  /** The intent speaks of other addresses. Whoever looks at the intent looks at all leases by it. */
  intentChanged(): void {
    this.#context.leases.placeImports(this.#placeOf());
  }

  #tell({ begun, ended }: ImportChange, at: Micros): void {
    const { leaseNews } = this.#options;
    for (const lease of ended) leaseNews.ended(lease, at);
    for (const lease of begun) leaseNews.changed(lease, at, () => evidenceOfListed(lease));
  }

  /** Of addresses of the intent that are on a network of this machine; of two interfaces in one network the first by name. */
  #placeOf(): PlaceOf {
    const { index, own } = this.#context;
    const { segments } = this.#options;
    const networks = own.networks.toSorted((a, b) => (a.segment < b.segment ? -1 : 1));
    return (ip) => {
      if (index.roleOf(ip).kind === 'other') return undefined;
      const network = networks.find((one) => rangeContains(one, ip));
      return network && segments.ofLink(network.link ?? { interface: network.segment, vlan: null });
    };
  }

  #declined(name: string, segment: Segment | undefined, ip: Ipv4, at: Micros): void {
    const role = this.#context.index.roleOf(ip);
    if (!segment || (role.kind !== 'vip' && role.kind !== 'pool')) return;
    const finding = foundTaken(name, segment, ip, role);
    // Listed still, which is no second time.
    if (this.#context.book.isOpen(finding)) return this.#context.book.hold(finding, at);
    const summary = `listed as declined or abandoned: ${ip}`;
    report(this.#context, finding, at, () => ({ at, interface: name, summary }));
  }
}

function foundTaken(name: string, segment: Segment, ip: Ipv4, role: VipRole | PoolRole): Report {
  const what = role.kind === 'vip' ? `the ${vipName(role.vip)}` : `${ip} of pool ${role.pool.name}`;
  return {
    kind: 'dhcp-decline',
    ip,
    segment,
    culprit: null,
    macs: [],
    vip: vipOf(role),
    message: `The router's table (${name}) says that DHCP tried to lease ${what} and found that another machine answers for it.`,
    remedy:
      'Shrink the DHCP range so that it leaves out the pool. The next client may not check before it uses the address.',
  };
}
