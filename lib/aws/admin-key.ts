// The key that the deployment made for the first admin, in Secrets Manager: asked for once per process, and again when another was
// shown, so that one that was rotated there is taken without a deployment.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Settings } from './environment.ts'

/** A rotated key is looked for no more often than this, whatever is tried at the door. */
const KEY_MS_MIN = 30_000

export interface AdminKey {
  isRight(text: string): Promise<boolean>
}

/** `ask` answers the secret's text. */
export function adminKeyOf(ask: () => Promise<string>): AdminKey {
  const key = remembered(async () => hash(await ask()))
  return {
    async isRight(text) {
      const given = hash(text)
      if (timingSafeEqual(given, await key.get())) return true
      return timingSafeEqual(given, await key.getAnew())
    },
  }
}

/** The key in this deployment's secret. */
export const deployedAdminKey = ({ adminKeySecret }: Pick<Settings, 'adminKeySecret'>): AdminKey =>
  adminKeyOf(async () => {
    const { GetSecretValueCommand, SecretsManagerClient } = await import(
      '@aws-sdk/client-secrets-manager'
    )
    const client = new SecretsManagerClient()
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId: adminKeySecret }),
    )
    if (!SecretString) throw new Error(`the secret ${adminKeySecret} is empty`)
    return SecretString
  })

const hash = (text: string): Buffer => createHash('sha256').update(text).digest()

/** A value that was asked for, and asked for again no sooner than KEY_MS_MIN afterwards. */
function remembered<T>(ask: () => Promise<T>) {
  let value: Promise<T> | null = null
  let askedAt = 0
  const get = (): Promise<T> => {
    if (value) return value
    askedAt = performance.now()
    value = ask().catch((error) => {
      value = null
      throw error
    })
    return value
  }
  return {
    get,
    getAnew(): Promise<T> {
      if (performance.now() - askedAt > KEY_MS_MIN) value = null
      return get()
    },
  }
}
