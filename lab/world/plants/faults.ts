// Faults to be planted in the rules, one by one: what each edit breaks. A net that lets one of them through has a hole.

export interface Fault {
  readonly what: string;
  /** Below src/. */
  readonly file: string;
  /** Stands there once. */
  readonly find: string;
  readonly replace: string;
}

export const FAULTS: readonly Fault[] = [
  {
    what: 'silence is told after half the time',
    file: 'watch/detect/settings.ts',
    find: 'unansweredGrace: 15 * SECOND',
    replace: 'unansweredGrace: 7 * SECOND',
  },
  {
    what: 'silence is told after twice the time',
    file: 'watch/detect/settings.ts',
    find: 'unansweredGrace: 15 * SECOND',
    replace: 'unansweredGrace: 30 * SECOND',
  },
  {
    what: 'what is announced counts as answered',
    file: 'watch/ledger/reading.ts',
    find: "    if (run.kind === 'announced' && !run.isOwn) continue;\n    if ((!latest",
    replace: '    if ((!latest',
  },
  {
    what: 'who is cut off takes itself for the LAN',
    file: 'watch/detect/silent-vip.ts',
    find: 'return !this.#context.claims.isHeard(',
    replace: 'return false && this.#context.claims.isHeard(',
  },
  {
    what: "a node takes its own VIP's silence for a silence",
    file: 'watch/takeover/vips.ts',
    find: 'const isHeard = !this.#context.ledger.isAnnouncedHere(log);',
    replace: 'const isHeard = true;',
  },
  {
    what: 'two announcers may overlap for half the time only',
    file: 'watch/takeover/settings.ts',
    find: 'handoverGrace: 5 * SECOND',
    replace: 'handoverGrace: 2.5 * SECOND',
  },
  {
    what: 'who answered alone is turned round',
    file: 'watch/ledger/reading.ts',
    find: 'if (run.last <= silentSince) continue;',
    replace: 'if (run.last >= silentSince) continue;',
  },
  {
    what: 'a pause begins no new span of answers',
    file: 'watch/ledger/reading.ts',
    find: 'if (since !== undefined && since - last > silence) break;',
    replace: '',
  },
  {
    what: 'a VIP that falls silent is not pursued',
    file: 'probe/pursuits.ts',
    find: 'const PURSUIT_INTERVAL = 50 * MILLISECOND;',
    replace: 'const PURSUIT_INTERVAL = 5 * SECOND;',
  },
  {
    what: 'which failover is slow is turned round',
    file: 'watch/detect/announcers.ts',
    find: 'takeover.gapMs * MILLISECOND > maxGap',
    replace: 'takeover.gapMs * MILLISECOND < maxGap',
  },
  {
    what: 'a VIP flaps that went and came back',
    file: 'watch/detect/settings.ts',
    find: 'flappingLimit: 3,',
    replace: 'flappingLimit: 1,',
  },
  {
    what: 'the API has no time to notice a dead node',
    file: 'watch/detect/settings.ts',
    find: 'electionGrace: 2 * MINUTE',
    replace: 'electionGrace: 10 * SECOND',
  },
  {
    what: 'a split brain lasts on after it is over',
    file: 'watch/finding/kinds.ts',
    find: "    severity: 'critical',\n    quiet: 30 * SECOND,",
    replace: "    severity: 'critical',\n    quiet: 5 * MINUTE,",
  },
  {
    what: 'a stranger on a VIP is told on long after it left',
    file: 'watch/finding/kinds.ts',
    find: "    severity: 'critical',\n    quiet: MINUTE,",
    replace: "    severity: 'critical',\n    quiet: 10 * MINUTE,",
  },
  {
    what: 'no time to learn whose MACs are which',
    file: 'watch/detect/settings.ts',
    find: 'nodeMacGrace: 30 * SECOND',
    replace: 'nodeMacGrace: 0',
  },
  {
    what: "a DHCP server's silence of half a second is consent",
    file: 'watch/lan/settings.ts',
    find: 'consentAfter: 10 * SECOND',
    replace: 'consentAfter: SECOND / 2',
  },
  {
    what: 'the expected DHCP server is a rogue, too',
    file: 'watch/detect/rogue-dhcp-server.ts',
    find: "if (expected) return dismiss('expected-dhcp-server');",
    replace: '',
  },
  {
    what: 'no MAC of an address is ever forgotten',
    file: 'watch/lan/claims.ts',
    find: 'if (address.owners.length >= MAX_OWNERS) {',
    replace: 'if (address.owners.length < 0) {',
  },
  {
    what: 'a flood of culprits is told one by one',
    file: 'watch/finding/places.ts',
    find: 'own.size >= MAX_CULPRITS',
    replace: 'own.size >= 1_000_000',
  },
  {
    what: 'no DHCP server is ever forgotten',
    file: 'watch/lan/dhcp-servers.ts',
    find: 'if (servers && servers.size >= MAX_SERVERS && !this.#forgetOneOf(servers)) return undefined;',
    replace: '',
  },
];
