// What this agent's own questions were answered, as the ledger has it: for whoever asks them.
import type { Micros } from '../../base/time.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Owner } from '../lan/claims.ts';
import type { LanContext } from '../lan/context.ts';
import type { LanSettings } from '../lan/settings.ts';
import { isVrrp } from '../lan/virtual-mac.ts';
import type { AddressLog } from '../ledger/address-log.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { ownerForClients } from '../ledger/owner.ts';
import { lastClaim, latestAnswer, soleClaim } from '../ledger/reading.ts';
import type { ClaimRun, QuestionRun, Run } from '../ledger/run.ts';
import { isHeldByNodes } from './held-by-nodes.ts';

/** The latest that this agent asked for an address. */
export interface OwnQuestion {
  readonly at: Micros;
  /** Whom alone it was put to; null: everybody. */
  readonly polled: Mac | null;
  /** Null: not answered so far, by anyone whose answers count. */
  readonly answer: Answer | null;
}

export interface Rival {
  readonly at: Micros;
  /** The names of nodes, or their MACs. */
  readonly holder: string;
  readonly machine: string;
}

export interface Answer {
  readonly at: Micros;
  readonly mac: Mac;
}

interface AnswersContext extends Pick<LanContext, 'index' | 'claims'> {
  readonly settings: LanSettings;
  readonly ledger: Ledger;
}

/** What is asked on several segments at once. */
const ASKED_TOGETHER: Micros = 10_000;
/** Before whatever was asked. */
const UNHEARD: Micros = 0;

export class Answers {
  readonly #context: AnswersContext;

  constructor(context: AnswersContext) {
    this.#context = context;
  }

  /** Undefined: none, or none since this node announces the address itself. */
  question(ip: IpAddress): OwnQuestion | undefined {
    let latest: QuestionRun | undefined;
    for (const [, { runs }] of this.#context.ledger.everywhere(ip)) {
      const run = latestOwn(runs);
      if (run && (!latest || run.last > latest.last)) latest = run;
    }
    if (!latest) return undefined;
    let answer: Answer | null = null;
    for (const [, log] of this.#context.ledger.everywhere(ip)) {
      const run = latestOwn(log.runs);
      if (!run || run.answeredAt === null || latest.last - run.last > ASKED_TOGETHER) continue;
      const mac = this.#firstThatCounts(run.latestAnswerers, ip, log);
      if (mac !== undefined && (answer === null || run.answeredAt < answer.at))
        answer = { at: run.answeredAt, mac };
    }
    return { at: latest.last, polled: latest.polled, answer };
  }

  #firstThatCounts(macs: readonly Mac[], ip: IpAddress, log: AddressLog): Mac | undefined {
    for (const mac of macs) if (this.#counts(ip, log, mac)) return mac;
    return undefined;
  }

  /** The latest answer of anyone whose answers count, or claim of this node; null: none. */
  latest(ip: IpAddress): Answer | null {
    let latest: Answer | null = null;
    for (const [, log] of this.#context.ledger.everywhere(ip)) {
      const run = latestAnswer(log, (mac) => this.#counts(ip, log, mac));
      if (run && (latest === null || run.last > latest.at)) latest = { at: run.last, mac: run.who };
    }
    return latest;
  }

  /**
   * Who holds an address on a segment, by the latest claim: since when nobody need be asked who else might. Where the ledger
   * has none, whoever was last heard to claim it before it began. A node holds its own address, heard or not: whoever claims it
   * as well is not to be asked instead. Null: nobody is known.
   */
  holderOn(ip: IpAddress, segment: string): Answer | null {
    const role = this.#context.index.roleOf(ip);
    if (role.kind === 'node') {
      const own = this.#heardOn(ip, segment, ({ mac }) => this.#context.index.isOwnMac(mac, role.node));
      if (own) return own;
      const mac = this.#context.index.macAt(ip, role.node);
      if (mac !== undefined) return { at: UNHEARD, mac };
    }
    for (const [{ name }, log] of this.#context.ledger.everywhere(ip)) {
      if (name !== segment) continue;
      const run = this.#holderIn(ip, log);
      if (run) return { at: run.last, mac: run.who };
    }
    const holds = ({ mac, announcement, reply }: Owner) =>
      announcement + reply > 0 && this.#counts(ip, null, mac);
    return this.#heardOn(ip, segment, holds);
  }

  #holderIn(ip: IpAddress, log: AddressLog): ClaimRun | undefined {
    const sole = soleClaim(log);
    return sole && this.#counts(ip, log, sole.who) ? sole : this.#lastThatCounts(ip, log);
  }

  #lastThatCounts(ip: IpAddress, log: AddressLog): ClaimRun | undefined {
    return lastClaim(log, (mac) => this.#counts(ip, log, mac));
  }

  /** By what is remembered of claims, for longer than the ledger has them. */
  #heardOn(ip: IpAddress, segment: string, holds: (owner: Owner) => boolean): Answer | null {
    let latest: Answer | null = null;
    for (const { segment: where, owners } of this.#context.claims.everywhere(ip)) {
      if (where.name !== segment) continue;
      for (const owner of owners) {
        if (latest !== null && owner.lastSeen <= latest.at) continue;
        if (holds(owner)) latest = { at: owner.lastSeen, mac: owner.mac };
      }
    }
    return latest;
  }

  /** The latest claim by another machine than the holder, whoever that is; null: none. */
  rivalOf(ip: IpAddress): Rival | null {
    let latest: Rival | null = null;
    for (const [, log] of this.#context.ledger.everywhere(ip)) {
      const rival = soleClaim(log) ? null : this.#rivalIn(ip, log);
      if (rival && (latest === null || rival.at > latest.at)) latest = rival;
    }
    return latest;
  }

  #rivalIn(ip: IpAddress, log: AddressLog): Rival | null {
    const holder = this.#lastThatCounts(ip, log);
    if (!holder) return null;
    const machine = this.#machineOf(holder.who);
    const rival = lastClaim(log, (mac) => this.#machineOf(mac) !== machine);
    return rival ? { at: rival.last, holder: machine, machine: this.#machineOf(rival.who) } : null;
  }

  #machineOf(mac: Mac): string {
    return this.#context.index.nodeOf(mac)?.name ?? mac;
  }

  /** Nobody else's answers come here then. */
  isAnnouncedHere(ip: IpAddress): boolean {
    const { ledger } = this.#context;
    if (!ledger.announcesAny) return false;
    for (const [, log] of ledger.everywhere(ip)) if (ledger.isAnnouncedHere(log)) return true;
    return false;
  }

  /** It is a node's own address. */
  isNodes(ip: IpAddress): boolean {
    return this.#context.index.roleOf(ip).kind === 'node';
  }

  /** This node leaves another's question for it open. */
  isLeftOpen(ip: IpAddress): boolean {
    return this.#context.ledger.isLeftOpen(ip);
  }

  /** Whom the clients on a segment take for the owner of an address; undefined: nobody is known. */
  ownerOn(ip: IpAddress, segment: string): Mac | undefined {
    for (const [{ name }, log] of this.#context.ledger.everywhere(ip))
      if (name === segment) return ownerForClients(log, (mac) => this.#counts(ip, log, mac));
    return undefined;
  }

  /**
   * While only another machine answers for a VIP, its announcer's gap is still to be measured; a VRRP MAC may be the nodes'
   * own.
   */
  #counts(ip: IpAddress, log: AddressLog | null, mac: Mac): boolean {
    const { index } = this.#context;
    if (!index.knowsNodes || index.isOfNodes(mac) || index.roleOf(ip).kind !== 'vip') return true;
    return log !== null && isVrrp(mac) && this.#isOfNoNode(log, mac);
  }

  #isOfNoNode(log: AddressLog, mac: Mac): boolean {
    const last = lastClaim(log, (one) => one === mac)?.last;
    return last !== undefined && !isHeldByNodes(log, last, this.#context);
  }
}

function latestOwn(runs: readonly Run[]): QuestionRun | undefined {
  for (let i = runs.length - 1; i >= 0; i -= 1) {
    const run = runs[i]!;
    if (run.kind === 'asked' && run.who === null && !run.isImplied) return run.isHeard ? run : undefined;
  }
  return undefined;
}
