// One store for each kind.
import { trimAdvertisement, trimL2Advertisement } from './advertisement.ts';
import { trimAgent } from './agent.ts';
import { trimNode } from './node.ts';
import { trimPool } from './pool.ts';
import { type EndpointSliceObject, trimEndpointSlice, trimService } from './service.ts';
import { SharedText } from './shared-text.ts';
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
  const texts = new SharedText();
  const share = (text: string) => texts.share(text);
  return {
    services: new Store(trimService, share, (before, after) => serviceChanged((after ?? before!).key)),
    endpointSlices: new Store(trimEndpointSlice, share, sliceChanged),
    nodes: new Store(trimNode, share),
    pools: new Store(trimPool, share),
    l2Advertisements: new Store(trimL2Advertisement, share),
    bgpAdvertisements: new Store(trimAdvertisement, share),
    l2Statuses: new Store(trimL2Status, share, statusChanged),
    speakers: new Store(trimSpeaker, share),
    helmSpeakers: new Store(trimSpeaker, share),
    agents: new Store(trimAgent, share),
  };
}
