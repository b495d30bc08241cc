// The file of each rule.
import type { RuleId } from './catalogue.ts';
import { configInvalid } from './config-invalid.ts';
import { dhcpServers } from './dhcp-servers.ts';
import { excludedNodes } from './excluded-nodes.ts';
import { forgottenIp } from './forgotten-ip.ts';
import { fsgroupBreaksAcme } from './fsgroup-breaks-acme.ts';
import { hostNetworkBehindVip } from './host-network-behind-vip.ts';
import { ipvsWithoutStrictArp } from './ipvs-without-strict-arp.ts';
import { memberlistBlocked } from './memberlist-blocked.ts';
import { metallbUpgradeSplit } from './metallb-upgrade-split.ts';
import { metallbVersion } from './metallb-version.ts';
import { multiAttachNow } from './multi-attach-now.ts';
import { noAdvertisement } from './no-advertisement.ts';
import { noInterface } from './no-interface.ts';
import { nonRootOldFiles } from './non-root-old-files.ts';
import { oneEndpointNode } from './one-endpoint-node.ts';
import { pdbBlocksDrain } from './pdb-blocks-drain.ts';
import { pinnedToNode } from './pinned-to-node.ts';
import { poolAddressInUse } from './pool-address-in-use.ts';
import { poolAddressLeased } from './pool-address-leased.ts';
import { poolHasGateway } from './pool-has-gateway.ts';
import { poolHasNode } from './pool-has-node.ts';
import { poolInDhcpRange } from './pool-in-dhcp-range.ts';
import { poolOffSubnet } from './pool-off-subnet.ts';
import { poolTooSmall } from './pool-too-small.ts';
import { poolsOverlap } from './pools-overlap.ts';
import { rwoFailover } from './rwo-failover.ts';
import { rwoRollout } from './rwo-rollout.ts';
import { servicelbOn } from './servicelb-on.ts';
import { singleCandidate } from './single-candidate.ts';
import { slowEviction } from './slow-eviction.ts';
import { speakerMissing } from './speaker-missing.ts';
import { statusFromOther } from './status-from-other.ts';
import { twoLoadBalancers } from './two-load-balancers.ts';
import type { Judge } from './verdict.ts';
import { volumePinned } from './volume-pinned.ts';
import { wrongNamespace } from './wrong-namespace.ts';

export const JUDGES: Readonly<Record<RuleId, Judge>> = {
  'pool-in-dhcp-range': poolInDhcpRange,
  'pool-address-in-use': poolAddressInUse,
  'pool-off-subnet': poolOffSubnet,
  'pool-has-node': poolHasNode,
  'pool-has-gateway': poolHasGateway,
  'pool-too-small': poolTooSmall,
  'pools-overlap': poolsOverlap,
  'dhcp-servers': dhcpServers,
  'pool-address-leased': poolAddressLeased,
  'single-candidate': singleCandidate,
  'speaker-missing': speakerMissing,
  'excluded-nodes': excludedNodes,
  'no-advertisement': noAdvertisement,
  'no-interface': noInterface,
  'wrong-namespace': wrongNamespace,
  'ipvs-without-strict-arp': ipvsWithoutStrictArp,
  'memberlist-blocked': memberlistBlocked,
  'metallb-version': metallbVersion,
  'metallb-upgrade-split': metallbUpgradeSplit,
  'config-invalid': configInvalid,
  'two-load-balancers': twoLoadBalancers,
  'one-endpoint-node': oneEndpointNode,
  'slow-eviction': slowEviction,
  'rwo-rollout': rwoRollout,
  'rwo-failover': rwoFailover,
  'volume-pinned': volumePinned,
  'multi-attach-now': multiAttachNow,
  'pinned-to-node': pinnedToNode,
  'host-network-behind-vip': hostNetworkBehindVip,
  'pdb-blocks-drain': pdbBlocksDrain,
  'non-root-old-files': nonRootOldFiles,
  'fsgroup-breaks-acme': fsgroupBreaksAcme,
  'servicelb-on': servicelbOn,
  'status-from-other': statusFromOther,
  'forgotten-ip': forgottenIp,
};
