// docs/PREFECT.md says of every route of Prefect's whether it is here. It is right, or this fails.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { apiRoutes } from '../../lib/entries.ts'
import { fakes } from '../fakes.ts'

const text = (...path: string[]) => readFileSync(join(import.meta.dirname, ...path), 'utf8')

/** Two patterns of one path are one, whatever they call its parts. */
const named = (route: string) => route.replaceAll(/\{\w+\}|:\w+/g, '{}').replace(/\/$/, '')

interface Described {
  route: string
  state: string
  note: string
}

const ROW = /^\| ([A-Z]+) `([^`]+)` \| (full|partial|absent) \|(.*)\|$/gm
const rows: Described[] = [...text('../../docs/PREFECT.md').matchAll(ROW)].map(
  ([, method = '', path = '', state = '', note = '']) => ({
    route: named(`${method} ${path}`),
    state,
    note: note.trim(),
  }),
)

const { paths } = JSON.parse(text('answers.json')) as { paths: Record<string, object> }
const prefects = Object.entries(paths).flatMap(([path, operations]) =>
  Object.keys(operations).map((method) => named(`${method.toUpperCase()} ${path}`)),
)
const ours = new Set(
  apiRoutes(fakes().services).map(({ method, path }) => named(`${method} ${path}`)),
)

describe('docs/PREFECT.md', () => {
  it('has each route of Prefect’s once', () => {
    expect(rows.map(({ route }) => route).toSorted()).toEqual(prefects.toSorted())
  })

  it('calls absent what is, and nothing else', () => {
    const absent = rows.filter(({ state }) => state === 'absent').map(({ route }) => route)
    expect(absent).toEqual(rows.map(({ route }) => route).filter((route) => !ours.has(route)))
  })

  it('says why, where something is missing', () => {
    expect(rows.filter(({ state, note }) => state !== 'full' && note === '')).toEqual([])
  })
})
