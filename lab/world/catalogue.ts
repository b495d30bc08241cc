// Everything that can happen in a world: one row a kind.
import type { ActionKind } from './actions.ts';
import {
  multicastMacOnVip,
  quietStrangerOnVip,
  secondCluster,
  strangerInPool,
  strangerOnVip,
} from './catalogue/addresses.ts';
import { apiAway, apiLate, crashAgent, restartAgent, stallAgent, stepClock } from './catalogue/agents.ts';
import {
  clones,
  comesFromElsewhere,
  leaseInPool,
  leaseOnVip,
  nakByAnother,
  rogueServer,
  sleepProxy,
} from './catalogue/leases.ts';
import {
  nodeAddressTaken,
  nodeTakesNodesAddress,
  partition,
  powerCut,
  pullCable,
  rebuildNode,
} from './catalogue/nodes.ts';
import {
  deleteService,
  excludeNode,
  leftOnOldNode,
  moveEndpoint,
  resync,
  strayAddress,
} from './catalogue/services.ts';
import {
  crashLoop,
  crashLoopAlone,
  crashSpeaker,
  killAllSpeakers,
  killSpeaker,
  muteSpeaker,
  muteSpeakerAnnounces,
  restartSpeaker,
  silenceSpeaker,
  staleSpeaker,
  stopSpeaker,
} from './catalogue/speakers.ts';
import { noise, phoneChangesMac, phoneLeaves, phoneSleeps } from './catalogue/stations.ts';
import {
  behindExtender,
  bondAlb,
  fewAgents,
  gatewayInPool,
  proxyArp,
  twoCards,
  vrrpOnNodes,
  wifiNode,
} from './catalogue/traits.ts';

export const CATALOGUE = {
  'wifi-node': wifiNode,
  'few-agents': fewAgents,
  'bond-alb': bondAlb,
  'behind-extender': behindExtender,
  'two-cards': twoCards,
  'gateway-in-pool': gatewayInPool,
  'vrrp-on-nodes': vrrpOnNodes,

  'phone-leaves': phoneLeaves,
  'phone-sleeps': phoneSleeps,
  'phone-changes-mac': phoneChangesMac,
  'comes-from-elsewhere': comesFromElsewhere,
  'sleep-proxy': sleepProxy,
  noise,
  resync,
  'delete-service': deleteService,
  'crash-agent': crashAgent,
  'restart-agent': restartAgent,
  'stall-agent': stallAgent,
  'step-clock': stepClock,
  'api-late': apiLate,
  'api-away': apiAway,

  'kill-speaker': killSpeaker,
  'crash-speaker': crashSpeaker,
  'restart-speaker': restartSpeaker,
  'stop-speaker': stopSpeaker,
  'power-cut': powerCut,
  'rebuild-node': rebuildNode,
  'exclude-node': excludeNode,
  'move-endpoint': moveEndpoint,

  'silence-speaker': silenceSpeaker,
  'mute-speaker': muteSpeaker,
  'mute-speaker-announces': muteSpeakerAnnounces,
  'kill-all-speakers': killAllSpeakers,
  'crash-loop': crashLoop,
  'crash-loop-alone': crashLoopAlone,
  'stale-speaker': staleSpeaker,
  'pull-cable': pullCable,
  partition,
  'node-address-taken': nodeAddressTaken,
  'node-takes-nodes-address': nodeTakesNodesAddress,
  'stray-address': strayAddress,
  'left-on-old-node': leftOnOldNode,
  'stranger-on-vip': strangerOnVip,
  'quiet-stranger-on-vip': quietStrangerOnVip,
  'stranger-in-pool': strangerInPool,
  'second-cluster': secondCluster,
  'multicast-mac-on-vip': multicastMacOnVip,
  'lease-on-vip': leaseOnVip,
  'nak-by-another-server': nakByAnother,
  clones,
  'lease-in-pool': leaseInPool,
  'rogue-dhcp-server': rogueServer,
  'proxy-arp': proxyArp,
} as const satisfies Readonly<Record<string, ActionKind>>;

export type ActionName = keyof typeof CATALOGUE;
export const ACTION_NAMES = Object.keys(CATALOGUE) as ActionName[];
