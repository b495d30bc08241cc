// One store for each kind.
import { trimAdvertisement, trimL2Advertisement } from './advertisement.ts';
import { trimAgent } from './agent.ts';
import { Interning } from './interning.ts';
import { trimNode } from './node.ts';
import { trimPool } from './pool.ts';
import { type EndpointSliceObject, trimEndpointSlice, trimService } from './service.ts';
import { trimSpeaker } from './speaker.ts';
import { type L2StatusObject, trimL2Status } from './status.ts';
import { Store } from './store.ts';

/** Told object by object; of the other kinds it is enough to know that something changed. */
interface Listeners {
  readonly serviceChanged: (key: string) => void;
  readonly sliceChanged: (before: EndpointSliceObject | null, after: EndpointSliceObject | null) => void;
  readonly statusChanged: (before: L2StatusObject | null, after: L2StatusObject | null) => void;
}

export function makeStores({ serviceChanged, sliceChanged, statusChanged }: Listeners) {
  const interning = new Interning();
  return {
    services: new Store(trimService, interning, (before, after) => serviceChanged((after ?? before!).key)),
    endpointSlices: new Store(trimEndpointSlice, interning, sliceChanged),
    nodes: new Store(trimNode, interning),
    pools: new Store(trimPool, interning),
    l2Advertisements: new Store(trimL2Advertisement, interning),
    bgpAdvertisements: new Store(trimAdvertisement, interning),
    l2Statuses: new Store(trimL2Status, interning, statusChanged),
    speakers: new Store(trimSpeaker, interning),
    helmSpeakers: new Store(trimSpeaker, interning),
    agents: new Store(trimAgent, interning),
  };
}
