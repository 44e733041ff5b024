// Ids derive from causes: the same cause gives the same id, so every second delivery meets its own first.
import { createHash } from 'node:crypto'
import type { Micros } from './time.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether the text is a UUID in its lower-case dashed form. */
export const isUuid = (text: string): boolean => UUID.test(text)

/** Stands for the id of what a plan is going to make. */
export const NOT_YET = '00000000-0000-0000-0000-000000000000'

const HEX = '([0-9a-fA-F]'
const UUID_TEXT = new RegExp(
  `^(\\{|urn:uuid:)?${HEX}{8})(-?)${HEX}{4})\\3${HEX}{4})\\3${HEX}{4})\\3${HEX}{12})(\\})?$`,
)

/**
 * The lower-case dashed form of a UUID as Prefect takes it: any case, with or without dashes, in braces or after `urn:uuid:`.
 * Null when the text is no UUID.
 */
export function parseUuid(text: string): string | null {
  if (UUID.test(text)) return text
  const m = UUID_TEXT.exec(text)
  if (!m || (m[1] === '{') !== (m[8] === '}')) return null
  return [m[2], m[4], m[5], m[6], m[7]].join('-').toLowerCase()
}

/** The namespaces of derived ids. Changing one makes old and new deliveries of one cause two things. */
export const NAMESPACE = {
  delivery: '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6a01',
  firing: '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6a02',
  action: '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6a03',
  announcement: '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6a04',
  state: '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6a05',
  block: '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6a06',
  automation: '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6a07',
} as const

/** RFC 9562 UUID version 5: SHA-1 of a namespace and a name. */
export function uuidv5(name: string, namespace: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest()
  return formatUuid(hash, 5)
}

/** RFC 9562 UUID version 7 of a moment (cut to milliseconds) and ten random bytes. */
export function uuidv7(at: Micros, random: Uint8Array): string {
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(Math.floor(at / 1000), 0, 6)
  bytes.set(random.subarray(0, 10), 6)
  return formatUuid(bytes, 7)
}

function formatUuid(bytes: Buffer, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4)
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex', 0, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
