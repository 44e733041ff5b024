// Values as attributes: JSON text while it is short, deflated when that saves a write unit, and a claim check when even that
// is too large for an item. `unpack` reads all three.
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { writeJson } from '../core/json.ts'
import type { Blobs } from '../core/ports.ts'
import { ATTRIBUTE } from '../names.ts'
import type { Item } from './client.ts'
import { readText } from './table.ts'

/** Bytes of JSON below which an item stays under one write unit (1,024 bytes) as it is: readable in the cloud console. */
const PLAIN_BYTES_MAX = 850

/** Packed bytes above which a body goes to the blobs: DynamoDB's item limit is 400 KB, and a stream batch's 6 MB. */
const CLAIM_CHECK_BYTES = 256_000

/** The attribute that names a blob, in place of the body. */
const CLAIM = 'c'

/**
 * The attributes that hold a value. `name` is the blob's, should one be needed: the same for the same value. Up to `plainBytesMax`
 * it stays JSON text.
 */
export async function pack(
  value: unknown,
  blobs: Blobs,
  name: string,
  plainBytesMax = PLAIN_BYTES_MAX,
): Promise<Item> {
  const { text, isExact } = writeJson(value)
  const exact: Item = isExact ? { [ATTRIBUTE.exact]: 1 } : {}
  if (Buffer.byteLength(text) <= plainBytesMax) return { [ATTRIBUTE.data]: text, ...exact }
  const packed = deflateRawSync(text, { level: 3 })
  if (packed.length <= CLAIM_CHECK_BYTES) return { [ATTRIBUTE.packed]: packed, ...exact }
  await blobs.put(name, packed)
  return { [CLAIM]: name, ...exact }
}

export async function unpack<T>(item: Item, blobs: Blobs): Promise<T> {
  const plain = item[ATTRIBUTE.data]
  if (typeof plain === 'string') return readText(item, plain) as T
  const claim = item[CLAIM]
  const packed = typeof claim === 'string' ? await blobs.get(claim) : item[ATTRIBUTE.packed]
  return readText(item, inflateRawSync(packed as Uint8Array).toString()) as T
}
