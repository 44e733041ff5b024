// The API's door on AWS: who may come in, and which host was asked. The first admin's key is in Secrets Manager, made by the
// deployment; it is compared as a hash, in constant time.
import { createHash, timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import { HEADER } from '../names.ts'
import type { Settings } from './environment.ts'

export interface DoorOptions {
  /** The key that may do everything. Asked for once per process, and again after a call that was refused. */
  adminKey(): Promise<string>
  /** What CloudFront adds to each request: only with it is the host it names believed. */
  originSecret: string
}

/** Anybody may ask whether the API is there. */
const OPEN_PATHS = ['/api/health', '/api/ready']
/** A rotated key is looked for no more often than this, whatever is tried at the door. */
const KEY_MS_MIN = 30_000

interface Behind {
  fetch(request: Request): Response | Promise<Response>
}

/** Answers 401 to a request without the key, as Prefect's server does. The others see the host that their caller named. */
export function door(app: Behind, { adminKey, originSecret }: DoorOptions): Hono {
  const keyHash = remembered(async () => hash(await adminKey()))

  async function mayEnter(request: Request): Promise<boolean> {
    const [, token] = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '') ?? []
    if (token === undefined) return false
    const given = hash(token)
    if (timingSafeEqual(given, await keyHash.get())) return true
    return timingSafeEqual(given, await keyHash.getAnew())
  }

  const outside = new Hono()
  outside.all('*', async (c) => {
    const request = c.req.raw
    if (!OPEN_PATHS.includes(c.req.path) && !(await mayEnter(request))) {
      return c.json({ exception_message: 'Unauthorized' }, 401)
    }
    return app.fetch(asAsked(request, originSecret))
  })
  return outside
}

function asAsked(request: Request, originSecret: string): Request {
  const host = request.headers.get(HEADER.host)
  const origin = request.headers.get(HEADER.origin) ?? ''
  if (host === null || !timingSafeEqual(hash(origin), hash(originSecret))) return request
  const url = new URL(request.url)
  url.host = host
  return new Request(url, request)
}

/** The door with the key that the deployment made. */
export const apiDoor = (
  app: Behind,
  { adminKeySecret, originSecret }: Pick<Settings, 'adminKeySecret' | 'originSecret'>,
): Hono =>
  door(app, {
    originSecret,
    async adminKey() {
      const { GetSecretValueCommand, SecretsManagerClient } = await import(
        '@aws-sdk/client-secrets-manager'
      )
      const client = new SecretsManagerClient()
      const command = new GetSecretValueCommand({ SecretId: adminKeySecret })
      const { SecretString } = await client.send(command)
      if (!SecretString) throw new Error(`the secret ${adminKeySecret} is empty`)
      return SecretString
    },
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
