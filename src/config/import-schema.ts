// `dhcp.import`: which tables of DHCP servers are read. Which keys go with which type is a matter of the cross-checks.
import * as Type from 'typebox/type';
import { IMPORT_TYPES, type ImportSettings } from '../lease-import/settings.ts';
import { group, optional } from './option.ts';
import { duration, file, importName, serverUrl } from './value-schemas.ts';

/** Each is a request of this machine, or a file that is read as a whole, again and again. */
const MAX_IMPORTS = 8;

const leaseImport = Type.Decode(
  group({
    name: optional(importName, null),
    type: Type.Enum([...IMPORT_TYPES], {
      description: 'the kind of DHCP server, read from its files or its API',
    }),
    file: optional(file('the lease file, of dnsmasq, isc or kea'), null),
    configFile: optional(file("the server's configuration, for its ranges"), null),
    url: optional(serverUrl, null),
    user: optional(
      Type.Refine(
        Type.String({ description: 'the name to log in with, of kea' }),
        (text) => /^[^:\p{Cc}]+$/u.test(text),
        () => 'is empty, or holds a colon',
      ),
      null,
    ),
    passwordFile: optional(file('file with the password, of kea or pihole'), null),
    keyFile: optional(file('file with the key and its secret, as OPNsense creates it'), null),
    caFile: optional(file('the certificates to trust, in PEM; absent: those of the system'), null),
    every: optional(duration('10s', '1h', { default: '60s', description: 'time between two readings' })),
  }),
  ({ name, ...rest }): ImportSettings => ({ name: name ?? rest.type, ...rest }),
);

export const imports = Type.Array(leaseImport, {
  maxItems: MAX_IMPORTS,
  description: 'lease tables of DHCP servers to read, with their ranges',
});
