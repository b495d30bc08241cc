// Judges the takeovers: each is one, each is told, and each gap lies within what is said of it.
import { MILLISECOND, type Micros, SECOND } from '../../../src/base/time.ts';
import { type Ipv4, ipv4Number, isIpv4 } from '../../../src/net/address.ts';
import type { Takeover } from '../../../src/watch/takeover/takeover.ts';
import { announcementOf } from '../world.ts';
import { type Answering, isAlone, type Span } from './answering.ts';
import type { Complaint } from './complaint.ts';
import type { Played, Said } from './play.ts';
import { causeOf, lengthOf, wasOrdinary } from './rights.ts';

/** What a cable and a kernel take, there and back. */
const ON_CABLE = 5 * MILLISECOND;
/** A frame waits for a dozing station, or is lost with the next one. */
const ON_BAD_LINKS = 1_300 * MILLISECOND;
/** By the first announcement, or where nobody announces, by the next question. */
const NOTICED_WITHIN = 1_600 * MILLISECOND;
/** The usual interval, and that of a VIP that is pursued, with what timers are late. */
const KNOWN_TO = 1_250 * MILLISECOND;
/** After so long in vain everybody is asked less often: */
const FAST_FOR = 10 * SECOND;
/** Of two agents one is the old owner's, which asks like the other only once others' questions stay open. */
const OWNER_ASKS_LATER = 500 * MILLISECOND;
const RARELY_ASKED = 600 * MILLISECOND;
/** Of two cards another one may answer than the one that is polled: who took that for a late answer waits for so much longer. */
const WAITED_FOR = 200 * MILLISECOND;
/** The lowest of those that fall silent together is asked for first. */
const OTHERS_LATER = 1_500 * MILLISECOND;
const YIELDS_WITHIN = 6 * SECOND;
/** An owner for less is no owner. */
const OWNED_FOR = 12 * SECOND;
const SETTLED_FOR = 20 * SECOND;

export function judgeTakeovers(played: Played, vips: readonly Answering[]): Complaint[] {
  return vips.flatMap((answering) => {
    const { ip } = answering;
    const told = played.said.filter(({ event }) => event.type === 'takeover' && event.takeover.ip === ip);
    return [
      ...told.flatMap((said) => wrong(played, answering, said)),
      ...missed(played, answering, told),
      ...vague(played, answering, told),
    ];
  });
}

function takeoverOf({ event, ahead }: Said): Takeover & { readonly ahead: Micros } {
  if (event.type !== 'takeover') throw new TypeError('This tells of no takeover');
  return { ...event.takeover, at: event.takeover.at - ahead, lastOld: event.takeover.lastOld - ahead, ahead };
}

function wrong(played: Played, answering: Answering, said: Said): Complaint[] {
  const { agent } = said;
  const takeover = takeoverOf(said);
  const { at, lastOld, from, to } = takeover;
  const slack = slackOf(played);
  const complain = (what: 'false' | 'gap', text: string): Complaint[] => [
    {
      what,
      agent,
      at: said.at,
      subject: what === 'gap' ? `takeover gap` : 'takeover',
      ip: answering.ip,
      because: causeOf(played, { from: at, until: said.at }),
      text,
    },
  ];
  const begins = answering.of(to.node, agent).findLast((span) => span.from <= at + slack);
  const before = answering.of(from.node, agent).findLast((span) => span.from <= lastOld + slack);
  const name = `${from.node} to ${to.node}`;
  if (!begins || begins.until < at - slack) return complain('false', `${name}: ${to.node} does not answer`);
  if (!before) return complain('false', `${name}: ${from.node} never answered`);
  const answersOn = before.until > at + YIELDS_WITHIN && before.until >= said.at;
  // Where both answer, who has yielded shows by questions and answers, of which a bad link loses some.
  const isUncertain = [agent, from.node, to.node].some((node) => hasBadLink(played, node));
  if (answersOn) return isUncertain ? [] : complain('false', `${name}: ${from.node} answers on`);
  const hasYielded = begins.until < before.until - YIELDS_WITHIN;
  if (hasYielded && !isUncertain)
    return complain('false', `${name}: ${to.node} had ended long before ${from.node} did`);
  const isAnnounced =
    !goesOnAt(played, begins.from) &&
    played.notes.some(
      (note) => note.at === begins.from && note.what === announcementOf(to.node, answering.ip),
    );
  const isHeard = isAnnounced && wasAwake(played, agent, { from: begins.from - SECOND, until: at });
  if (isHeard && at - begins.from > NOTICED_WITHIN + slack)
    return complain('gap', `${name}: is dated ${seconds(at - begins.from)} too late`);
  const between = { from: before.until, until: begins.from };
  const deaf = wasCutOff(played, agent, { from: lastOld, until: at });
  return wrongLength(answering, agent, takeover, between, slack, deaf).flatMap((text) =>
    complain('gap', `${name}: ${text}`),
  );
}

/** A speaker that was stopped goes on without announcing anything. */
function goesOnAt({ scenario, from }: Played, moment: Micros): boolean {
  return scenario.actions.some(
    ({ kind, at, lasts }) => kind === 'stop-speaker' && from + at + lasts === moment,
  );
}

/** Where two nodes are all there is, the other's end and one's own are the same silence. */
function wasCutOff({ moments }: Played, agent: string, { from, until }: Span): boolean {
  return moments.some(
    ({ at, sides }, i) =>
      at <= until && (moments[i + 1]?.at ?? Number.POSITIVE_INFINITY) > from && isAlone(agent, sides),
  );
}

/** @param true_ from when the old one ended to when the new one began. */
function wrongLength(
  answering: Answering,
  agent: string,
  { gapMs, uncertaintyMs, overlapMs }: Takeover,
  between: Span,
  slack: Micros,
  isDeaf: boolean,
): string[] {
  const gap = gapMs * MILLISECOND;
  const least = gap - uncertaintyMs * MILLISECOND;
  const overlap = overlapMs * MILLISECOND;
  const silent = lengthOf(between) > 0 ? answering.silenceIn(between, agent) : 0;
  if (silent > gap + slack)
    return [`nobody answered for ${seconds(silent)}, and it says ${seconds(gap)} at most`];
  if (!isDeaf && Math.max(0, lengthOf(between)) < least - slack)
    return [
      `nobody answered for ${seconds(Math.max(0, lengthOf(between)))}, and it says ${seconds(least)} at least`,
    ];
  if (overlap > Math.max(0, -lengthOf(between)) + slack)
    return [`both answered for ${seconds(Math.max(0, -lengthOf(between)))}, and it says ${seconds(overlap)}`];
  return [];
}

/** One owner for long, then another one for long: somebody must have seen it. */
function missed(played: Played, answering: Answering, told: readonly Said[]): Complaint[] {
  const owners = answering.owners(null).filter((span) => lengthOf(span) >= OWNED_FOR);
  return owners.flatMap((owner, i): Complaint[] => {
    const next = owners[i + 1];
    if (!next || next.host === owner.host || lengthOf(next) < SETTLED_FOR) return [];
    const around = { from: owner.until - OWNED_FOR, until: next.from + SETTLED_FOR };
    if (!wasOrdinary(played, answering.ip, around)) return [];
    // It is dated by when the new one began, which both may have answered since.
    const began = answering.of(next.host, null).find(({ until }) => until > next.from)?.from ?? next.from;
    const isTold = told
      .map(takeoverOf)
      .some(
        ({ to, at }) =>
          to.node === next.host && at >= began - YIELDS_WITHIN && at <= next.from + YIELDS_WITHIN,
      );
    if (isTold) return [];
    return [
      {
        what: 'missed',
        agent: null,
        at: next.from + SETTLED_FOR,
        subject: 'takeover',
        ip: answering.ip,
        because: causeOf(played, { from: owner.until, until: next.from }),
        text: `nobody tells that ${next.host} took it over from ${owner.host}`,
      },
    ];
  });
}

/** Of VIPs that fall silent together the lowest is asked for first, and the others as often as the budget allows. */
function knownTo(played: Played, ip: Ipv4, { at, from, gapMs }: Takeover): Micros {
  const isFirst = !played.said.some(({ event, ahead }) => {
    if (event.type !== 'takeover' || !isIpv4(event.takeover.ip)) return false;
    const { takeover } = event;
    const isTogether = Math.abs(takeover.at - ahead - at) < YIELDS_WITHIN && takeover.from.node === from.node;
    return isTogether && ipv4Number(takeover.ip as Ipv4) < ipv4Number(ip);
  });
  const isLong = gapMs * MILLISECOND > FAST_FOR;
  const areTwo = played.plan.nodes.filter(({ agent }) => agent !== null).length <= 2;
  const isSlow = played.scenario.actions.some(({ kind }) => kind === 'bond-alb' || kind === 'two-cards');
  return (
    KNOWN_TO +
    (isFirst ? 0 : OTHERS_LATER) +
    (isLong ? RARELY_ASKED : 0) +
    (isSlow ? WAITED_FOR : 0) +
    (areTwo ? OWNER_ASKS_LATER : 0)
  );
}

/** Whoever asks for a VIP knows its gap to `knownTo`: at least one agent does. */
function vague(played: Played, answering: Answering, told: readonly Said[]): Complaint[] {
  const { ip } = answering;
  const failovers = told.filter(
    ({ event }) => event.type === 'takeover' && event.takeover.class === 'failover',
  );
  return failovers.flatMap((said): Complaint[] => {
    const { at, to, uncertaintyMs, lastOld } = takeoverOf(said);
    if (hasBadLink(played, said.agent)) return [];
    // It answered all along: who lost the VIP to it did not hear that, and there was no gap to be known.
    if (answering.of(to.node, null).some((span) => span.from < lastOld && span.until >= at)) return [];
    const around = { from: lastOld - OWNED_FOR, until: at + SETTLED_FOR };
    const alike = failovers
      .map(takeoverOf)
      .filter((other) => other.to.node === to.node && Math.abs(other.at - at) < YIELDS_WITHIN);
    const best = Math.min(...alike.map((other) => other.uncertaintyMs)) * MILLISECOND;
    if (best <= knownTo(played, ip, takeoverOf(said)) + slackOf(played) || best < uncertaintyMs * MILLISECOND)
      return [];
    if (!wasOrdinary(played, ip, around) || at - lastOld < KNOWN_TO) return [];
    return [
      {
        what: 'gap',
        agent: said.agent,
        at: said.at,
        subject: 'takeover uncertainty',
        ip,
        because: causeOf(played, around),
        text: `knows the gap only to ${seconds(best)}, and nobody knows it better`,
      },
    ];
  });
}

function wasAwake({ moments }: Played, agent: string, { from, until }: Span): boolean {
  return moments.every(({ at, awake }) => at < from || at > until || awake.has(agent));
}

function slackOf(played: Played): Micros {
  return hasBadLink(played) ? ON_BAD_LINKS : ON_CABLE;
}

/** @param node undefined: any. */
function hasBadLink({ scenario }: Played, node?: string): boolean {
  return scenario.actions.some(
    ({ kind, who }) => (kind === 'noise' || kind === 'wifi-node') && (node === undefined || who === node),
  );
}

function seconds(micros: Micros): string {
  return `${(micros / SECOND).toFixed(3)} s`;
}
