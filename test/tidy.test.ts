// The house rules that a test can hold: who may import whom, what is never written, and that the docs name files that exist.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

/** Rooms and the rooms they may import. A room may always import itself. */
const ARROWS: Record<string, string[]> = {
  functions: ['entries', 'aws'],
  infra: ['names'],
  entries: ['http', 'console', 'steps', 'core', 'store/stream', 'names'],
  http: ['steps', 'core'],
  console: ['http/route', 'http/gate', 'steps', 'core'],
  steps: ['core'],
  store: ['core', 'names'],
  aws: ['store', 'core', 'names'],
  sdk: ['core'],
  cli: ['sdk', 'core', 'local'],
  local: ['entries', 'aws', 'store', 'core', 'names'],
  core: [],
  names: [],
}

/** Packages only one place may import. */
const PACKAGES: Record<string, string[]> = {
  '@aws-sdk/client-dynamodb': ['lib/store/', 'lib/local/', 'lib/aws/'],
  '@aws-sdk/client-scheduler': ['lib/aws/', 'lib/local/'],
  '@aws-sdk/client-sqs': ['lib/aws/'],
  '@aws-sdk/client-s3': ['lib/aws/'],
  '@aws-sdk/client-kms': ['lib/aws/'],
  '@aws-sdk/client-lambda': ['lib/aws/'],
  '@aws-sdk/client-secrets-manager': ['lib/aws/'],
  '@aws-sdk/client-eventbridge': ['lib/aws/', 'lib/local/'],
  'aws-cdk-lib': ['infra/'],
}

/** Never written: in the code, or anywhere, comments included. */
const BANNED: [RegExp, string, 'code' | 'anywhere'][] = [
  [/\bTODO\b|\bFIXME\b/, 'leave no note behind: do it, or write it in an issue', 'anywhere'],
  [/@ts-ignore|@ts-nocheck|@ts-expect-error/, 'fix the type', 'anywhere'],
  [/:\s*any\b|\bas any\b|<any>/, 'use unknown and parse it', 'code'],
  [/^export default/m, 'name what you export', 'code'],
  [/\benum [A-Z]/, 'use a union of literals', 'code'],
]

function sources(folder: string): string[] {
  const path = join(ROOT, folder)
  if (!existsSync(path)) return []
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name))
}

const files = ['lib', 'functions', 'infra'].flatMap(sources)
const withBenches = [...files, ...sources('bench')]
const text = (file: string) => readFileSync(join(ROOT, file), 'utf8')

function roomOf(file: string): string {
  const [top = '', second = ''] = file.split('/')
  if (top !== 'lib') return top
  return second.replace(/\.tsx?$/, '')
}

const STATIC_IMPORT = /^(?:import|export)\s[^'\n]*?(?:\n[^'\n]*?)*?'([^']+)'/gm
const DYNAMIC_IMPORT = /\bimport\('([^']+)'\)/g

/** Code that a file writes elsewhere: what it imports is no import of the file. */
const WRITTEN = /= `(?:\\`|[^`])*\n(?:\\`|[^`])*`/g

const imports = (file: string): string[] =>
  [STATIC_IMPORT, DYNAMIC_IMPORT].flatMap((pattern) =>
    [...text(file).replace(WRITTEN, '').matchAll(pattern)]
      .filter(([whole]) => /^(import|export)[^=(]*from\s*'|^import\s*'|import\('/.test(whole))
      .map((match) => match[1] ?? ''),
  )

/** The files of ours that a file imports, be it only for a type. */
const ours = (file: string): string[] =>
  imports(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(ROOT, join(ROOT, dirname(file), name)))

/** A way from a file over its imports back to it, of the first file that has one; null where every file can be read from the ground up. */
function circleIn(graph: ReadonlyMap<string, string[]>): string[] | null {
  const cleared = new Set<string>()
  const walk = (file: string, way: string[]): string[] | null => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
    if (cleared.has(file)) return null
    for (const next of graph.get(file) ?? []) {
      const circle = walk(next, [...way, file])
      if (circle) return circle
    }
    cleared.add(file)
    return null
  }
  for (const file of graph.keys()) {
    const circle = walk(file, [])
    if (circle) return circle
  }
  return null
}

/** The code without its comments, where words mean what they say. */
const code = (file: string): string =>
  text(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '')

describe('the house', () => {
  it.each(files)('%s imports only rooms its room may import', (file) => {
    const room = roomOf(file)
    for (const path of ours(file)) {
      const targetRoom = roomOf(path)
      const allowed =
        targetRoom === room ||
        (ARROWS[room] ?? []).some(
          (arrow) => arrow === targetRoom || path.startsWith(`lib/${arrow}.`),
        )
      expect(allowed, `${file} → ${path}`).toBe(true)
    }
  })

  it('no file imports itself by way of others', () => {
    const circle = circleIn(new Map(withBenches.map((file) => [file, ours(file)])))

    expect(circle?.join(' → ') ?? 'none').toBe('none')
  })

  it.each(files)('%s imports packages only where they belong', (file) => {
    for (const [name, places] of Object.entries(PACKAGES)) {
      if (!imports(file).some((target) => target === name || target.startsWith(`${name}/`)))
        continue
      expect(
        places.some((place) => file.startsWith(place)),
        `${file} → ${name}`,
      ).toBe(true)
    }
  })

  it('core imports no package but zod, node:crypto and calendars for schedules', () => {
    const calendars = ['croner', 'rrule-temporal', 'temporal-polyfill']
    for (const file of files.filter((name) => name.startsWith('lib/core/'))) {
      const packages = imports(file).filter((name) => !name.startsWith('.'))
      const allowed = ['zod', 'node:crypto', ...(file === 'lib/core/schedule.ts' ? calendars : [])]
      expect(
        packages.filter((name) => !allowed.includes(name)),
        file,
      ).toEqual([])
    }
  })

  it.each(files)('%s opens by saying what it is', (file) => {
    expect(
      text(file)
        .replace(/^#!.*\n/, '')
        .startsWith('// '),
    ).toBe(true)
  })

  it.each(files)('%s has none of the banned words', (file) => {
    for (const [pattern, instead, words] of BANNED) {
      expect(pattern.test(words === 'code' ? code(file) : text(file)), `${file}: ${instead}`).toBe(
        false,
      )
    }
  })

  it('every file that docs/ARCHITECTURE.md names exists', () => {
    const named = [
      ...readFileSync(join(ROOT, 'docs/ARCHITECTURE.md'), 'utf8').matchAll(
        /`((?:lib|test|functions|infra)\/[\w/.-]+\.tsx?)`/g,
      ),
    ]
    expect(named.length).toBeGreaterThan(10)
    for (const [, file = ''] of named) expect(existsSync(join(ROOT, file)), file).toBe(true)
  })
})
