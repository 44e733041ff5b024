// What may be a secret of which scheme: told when it is set, for later it would only refuse every call.
import { ED25519_KEY_BYTES, keyBytes, type SignatureScheme } from './signature.ts'
import { isTopic } from './sns.ts'

const TOPICS = "is a topic's ARN; of all topics of an account, arn:aws:sns:<region>:<account>:*"

/** What is wrong with a text as a secret of a scheme, or null. */
export function secretFault(scheme: SignatureScheme, secret: string): string | null {
  if (scheme.scheme === 'basic') return secret.includes(':') ? null : 'is "user:password"'
  if (scheme.scheme === 'ed25519') {
    const isKey = keyBytes(secret, scheme.secret_encoding).length === ED25519_KEY_BYTES
    return isKey ? null : `is the sender's public key, 32 bytes in ${scheme.secret_encoding}`
  }
  if (scheme.scheme === 'sns') return isTopic(secret) ? null : TOPICS
  if (scheme.scheme === 'token' || scheme.secret_encoding === 'utf8') return null
  return /^(?:whsec_)?(?:[0-9a-z+/]{4})*[0-9a-z+/]{2,4}={0,2}$/i.test(secret)
    ? null
    : 'is base64, with or without "whsec_" before it'
}
