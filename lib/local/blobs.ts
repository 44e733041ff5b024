// Bodies too large for an item, one file each: what S3 holds on AWS.
import { mkdirSync } from 'node:fs'
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Blobs } from '../core/ports.ts'

/** On disk before `put` answers. A name put twice keeps its last bytes. */
export function fileBlobs(directory: string): Blobs {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const pathOf = (name: string) => join(directory, encodeURIComponent(name))
  let drafts = 0
  return {
    async put(name, bytes) {
      drafts += 1
      const draft = `${pathOf(name)}.${drafts}.draft`
      const file = await open(draft, 'w', 0o600)
      try {
        await file.writeFile(bytes)
        await file.datasync()
      } finally {
        await file.close()
      }
      await rename(draft, pathOf(name))
    },
    get: (name) => readFile(pathOf(name)),
    async find(name) {
      try {
        return await readFile(pathOf(name))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
  }
}
