// Secrets sealed with a key file.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fileSecrets } from '../../lib/local/secrets.ts'

let folder: string
const keyFile = () => join(folder, 'secrets.key')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tripline-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('opens what it sealed, also after a restart', async () => {
  const sealed = await fileSecrets(keyFile()).seal('bäcker’s key', 'document 1')

  expect(sealed).not.toContain('key')
  expect(await fileSecrets(keyFile()).open(sealed, 'document 1')).toBe('bäcker’s key')
})

it('makes a key that only its owner may read', () => {
  fileSecrets(keyFile())

  expect(statSync(keyFile()).mode & 0o777).toBe(0o600)
  expect(readFileSync(keyFile())).toHaveLength(32)
})

it('seals one text differently each time', async () => {
  const secrets = fileSecrets(keyFile())

  expect(await secrets.seal('flour', 'd')).not.toBe(await secrets.seal('flour', 'd'))
})

it('opens nothing that was sealed in another context, with another key, altered or cut', async () => {
  const secrets = fileSecrets(keyFile())
  const sealed = await secrets.seal('flour', 'document 1')
  const another = fileSecrets(join(folder, 'other.key'))
  const altered = `${sealed.slice(0, -1)}${sealed.endsWith('A') ? 'Q' : 'A'}`

  await expect(secrets.open(sealed, 'document 2')).rejects.toThrow()
  await expect(another.open(sealed, 'document 1')).rejects.toThrow()
  await expect(secrets.open(altered, 'document 1')).rejects.toThrow()
  await expect(secrets.open(sealed.slice(0, 20), 'document 1')).rejects.toThrow()
  await expect(secrets.open('plain', 'document 1')).rejects.toThrow()
})

it('refuses a file that holds no key', () => {
  writeFileSync(keyFile(), 'short')

  expect(() => fileSecrets(keyFile())).toThrow('holds no key')
})

it('a start that was killed before its key was written leaves the next one free to make it', () => {
  writeFileSync(`${keyFile()}.draft`, 'half a key')

  fileSecrets(keyFile())

  expect(readFileSync(keyFile())).toHaveLength(32)
  expect(statSync(keyFile()).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['secrets.key'])
})
