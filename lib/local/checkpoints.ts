// How far each consumer has read each shard, in one small file. It may lag behind what was delivered, never run ahead: after a
// crash some records come again, none is missed.
import { existsSync, readFileSync } from 'node:fs'
import { writeAtomically } from './data-dir.ts'

/** The last sequence number done, or CLOSED when the shard was read to its end. */
export type Checkpoint = string

export const CLOSED: Checkpoint = 'closed'

export interface Checkpoints {
  get(streamArn: string, consumer: string, shard: string): Checkpoint | undefined
  set(streamArn: string, consumer: string, shard: string, at: Checkpoint): void
  /** Forgets shards that the stream no longer has. */
  keepOnly(streamArn: string, consumer: string, shards: string[]): void
  /** Writes what is not written yet. Throws when the disk refuses. */
  flush(): void
}

/** A busy pump writes the file no more often than this: replacing a file may make the disk flush. */
const WRITE_MS = 200

/** By stream ARN (a new table of the same name starts anew), consumer and shard. */
type Positions = Record<string, Record<string, Record<string, Checkpoint>>>

/** Opens the file; without one, or with one that a power loss cut short, every shard is read from its beginning. */
export function openCheckpoints(file: string, onError: (error: unknown) => void): Checkpoints {
  const positions = load(file)
  let timer: NodeJS.Timeout | null = null

  function flush(): void {
    if (timer === null) return
    clearTimeout(timer)
    timer = null
    writeAtomically(file, JSON.stringify(positions))
  }

  function later(): void {
    timer ??= setTimeout(() => {
      try {
        flush()
      } catch (error) {
        onError(error)
      }
    }, WRITE_MS)
  }

  function shardsOf(streamArn: string, consumer: string): Record<string, Checkpoint> {
    positions[streamArn] ??= {}
    const consumers = positions[streamArn]
    consumers[consumer] ??= {}
    return consumers[consumer]
  }

  return {
    get: (streamArn, consumer, shard) => positions[streamArn]?.[consumer]?.[shard],
    set(streamArn, consumer, shard, at) {
      shardsOf(streamArn, consumer)[shard] = at
      later()
    },
    keepOnly(streamArn, consumer, shards) {
      const known = shardsOf(streamArn, consumer)
      for (const shard of Object.keys(known)) if (!shards.includes(shard)) delete known[shard]
    },
    flush,
  }
}

function load(file: string): Positions {
  if (!existsSync(file)) return {}
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Positions
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}
