// Secrets over the real KMS client, and a key service that checks contexts as KMS does.
import { KMSClient } from '@aws-sdk/client-kms'
import { describe, expect, it } from 'vitest'
import { kmsSecrets } from '../../lib/aws/secrets.ts'
import { answering } from './answering.ts'

const DATA_KEY = Buffer.alloc(32, 7).toString('base64')

/** Its sealed data keys are the context they were asked with. */
const keyService = () =>
  new KMSClient(
    answering(({ body }) => {
      const { EncryptionContext, CiphertextBlob } = body as Record<string, unknown>
      const sealed = Buffer.from(JSON.stringify(EncryptionContext)).toString('base64')
      if (CiphertextBlob === undefined) {
        return { status: 200, body: { Plaintext: DATA_KEY, CiphertextBlob: sealed } }
      }
      if (CiphertextBlob === sealed) return { status: 200, body: { Plaintext: DATA_KEY } }
      return { status: 400, error: 'InvalidCiphertextException', body: {} }
    }),
  )

const secrets = kmsSecrets(keyService(), 'arn:key')

describe('a sealed secret', () => {
  it.each(['', 'whsec_bread', 'ü'.repeat(100_000)])('opens in its context (%#)', async (text) => {
    expect(await secrets.open(await secrets.seal(text, 'webhook.1'), 'webhook.1')).toBe(text)
  })

  it('opens in no other context', async () => {
    const sealed = await secrets.seal('whsec_bread', 'webhook.1')

    await expect(secrets.open(sealed, 'webhook.2')).rejects.toThrow()
  })

  it('does not open when it was changed', async () => {
    const sealed = await secrets.seal('whsec_bread', 'webhook.1')
    const changed = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA')

    await expect(secrets.open(changed, 'webhook.1')).rejects.toThrow()
    await expect(secrets.open('v1.abc', 'webhook.1')).rejects.toThrow('another way')
  })

  it('shows nothing of its text', async () => {
    expect(await secrets.seal('whsec_bread', 'webhook.1')).not.toContain('bread')
  })
})
