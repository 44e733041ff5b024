// docs/PREFECT.md says of every route and every command of Prefect's whether it is here. It is right, or this fails.
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

/** What `prefect --help` lists, and the help of each; without other names for the same. */
const commands = JSON.parse(text('commands.json')) as string[]

/** The commands of a code span: `prefect flow ls, serve` is two of them, `prefect config …` all that begin so. */
function commandsIn(span: string): string[] {
  const [first = '', ...others] = span.replace(/ --\S+/, '').split(', ')
  const group = first.split(' ').slice(0, -1).join(' ')
  const spelled = [first, ...others.map((word) => `${group} ${word}`.trim())]
  return spelled.flatMap((one) =>
    one.endsWith('…') ? commands.filter((command) => command.startsWith(one.slice(0, -1))) : one,
  )
}

const [, table = ''] = /## Command line([\s\S]*?)\n## /.exec(text('../../docs/PREFECT.md')) ?? []
const commandRows = [
  ...table.matchAll(/^\| (`prefect .*?) \| (full|partial|absent) \|(.*)\|$/gm),
].map(([, cell = '', state = '', note = '']) => ({
  named: new Set(
    [...cell.matchAll(/`prefect ([^`]+)`/g)].flatMap(([, span = '']) => commandsIn(span)),
  ),
  state,
  note: note.trim(),
}))

describe('its table of commands', () => {
  it('has each command of Prefect’s once', () => {
    const named = commandRows.flatMap((row) => [...row.named])
    expect(named.toSorted()).toEqual(commands.toSorted())
  })

  it('says why, where something is missing', () => {
    expect(commandRows.filter(({ state, note }) => state !== 'full' && note === '')).toEqual([])
  })
})
