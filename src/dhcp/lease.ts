// What one DHCP message says about a lease (RFC 2131).
import type { Ipv4, Mac } from '../net/address.ts';

export type LeaseState = 'offered' | 'requested' | 'acknowledged' | 'declined' | 'released' | 'refused';
