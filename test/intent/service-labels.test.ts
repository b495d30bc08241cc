import { describe, expect, it } from 'vitest';
import { serviceLabels } from '../../src/intent/service-labels.ts';

describe('serviceLabels', () => {
  it.each([
    { what: 'a Service', service: 'traefik/traefik', expected: ['traefik', 'traefik'] },
    { what: 'a name without a namespace', service: 'traefik', expected: ['', 'traefik'] },
    { what: 'a VIP without a Service', service: null, expected: ['', ''] },
    { what: 'nobody to share with', service: 'a/web', sharedWith: [], expected: ['a', 'web'] },
    {
      what: 'Services of one namespace',
      service: 'dns/dns-tcp',
      sharedWith: ['dns/dns-udp'],
      expected: ['dns', 'dns-tcp,dns-udp'],
    },
    {
      what: 'Services of several namespaces',
      service: 'a/web',
      sharedWith: ['a/web-udp', 'b/mail'],
      expected: ['a', 'web,web-udp,b/mail'],
    },
    {
      what: 'the same ones in another order',
      service: 'b/mail',
      sharedWith: ['a/web-udp', 'a/web'],
      expected: ['a', 'web,web-udp,b/mail'],
    },
    {
      what: 'one with a namespace beside one without',
      service: 'b/mail',
      sharedWith: ['alone'],
      expected: ['', 'alone,b/mail'],
    },
  ])('$what', ({ service, sharedWith, expected: [namespace, name] }) => {
    const labels = serviceLabels(sharedWith === undefined ? { service } : { service, sharedWith });
    expect(labels).toEqual({ namespace, service: name });
  });

  it('an address that is no VIP', () => {
    expect(serviceLabels(null)).toEqual({ namespace: '', service: '' });
  });
});
