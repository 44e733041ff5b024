import { expect, it } from 'vitest'
import {
  type Column,
  painter,
  printList,
  printObject,
  relativeTime,
  table,
} from '../../lib/cli/output.ts'

interface Loaf {
  id: string
  name: string
}

const COLUMNS: Column<Loaf>[] = [
  { title: 'ID', of: ({ id }) => id, isWhole: true },
  { title: 'Name', of: ({ name }) => name },
]
const PLAIN = painter({ env: { NO_COLOR: '1' } }, { isTTY: true })
const LOAVES: Loaf[] = [
  { id: '1', name: 'rye' },
  { id: '22', name: 'a sourdough of three flours and long patience' },
]

function terminal({ isTTY = false, columns = 80, env = {} } = {}) {
  const written = { out: '', err: '' }
  return {
    written,
    env: env as Record<string, string>,
    stdout: { write: (text: string) => (written.out += text), isTTY, columns },
    stderr: { write: (text: string) => (written.err += text) },
  }
}

it('a table has its titles above columns that line up', () => {
  expect(table(LOAVES.slice(0, 1), COLUMNS, 80, PLAIN)).toEqual(['ID  Name', '1   rye'])
})

it('a column that is too wide gives way, and what people copy never does', () => {
  expect(table(LOAVES, COLUMNS, 16, PLAIN).at(-1)).toBe('22  a sourdough…'.slice(0, 15).concat('…'))
})

it('where a table would leave nothing to recognize, a row is a block, and nothing is cut', () => {
  expect(table(LOAVES, COLUMNS, 13, PLAIN)).toEqual([
    'ID    1',
    'Name  rye',
    '',
    'ID    22',
    'Name  a sourdough of three flours and long patience',
  ])
})

it('an object on a terminal has no lines for what is empty', () => {
  const at = terminal({ isTTY: true, env: { NO_COLOR: '1' } })
  printObject(at, {}, { name: 'rye', tags: [], secret: null, text: 'a\nb\n', sold: false })

  expect(at.written.out).toBe('name  rye\ntext  a\n      b\nsold  false\n')
})

it('what the world wrote cannot move the cursor', () => {
  const [, line] = table([{ id: '1', name: 'a\u001b[2Jb\nc\u202ed' }], COLUMNS, 80, PLAIN)

  expect(line).toBe('1   a [2Jb c d')
})

it.each([
  ['a terminal has a table', { isTTY: true }, undefined, 'ID  Name\n1   rye\n'],
  ['a pipe has an object per line', {}, undefined, '{"id":"1","name":"rye"}\n'],
  [
    'json is one list',
    { isTTY: true },
    'json',
    '[\n  {\n    "id": "1",\n    "name": "rye"\n  }\n]\n',
  ],
  ['yaml is YAML', {}, 'yaml', '- id: "1"\n  name: rye\n'],
  ['a pipe has a table when it asks', {}, 'table', 'ID  Name\n1   rye\n'],
] as const)('%s', (_, kind, output, printed) => {
  const at = terminal({ ...kind, env: { NO_COLOR: '1' } })

  printList(at, output ? { output } : {}, LOAVES.slice(0, 1), COLUMNS)

  expect(at.written.out).toBe(printed)
})

it('a table in a file is not cut', () => {
  const at = terminal({ columns: 16 })
  printList(at, { output: 'table' }, LOAVES, COLUMNS)

  expect(at.written.out).toContain('22  a sourdough of three flours and long patience\n')
})

it('of an empty list a person is told, and a pipe gets nothing', () => {
  const [person, pipe] = [terminal({ isTTY: true }), terminal()]
  printList(person, {}, [], COLUMNS)
  printList(pipe, {}, [], COLUMNS)

  expect(person.written).toEqual({ out: '', err: 'There are none.\n' })
  expect(pipe.written).toEqual({ out: '', err: '' })
})

it.each([
  ['a terminal', { isTTY: true, env: {} }, true],
  ['a terminal with NO_COLOR', { isTTY: true, env: { NO_COLOR: '1' } }, false],
  ['a pipe', { isTTY: false, env: {} }, false],
])('%s is painted: %o → %s', (_, kind, isPainted) => {
  const at = terminal(kind)
  printObject(at, { output: 'table' }, { name: 'rye' })

  expect(at.written.out.includes('\u001b[1m')).toBe(isPainted)
})

const NOW = Date.parse('2026-11-21T09:00:00Z')
it.each([
  ['2026-11-21T08:59:59.900Z', 'just now'],
  ['2026-11-21T08:59:59Z', '1 second ago'],
  ['2026-11-21T08:57:00Z', '3 minutes ago'],
  ['2026-11-21T11:00:00Z', 'in 2 hours'],
  ['2026-11-18T09:00:00Z', '3 days ago'],
  [null, ''],
])('%s is %s', (instant, words) => {
  expect(relativeTime(instant, NOW)).toBe(words)
})
