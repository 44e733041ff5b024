// Secrets sealed by KMS: a data key of their own each, because KMS itself takes no more than four kilobytes. The context is in what
// KMS checks, so that a sealed text that was moved to another object opens nowhere, and CloudTrail says which one was opened.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms'
import type { Secrets } from '../core/ports.ts'
import { SECRETS_PURPOSE } from '../names.ts'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const VERSION = 'k1'

/** `k1.`, the data key as KMS sealed it, `.`, then nonce, tag and text under that data key. */
export function kmsSecrets(kms: KMSClient, keyArn: string): Secrets {
  const asked = (context: string) => ({
    KeyId: keyArn,
    EncryptionContext: { purpose: SECRETS_PURPOSE, context },
  })
  return {
    async seal(text, context) {
      const command = new GenerateDataKeyCommand({ ...asked(context), KeySpec: 'AES_256' })
      const { Plaintext, CiphertextBlob } = await kms.send(command)
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(ALGORITHM, keyOf(Plaintext), nonce)
      const sealed = [cipher.update(text, 'utf8'), cipher.final()]
      const body = Buffer.concat([nonce, cipher.getAuthTag(), ...sealed])
      return [VERSION, toText(CiphertextBlob ?? new Uint8Array()), toText(body)].join('.')
    },

    async open(sealed, context) {
      const [version, dataKey = '', body = ''] = sealed.split('.')
      if (version !== VERSION) throw new Error('a secret was sealed in another way')
      const command = new DecryptCommand({ ...asked(context), CiphertextBlob: ofText(dataKey) })
      const { Plaintext } = await kms.send(command)
      const bytes = ofText(body)
      const nonce = bytes.subarray(0, NONCE_BYTES)
      const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)
      const options = { authTagLength: TAG_BYTES }
      const decipher = createDecipheriv(ALGORITHM, keyOf(Plaintext), nonce, options).setAuthTag(tag)
      const text = [decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]
      return Buffer.concat(text).toString('utf8')
    },
  }
}

function keyOf(plaintext: Uint8Array | undefined): Uint8Array {
  if (!plaintext) throw new Error('KMS answered without a data key')
  return plaintext
}

const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const ofText = (text: string): Buffer => Buffer.from(text, 'base64url')
