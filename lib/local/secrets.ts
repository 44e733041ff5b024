// Secrets sealed on this machine: AES-256-GCM under a key that lies beside the data, readable by its owner alone. Whoever copies the
// database without the key has nothing.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Secrets } from '../core/ports.ts'

const ALGORITHM = 'aes-256-gcm'
const KEY_BYTES = 32
/** What GCM asks for; chance does not repeat one within any number of secrets that a person saves. */
const NONCE_BYTES = 12
const TAG_BYTES = 16
const VERSION = 'v1.'

/** Seals under the key in a file, which is made, with mode 0600, when there is none. Throws when the file holds no key. */
export function fileSecrets(path: string): Secrets {
  const key = readKey(path)
  return {
    async seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(context))
      const sealed = [cipher.update(text, 'utf8'), cipher.final()]
      return VERSION + Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]).toString('base64url')
    },

    async open(sealed, context) {
      if (!sealed.startsWith(VERSION)) throw new Error('a secret was sealed in another way')
      const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url')
      const nonce = bytes.subarray(0, NONCE_BYTES)
      const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)
      const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(context))
        .setAuthTag(tag)
      const text = [decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]
      return Buffer.concat(text).toString('utf8')
    },
  }
}

function readKey(path: string): Buffer {
  if (!existsSync(path)) makeKey(path)
  const key = readFileSync(path)
  if (key.length !== KEY_BYTES)
    throw new Error(`${path} holds no key: it has ${key.length} bytes, not ${KEY_BYTES}`)
  return key
}

/** A kill leaves no key or a whole one, and the disk has it before anything is sealed. */
function makeKey(path: string): void {
  const draft = `${path}.draft`
  rmSync(draft, { force: true }) // an earlier start's, with whatever mode
  writeFileSync(draft, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600, flush: true })
  renameSync(draft, path)
}
