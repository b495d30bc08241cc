// Why a table cannot be read, in one line.
import { errnoWords } from '../base/errno.ts';

/** Errors whose messages are made to be shown. */
const SAYS_ITSELF = new Set(['SecretFileError', 'UnreadableFile', 'AnswerTooLong']);

/** Of certificates. */
const TRUST_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted: set caFile to the certificates to trust',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted: set caFile to the certificates to trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is not trusted: set caFile to the certificates to trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted: set caFile to the certificates to trust',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  EPROTO: 'it does not speak TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
};

/** One line. */
export function wordsOf(error: unknown): string {
  const { name, code = '', message } = error as NodeJS.ErrnoException;
  if (SAYS_ITSELF.has(name)) return message;
  if (code.startsWith('HPE_')) return 'it does not speak HTTP';
  return TRUST_WORDS[code] ?? errnoWords(code) ?? (message || code);
}
