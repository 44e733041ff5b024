// Bodies too large for an item, in S3. Loaded only when there is one: the client would double the ingest function's start.
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { Blobs } from '../core/ports.ts'

/** Durable before `put` answers. A name put twice keeps its last bytes. */
export function s3Blobs(s3: S3Client, bucket: string): Blobs {
  const keyOf = (name: string) => ({ Bucket: bucket, Key: encodeURIComponent(name) })
  async function get(name: string): Promise<Uint8Array> {
    const { Body } = await s3.send(new GetObjectCommand(keyOf(name)))
    if (!Body) throw new Error(`the body ${name} is empty`)
    return Body.transformToByteArray()
  }

  return {
    async put(name, bytes) {
      await s3.send(new PutObjectCommand({ ...keyOf(name), Body: bytes }))
    },
    get,
    async find(name) {
      try {
        return await get(name)
      } catch (error) {
        if (error instanceof NoSuchKey) return null
        throw error
      }
    },
  }
}
