// A certificate of one's own: just enough of X.509 in DER (RFC 5280) for Node.js to read it, made anew for each key.
import { type KeyObject, sign } from 'node:crypto'

const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  const { length } = body
  const head = length < 128 ? [length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...head]), body])
}
const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts)
const integer = (value: number) => der(0x02, Buffer.from([value]))
const bits = (bytes: Uint8Array) => der(0x03, Buffer.from([0]), bytes)
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const time = (at: Date) =>
  der(0x18, Buffer.from(at.toISOString().replace(/[-:T]|\.\d+/g, ''), 'ascii'))

const COMMON_NAME = oid('550403')
const SHA256_WITH_RSA = sequence(oid('2a864886f70d01010b'), der(0x05))
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'))

/** PEM of a certificate for `sns.amazonaws.com`, signed with its own key (RSA or EC). */
export function selfSigned(
  pair: { publicKey: KeyObject; privateKey: KeyObject },
  [from, to]: [string, string],
): string {
  const isRsa = pair.publicKey.asymmetricKeyType === 'rsa'
  const algorithm = isRsa ? SHA256_WITH_RSA : ECDSA_WITH_SHA256
  const commonName = sequence(COMMON_NAME, der(0x0c, Buffer.from('sns.amazonaws.com')))
  const name = sequence(der(0x31, commonName))
  const dates = sequence(time(new Date(from)), time(new Date(to)))
  const key = pair.publicKey.export({ format: 'der', type: 'spki' })
  const version = der(0xa0, integer(2))
  const signed = sequence(version, integer(1), algorithm, name, dates, name, key)
  const whole = sequence(signed, algorithm, bits(sign('sha256', signed, pair.privateKey)))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
