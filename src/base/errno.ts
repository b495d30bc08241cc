// What the system's error codes mean, in plain words: for messages, where they stand after a colon.

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'the port is in use',
  EADDRNOTAVAIL: 'this machine has no such address',
  ECONNREFUSED: 'no program listens there',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'the host cannot be reached',
  EISDIR: 'it is a directory',
  ENOENT: 'no such file',
  // Of the resolver, not of the system.
  ENOTFOUND: 'there is no such host',
  EPERM: 'permission denied',
};

/** Undefined for a code that nobody has met yet. */
export function errnoWords(code: string): string | undefined {
  return WORDS[code];
}
