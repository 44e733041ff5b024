// Results that outlive the process which made them: kept as JSON under a key, on disk or in S3, so that a retried run finds what
// its tasks have done already. The state of a run holds the key only, as with Prefect.
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatInstant, type Micros, parseInstant } from '../core/time.ts'

/** Where results are kept. What was written is there for every process that has the same storage. */
export interface ResultStorage {
  /** Null when there is none. */
  read(key: string): Promise<string | null>
  write(key: string, text: string): Promise<void>
}

/** Files in a directory, which is made when first needed. A result is there as a whole or not at all. */
export function fileResults(directory: string): ResultStorage {
  return {
    async read(key) {
      try {
        return await readFile(join(directory, key), 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
    async write(key, text) {
      const path = join(directory, key)
      const unfinished = `${path}.${randomUUID()}`
      await mkdir(dirname(path), { recursive: true })
      await writeFile(unfinished, text)
      await rename(unfinished, path)
    },
  }
}

/** What is needed of `new S3()` of @aws-sdk/client-s3, which is yours to install: this package brings no client of AWS. */
export interface S3Like {
  getObject(input: {
    Bucket: string
    Key: string
  }): Promise<{ Body?: { transformToString(): Promise<string> } | undefined }>
  putObject(input: {
    Bucket: string
    Key: string
    Body: string
    ContentType: string
  }): Promise<unknown>
}

/** Objects of an S3 bucket: `s3Results(new S3(), 'my-results')`. */
export function s3Results(s3: S3Like, bucket: string, prefix = ''): ResultStorage {
  return {
    async read(key) {
      try {
        const { Body } = await s3.getObject({ Bucket: bucket, Key: prefix + key })
        return Body ? await Body.transformToString() : null
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') return null
        throw error
      }
    },
    async write(key, text) {
      const object = { Bucket: bucket, Key: prefix + key, ContentType: 'application/json' }
      await s3.putObject({ ...object, Body: text })
    },
  }
}

/** What a state says of a result that is kept (Prefect's ResultRecordMetadata, as far as it concerns us). */
export interface ResultReference {
  type: 'reference'
  storage_key: string
  expiration: string | null
  serializer: { type: 'json' }
}

/** Keeps a result. Undefined is kept as null; what JSON cannot hold is lost. */
export async function keepResult(
  storage: ResultStorage,
  key: string,
  value: unknown,
  expiresAt: Micros | null = null,
): Promise<ResultReference> {
  const expiration = expiresAt === null ? null : formatInstant(expiresAt)
  await storage.write(key, JSON.stringify({ value: value ?? null, expiration }))
  return { type: 'reference', storage_key: key, expiration, serializer: { type: 'json' } }
}

/** A result that was kept and has not expired; null when there is none. */
export async function findResult(
  storage: ResultStorage,
  key: string,
  now: Micros,
): Promise<{ value: unknown; reference: ResultReference } | null> {
  const text = await storage.read(key)
  if (text === null) return null
  const { value, expiration } = JSON.parse(text) as { value: unknown; expiration: string | null }
  if (expiration !== null && (parseInstant(expiration) ?? 0) <= now) return null
  const serializer = { type: 'json' } as const
  return { value, reference: { type: 'reference', storage_key: key, expiration, serializer } }
}

/** A key of whatever a result depends on: the same causes, the same key. */
export const keyOf = (...causes: unknown[]): string =>
  createHash('sha256').update(JSON.stringify(causes)).digest('hex')
