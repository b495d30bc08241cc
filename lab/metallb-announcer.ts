// Announces VIPs on eth0 as MetalLB's speaker does. A program of its own, as a packet socket belongs to the network
// namespace of its process. Commands are lines on standard input: `announce IP`, `withdraw IP`, `answer-and-withdraw IP` (once it
// is asked), `resync`. What it does goes out as JSON lines, {@link AnnouncerLine}. With `--mute` it announces and never answers.
import { createInterface } from 'node:readline';
import { MILLISECOND, toIso } from '../src/base/time.ts';
import { chooseInterfaces } from '../src/host/capture/interfaces.ts';
import { LiveCapture } from '../src/host/capture/live-capture.ts';
import { Clock, systemClocks } from '../src/host/clock.ts';
import { type IpAddress, type Ipv6, isIpv4, isLinkLocal, parseIp } from '../src/net/address.ts';
import type { CapturedFrame } from '../src/net/frame.ts';
import { Bursts } from './gratuitous-bursts.ts';
import { answerTo, gratuitousRound, type SpeakerInterface } from './metallb-speaker.ts';

export type AnnouncerLine = { readonly at: string } & (
  | { readonly say: 'ready' }
  /** One gratuitous round was sent. */
  | { readonly say: 'announced'; readonly ip: string; readonly frames: number }
  | { readonly say: 'answered'; readonly ip: string }
  /** It answers no more; nothing is sent to say so. */
  | { readonly say: 'withdrawn'; readonly ip: string }
);
type Saying = AnnouncerLine extends infer Line ? (Line extends unknown ? Omit<Line, 'at'> : never) : never;

const INTERFACE = 'eth0';
const clock = new Clock(systemClocks());
const isMute = process.argv.includes('--mute');
const announced = new Set<IpAddress>();
/** Of these, what it answers for once more. */
const leaving = new Set<IpAddress>();
const bursts = new Bursts({
  now: () => clock.now(),
  wait: (callBack, time) => {
    const timer = setTimeout(callBack, time / MILLISECOND);
    return () => clearTimeout(timer);
  },
  round: (vip) => {
    if (announced.has(vip)) sendRound(vip);
  },
});

const capture = new LiveCapture({
  choose: (all) => chooseInterfaces(all, [INTERFACE]),
  clock,
  handler: answer,
  onBatch: () => {},
  onChange: () => {},
  onError: (error) => {
    throw error;
  },
});
say({ say: 'ready' });

for await (const line of createInterface({ input: process.stdin })) {
  const [command, text = ''] = line.split(' ');
  const ip = parseIp(text);
  if (command === 'announce' && ip) announce(ip);
  else if (command === 'withdraw' && ip) withdraw(ip);
  else if (command === 'answer-and-withdraw' && ip) leaving.add(ip);
  else if (command === 'resync') announced.forEach(announce);
  else
    throw new Error(
      `Cannot carry out "${line}": expected announce IP, withdraw IP, answer-and-withdraw IP or resync`,
    );
}
bursts.stop();
await capture.close();

/** As the speaker does at every change of a Service or of the cluster, even when it announces the VIP already. */
function announce(vip: IpAddress): void {
  announced.add(vip);
  bursts.begin(vip);
}

function withdraw(vip: IpAddress): void {
  announced.delete(vip);
  leaving.delete(vip);
  say({ say: 'withdrawn', ip: vip });
}

function sendRound(vip: IpAddress): void {
  const { own, link } = ownInterface();
  const frames = gratuitousRound(vip, own);
  for (const frame of frames) capture.send(link, frame);
  say({ say: 'announced', ip: vip, frames: frames.length });
}

function answer(frame: CapturedFrame): void {
  // The speaker's socket doesn't see what its own host sends.
  if (frame.outgoing || isMute) return;
  const { own, link } = ownInterface();
  const reply = answerTo(frame.bytes, frame.start, frame.end, own, (ip) => announced.has(ip));
  if (!reply) return;
  capture.send(link, reply.frame);
  say({ say: 'answered', ip: reply.vip });
  if (leaving.has(reply.vip)) withdraw(reply.vip);
}

function ownInterface() {
  const captured = capture.captured()[0];
  const mac = captured?.info.mac;
  if (!captured || !mac) throw new Error(`Cannot announce: ${INTERFACE} is gone`);
  const addresses = captured.info.addresses.map((address) => address.ip);
  const linkLocal = addresses.find((ip): ip is Ipv6 => !isIpv4(ip) && isLinkLocal(ip)) ?? null;
  const own: SpeakerInterface = { mac, linkLocal };
  return { own, link: captured.link };
}

function say(line: Saying): void {
  process.stdout.write(`${JSON.stringify({ at: toIso(clock.toWall(clock.now())), ...line })}\n`);
}
