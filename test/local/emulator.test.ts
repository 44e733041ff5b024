// The embedded database as a process: it starts, keeps what was written, never outlives us, and one process owns a directory.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Refusal } from '../../lib/core/errors.ts'
import { openDataDir } from '../../lib/local/data-dir.ts'
import { startEmulator } from '../../lib/local/emulator.ts'
import { identityOf } from '../../lib/local/process-identity.ts'
import { templateDatabase } from '../../lib/local/template-db.ts'
import { dynamoTable } from '../../lib/store/client.ts'
import { ensureTables } from '../../lib/store/tables.ts'
import { clientTo, NAMES, silent, startDatabase } from './database.ts'

const BINARY = createRequire(import.meta.url).resolve(
  `@dynoxide/${process.platform}-${process.arch}/dynoxide`,
)
const CHILD = fileURLToPath(new URL('./emulator-child.ts', import.meta.url))

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tripline-test-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

async function untilGone(pid: number): Promise<void> {
  while (identityOf(pid)) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('the data directory', () => {
  it('is refused to a second opener, by name', () => {
    const first = openDataDir(directory)

    expect(() => openDataDir(directory)).toThrow(Refusal)
    expect(() => openDataDir(directory)).toThrow(join(directory, 'lock'))
    first.release()
  })

  it('is free again after its release', () => {
    openDataDir(directory).release()

    const again = openDataDir(directory)

    expect(again.leftover).toBeNull()
    again.release()
  })

  it.each([
    [
      'of a dead process',
      JSON.stringify({ holder: { pid: 2 ** 22, birth: 'x/1' }, emulator: null }),
    ],
    [
      'of a process whose id is ours now',
      JSON.stringify({ holder: { pid: process.pid, birth: 'x/1' }, emulator: null }),
    ],
    ['cut short by a power loss', '{"holder":'],
  ])('has its lock taken over when that is one %s', (_, lock) => {
    writeFileSync(join(directory, 'lock'), lock)

    const dataDir = openDataDir(directory)

    expect(JSON.parse(readFileSync(join(directory, 'lock'), 'utf8')).holder.pid).toBe(process.pid)
    dataDir.release()
  })

  it('is removed on release when it is ephemeral', () => {
    const dataDir = openDataDir(null)
    expect(existsSync(dataDir.path)).toBe(true)

    dataDir.release()

    expect(existsSync(dataDir.path)).toBe(false)
  })
})

describe('the emulator', () => {
  it('makes both tables once, however often they are asked for', async () => {
    const database = await startDatabase()

    const arns = await ensureTables(database.client, NAMES)

    expect(arns).toEqual(database.streamArns)
    await database.stop()
  })

  it('keeps what was written from one start to the next', async () => {
    for (const expected of [true, false]) {
      const dataDir = openDataDir(directory)
      const emulator = await startEmulator(dataDir, silent)
      const client = new DynamoDBClient(clientTo(emulator.endpoint))
      await ensureTables(client, NAMES)

      const isNew = await dynamoTable(client, NAMES.events, false).put({ pk: 'a' }, 'new')

      expect(isNew).toBe(expected)
      client.destroy()
      await emulator.stop()
      dataDir.release()
    }
  })

  it('dies with a parent that is killed, and the next process takes its place with the data', async () => {
    const parent = spawn(process.execPath, ['--import', 'tsx', CHILD, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const { endpoint, pid } = JSON.parse(line.toString()) as { endpoint: string; pid: number }
    const client = new DynamoDBClient(clientTo(endpoint))
    await ensureTables(client, NAMES)
    await dynamoTable(client, NAMES.events, false).put({ pk: 'a' })
    client.destroy()

    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await untilGone(pid)
    const dataDir = openDataDir(directory)
    const emulator = await startEmulator(dataDir, silent)

    const next = new DynamoDBClient(clientTo(emulator.endpoint))
    expect(await dynamoTable(next, NAMES.events, false).get({ pk: 'a' })).toEqual({ pk: 'a' })
    next.destroy()
    await emulator.stop()
    dataDir.release()
  })

  it('that a killed process left running is stopped before another starts on its file', async () => {
    const file = join(directory, 'tripline.db')
    const orphan = spawn(BINARY, ['serve', '-p', '0', '--db-path', file], { stdio: 'ignore' })
    const emulatorIdentity = identityOf(orphan.pid as number)
    const lock = { holder: { pid: 2 ** 22, birth: 'x/1' }, emulator: emulatorIdentity }
    writeFileSync(join(directory, 'lock'), JSON.stringify(lock))

    const dataDir = openDataDir(directory)
    const emulator = await startEmulator(dataDir, silent)

    expect(identityOf(orphan.pid as number)).toBeNull()
    await emulator.stop()
    dataDir.release()
  })

  it('says why when it cannot start', async () => {
    const dataDir = openDataDir(directory)
    writeFileSync(
      dataDir.file('tripline.db'),
      'no database at all, but a text of some length'.repeat(99),
    )

    await expect(startEmulator(dataDir, silent)).rejects.toThrow(/did not start: .*database/s)
    dataDir.release()
  })

  it('tells when it ended without having been stopped', async () => {
    const dataDir = openDataDir(directory)
    const emulator = await startEmulator(dataDir, silent)

    process.kill(emulator.pid, 'SIGKILL')

    await emulator.died
    dataDir.release()
  })

  it('expires items when swept', async () => {
    const database = await startDatabase()
    await database.events.put({ pk: 'old', x: 1_000 })
    await database.events.put({ pk: 'new', x: 4_000_000_000 })

    await database.emulator.sweep()

    const left = await database.events.getMany([{ pk: 'old' }, { pk: 'new' }])
    expect(left.map((item) => item.pk)).toEqual(['new'])
    await database.stop()
  })

  it('still makes the schema that our template was made of', async () => {
    const file = join(directory, 'own.db')
    const child = spawn(BINARY, ['serve', '-p', '0', '--db-path', file])
    await new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (text: Buffer) => text.includes('listening') && resolve())
      }
    })
    child.kill()
    await once(child, 'close')

    /** Sorted and each once: the write-ahead log holds pages in its own order, and again. */
    const schemaOf = (database: Buffer) => {
      const statements = database.toString('latin1').match(/CREATE TABLE \w+ \([^\0]*?\n {12}\)/g)
      return [...new Set(statements)].sort()
    }
    const written = [file, `${file}-wal`].filter(existsSync).map((name) => readFileSync(name))
    expect(schemaOf(Buffer.concat(written))).toEqual(schemaOf(templateDatabase()))
    expect(schemaOf(templateDatabase())).toHaveLength(3)
  })
})
