// Secrets are compared by timingSafeEqual alone: no `===` between two things of which one is a secret, a signature or a digest.
// The names are what we go by; a comparison with a literal, null or undefined gives nothing away.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

const SECRET =
  '(?:[\\w.]*(?:secret|signature|digest|hmac|password|passwd|credential|bearer|apikey|mac|proof|key)(?:Text|Bytes)?)'
const OPEN = '(?:null|undefined|true|false|[\'"`]|-?\\d)'
/** `a === secret`, `secret !== b`, `secret.equals(b)`, `Buffer.compare(…)`, `secret.startsWith(b)`. */
const COMPARISONS = [
  new RegExp(`\\b${SECRET}\\s*[!=]==?\\s*(?!${OPEN}|typeof)[\\w.([]`, 'i'),
  new RegExp(`(?<!typeof )\\b(?!typeof)[\\w.)\\]]+\\s[!=]==?\\s*${SECRET}\\b(?![.(])`, 'i'),
  new RegExp(
    `\\b${SECRET}\\.(?:equals|localeCompare|startsWith|endsWith|includes)\\((?!['"\`]|SECRET_PREFIX)`,
    'i',
  ),
  /\bBuffer\.compare\(/,
]

/** Names that end so and are none: keys of objects, of tables and of triggers, which their owners know. */
const NO_SECRETS = /\b(?:key|bucket\.key|[\w.]*(?:Key|_key|\.key|keys?))\b/

/** A form's choice among the presets' names. */
const HARMLESS = [
  'checked={draft.signature === value}',
  'selected={draft.signature === name}',
  'draft.signature === KEPT',
  '...(signature !== KEPT && {',
]

const suspicious = (line: string): boolean => {
  if (HARMLESS.some((text) => line.includes(text))) return false
  const code = line.replace(/\/\/.*|^\s*\*.*|^\s*\/\*\*.*/, '')
  return COMPARISONS.some((comparison) => {
    const found = comparison.exec(code)?.[0]
    return found !== undefined && !(NO_SECRETS.test(found) && !/secret|api_?key/i.test(found))
  })
}

const sources = ['lib', 'functions'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name)),
)

describe('secrets', () => {
  it('are compared with one another nowhere but by timingSafeEqual', () => {
    const found = sources.flatMap((file) =>
      readFileSync(join(ROOT, file), 'utf8')
        .split('\n')
        .flatMap((line, at) => (suspicious(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
    )

    expect(found).toEqual([])
  })

  it.each([
    'if (given === secret) return true',
    'return hmac.digest === right',
    'const same = signature !== expected',
    'right.signature.equals(given)',
    'return Buffer.compare(a, b) === 0',
    'if (apiKey == other.apiKey) return',
  ])('%s would be found', (line) => {
    expect(suspicious(line)).toBe(true)
  })

  it.each(['if (secret === null) return', "signature === ''", 'a.key === b.key'])(
    '%s gives nothing away',
    (line) => {
      expect(suspicious(line)).toBe(false)
    },
  )

  it('and it is called where they are: signatures, API keys, the admin key, the console, signed links', () => {
    const calling = sources.filter((file) =>
      readFileSync(join(ROOT, file), 'utf8').includes('timingSafeEqual('),
    )

    expect(calling.toSorted()).toEqual([
      'lib/aws/admin-key.ts',
      'lib/console/app.tsx',
      'lib/core/api-key.ts',
      'lib/core/review-link.ts',
      'lib/core/signature.ts',
    ])
  })
})
