// The directory everything durable lives in, and its lock: one process at a time. A lock names its holder by process id and
// time of birth, so that a holder that was killed, or whose id another process has since been given, is not mistaken for alive.
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Refusal } from '../core/errors.ts'
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts'

export interface DataDir {
  path: string
  /** A file's path in it. */
  file(name: string): string
  /** The emulator a killed predecessor left running on this directory's database, if it still runs. */
  leftover: ProcessIdentity | null
  /** Notes in the lock which emulator belongs to this directory, for whoever comes after a kill -9. */
  noteEmulator(emulator: ProcessIdentity | null): void
  /** Gives up the lock; an ephemeral directory is removed. May be called twice. */
  release(): void
}

interface Lock {
  holder: ProcessIdentity
  emulator: ProcessIdentity | null
}

/**
 * Opens and locks the directory, which is made when missing. `null` stands for an ephemeral one, removed at exit. Throws a
 * Refusal when another living process holds it. The lock of a dead one is taken over.
 */
export function openDataDir(directory: string | null): DataDir {
  const path = directory === null ? mkdtempSync(join(tmpdir(), 'tripline-')) : resolve(directory)
  const file = (name: string) => join(path, name)
  const holder = identityOf(process.pid) ?? { pid: process.pid, birth: '' }
  const leftover = usable(path, () => {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return takeLock(file('lock'), holder)
  })
  let isHeld = true

  function release(): void {
    if (!isHeld) return
    isHeld = false
    process.off('exit', release)
    if (directory === null) rmSync(path, { recursive: true, force: true })
    else rmSync(file('lock'), { force: true })
  }

  process.on('exit', release)
  return {
    path,
    file,
    leftover,
    noteEmulator: (emulator) => writeAtomically(file('lock'), JSON.stringify({ holder, emulator })),
    release,
  }
}

/** What stands in the way of a directory, in words. */
const OBSTACLES: Record<string, string> = {
  EEXIST: 'there is a file of that name',
  ENOTDIR: 'a part of that path is a file',
  EACCES: 'we may not write there',
  EPERM: 'we may not write there',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its disk is full',
}

/** @throws Refusal where the directory cannot be made or written */
function usable<T>(path: string, open: () => T): T {
  try {
    return open()
  } catch (error) {
    const obstacle = OBSTACLES[codeOf(error) ?? '']
    if (obstacle === undefined) throw error
    throw new Refusal(
      409,
      `${path} cannot be the data directory: ${obstacle}; name another one with --data-dir`,
    )
  }
}

/** Replaces a file as a whole: a reader, or a crash, sees the old text or the new. */
export function writeAtomically(path: string, text: string): void {
  const draft = `${path}.${process.pid}.draft`
  writeFileSync(draft, text)
  renameSync(draft, path)
}

/** The link makes name and content appear at once, so nobody reads a lock half written. */
function takeLock(lock: string, holder: ProcessIdentity): ProcessIdentity | null {
  const draft = `${lock}.${process.pid}`
  writeFileSync(draft, JSON.stringify({ holder, emulator: null } satisfies Lock))
  try {
    for (let leftover: ProcessIdentity | null = null; ; ) {
      if (isTaken(() => linkSync(draft, lock))) return leftover
      const found = readLock(lock)
      if (found && isAlive(found.holder)) {
        throw new Refusal(
          409,
          `${lock}: process ${found.holder.pid} already uses this data directory; stop it, or name another one with --data-dir`,
        )
      }
      leftover = found?.emulator ?? leftover
      discard(lock, found)
    }
  } finally {
    unlinkSync(draft)
  }
}

/** Removes a dead process's lock, unless another process was quicker and the lock is already its own. */
function discard(lock: string, dead: Lock | null): void {
  const aside = `${lock}.${process.pid}.aside`
  try {
    renameSync(lock, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  const found = readLock(aside)
  if (found && found.holder.birth !== dead?.holder.birth && isAlive(found.holder)) {
    renameSync(aside, lock)
  } else unlinkSync(aside)
}

function isTaken(link: () => void): boolean {
  try {
    link()
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

function readLock(path: string): Lock | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Lock
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return null // gone, or cut short by a power loss
    throw error
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code
