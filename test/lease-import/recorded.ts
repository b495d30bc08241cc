// Answers of the APIs of Pi-hole and OPNsense, which no test starts. Written down after their descriptions and code (Pi-hole FTL
// 6.4; OPNsense core of 2025), with addresses of the tests: not taken from machines.

/** Of the machine that leases what it should not, where a test has no other for it. */
const PHONE = '192.168.1.50';

export const PIHOLE = {
  session: {
    session: {
      valid: true,
      totp: false,
      sid: 'vFA+EP4MQ5JJvJg+3Q2Jnw=',
      csrf: 'Ux87YTIiMOf/GKCefVIOMw=',
      validity: 1800,
      message: 'correct password',
    },
    took: 0.0002,
  },
  refusedSession: {
    session: { valid: false, totp: false, sid: null, validity: -1, message: 'password incorrect' },
    took: 0.02,
  },
  leases: (expires: number, phone = PHONE) => ({
    leases: [
      {
        expires,
        name: 'luca-phone',
        hwaddr: '02:00:00:00:00:AA',
        ip: phone,
        clientid: '01:02:00:00:00:00:aa',
      },
      { expires: 0, name: '*', hwaddr: '02:00:00:00:00:20', ip: '192.168.1.20', clientid: '*' },
      { expires, name: 'luca-phone', hwaddr: '7863', ip: 'fd00::50', clientid: '00:01:00:01' },
    ],
    took: 0.0001,
  }),
  config: (active: boolean) => ({
    config: {
      dhcp: {
        active,
        start: '192.168.1.2',
        end: '192.168.1.253',
        router: '192.168.1.1',
        netmask: '0.0.0.0',
        leaseTime: '',
        ipv6: false,
        rapidCommit: false,
        multiDNS: false,
        logging: false,
        ignoreUnknownClients: false,
        hosts: ['02:00:00:00:00:20,192.168.1.20,nas', '02:00:00:00:00:21,192.168.1.21', 'printer'],
      },
    },
    took: 0.0001,
  }),
};

/** By path. */
export function OPNSENSE(
  expire: number,
  ip = PHONE,
): Readonly<Record<string, { readonly rows: readonly object[] }>> {
  const table = (rows: readonly object[]) => ({
    total: rows.length,
    rowCount: rows.length,
    current: 1,
    rows,
  });
  const place = { if: 'igc1', if_descr: 'LAN', if_name: 'lan', mac_info: '' };
  const phone = { address: ip, hwaddr: '02:00:00:00:00:aa', hostname: 'luca-phone', ...place };
  const nas = { address: '192.168.1.20', hwaddr: '02:00:00:00:00:20', hostname: 'nas', ...place };
  return {
    '/api/dnsmasq/leases/search': table([
      { ...phone, expire, client_id: '01:02:00:00:00:00:aa', is_reserved: [] },
      { ...nas, expire: 0, client_id: '*', is_reserved: ['hwaddr'] },
      { address: 'fd00::50', hostname: 'luca-phone', expire, client_id: '00:01', is_reserved: [], ...place },
    ]),
    '/api/dnsmasq/settings/searchRange': table([
      { interface: 'lan', start_addr: '192.168.1.100', end_addr: '192.168.1.249', mode: '' },
      { interface: 'opt1', start_addr: '192.168.2.0', end_addr: '192.168.2.9', mode: 'static' },
      { interface: 'lan', start_addr: '::1000', end_addr: '::2000', mode: '' },
    ]),
    '/api/dnsmasq/settings/searchHost': table([
      { host: 'tv', ip: '192.168.1.21,fd00::21', hwaddr: '02:00:00:00:00:21', descr: '' },
      { host: 'router', ip: '192.168.1.1', hwaddr: '', descr: 'a name alone' },
    ]),
    '/api/kea/leases4/search': table([
      { ...phone, valid_lifetime: '4000', expire: String(expire), state: '0', is_reserved: '0' },
      { ...nas, valid_lifetime: '4294967295', expire: '6090618447', state: '0', is_reserved: '1' },
      { ...phone, address: '192.168.1.51', hwaddr: '', expire: String(expire), state: '1', is_reserved: '0' },
      { ...phone, address: '192.168.1.52', expire: String(expire), state: '2', is_reserved: '0' },
    ]),
    '/api/kea/dhcpv4/searchSubnet': table([
      { subnet: '192.168.1.0/24', pools: '192.168.1.100-192.168.1.149\n192.168.1.160 - 192.168.1.169' },
      { subnet: '192.168.2.0/24' },
    ]),
    '/api/kea/dhcpv4/searchReservation': table([]),
    '/api/dhcpv4/leases/searchLease': table([
      {
        address: ip,
        mac: '02:00:00:00:00:aa',
        hostname: 'luca-phone',
        type: 'dynamic',
        state: 'active',
        ends: '2026/11/26 14:00:00',
      },
      {
        address: '192.168.1.20',
        mac: '02:00:00:00:00:20',
        hostname: 'nas',
        type: 'static',
        state: 'active',
        ends: '',
      },
      { address: '192.168.1.51', mac: '', hostname: '', type: 'dynamic', state: 'abandoned', ends: '' },
      {
        address: '192.168.1.52',
        mac: '02:00:00:00:00:52',
        hostname: '',
        type: 'dynamic',
        state: 'expired',
        ends: '',
      },
    ]),
  };
}
