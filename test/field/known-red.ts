// What today's rules get wrong on those LANs, by class. A case that turns right leaves this list: the test fails until it has.
export const KNOWN_RED: Readonly<Record<string, readonly string[]>> = {
  'what DHCP messages do to a lease': [
    'lan/bootp-reply',
    'lan/bootp-reply-without-cookie',
    'lan/clones-share-client-id',
    'lan/dhcpv6-request-for-vip',
    'lan/init-reboot-unanswered',
    'lan/nak-by-another-server',
    'lan/nak-by-another-server-pool',
    'lan/rapid-commit-unseen.lab',
    'lan/sleep-proxy-then-wake',
  ],
  'which DHCP server is a rogue': [
    'lan/inform-answered-by-information-server',
    'lan/inform-answered-by-information-server.lab',
    'lan/one-server-two-identifiers',
    'lan/pxe-boot-server-acknowledges.lab',
    'lan/rogue-without-option-54',
  ],
  'a capture whose time runs backwards': [
    'lan/appended-captures',
    'lan/clock-steps-back',
    'lan/clock-steps-back-a-little',
  ],
  'a capture of another link type': [
    'lan/second-interface-not-ethernet',
    'lan/tcpdump-any-sll',
    'lan/tcpdump-any-sll2',
  ],
};
