// The ledger of a LAN whose frames need not be made: what was asked, answered and announced there, for those that ask.
import type { Micros } from '../../src/base/time.ts';
import { IntentIndex } from '../../src/intent/index.ts';
import { EMPTY_INTENT, type Intent } from '../../src/intent/intent.ts';
import type { IpAddress, Mac } from '../../src/net/address.ts';
import type { ClaimKind } from '../../src/net/claim.ts';
import { ClaimsTable } from '../../src/watch/lan/claims.ts';
import { Segments } from '../../src/watch/lan/segment.ts';
import { LAN_DEFAULTS } from '../../src/watch/lan/settings.ts';
import { Ledger } from '../../src/watch/ledger/ledger.ts';
import { Answers } from '../../src/watch/takeover/answers.ts';

const SEGMENTS = new Segments(() => {});

export class LedgerOfLan {
  readonly ledger = new Ledger();
  readonly answers: Answers;
  readonly #own: Mac;

  /** @param own of the node that asks. */
  constructor(own: Mac, intent: Intent = EMPTY_INTENT) {
    this.#own = own;
    const index = new IntentIndex(intent, null, { addresses: [], macs: [], networks: [] }, 0);
    const claims = new ClaimsTable(LAN_DEFAULTS.maxClaims, index);
    this.answers = new Answers({ index, claims, ledger: this.ledger, settings: LAN_DEFAULTS });
  }

  asked(ip: IpAddress, device: string, at: Micros, polled: Mac | null = null): void {
    const log = this.ledger.of(ip, SEGMENTS.ofLink({ interface: device, vlan: null }));
    if (!this.ledger.isAnnouncedHere(log)) log.asked(null, true, at, polled);
  }

  seen(ip: IpAddress, device: string, mac: Mac, kind: ClaimKind, at: Micros): void {
    const isAnswer = kind === 'reply';
    const said = isAnswer ? 'answered' : 'announced';
    const how = {
      isToOwn: isAnswer,
      isOwn: mac === this.#own,
      isNode: true,
      half: isAnswer ? null : ('request-half' as const),
    };
    const entry = { kind: said, ip, mac, to: isAnswer ? this.#own : null, ...how } as const;
    this.ledger.claimed(entry, SEGMENTS.ofLink({ interface: device, vlan: null }), at);
  }
}
