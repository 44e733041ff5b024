// Filters over the feed's columns. Each name and each resource is tested once, when a row first has it, and remembered for the
// rest of the query; only payloads are looked at row by row, and only by text searches.
import {
  type Columns,
  nameAt,
  primaryJsonAt,
  type ResourceDictionary,
  relatedJsonAt,
} from './feed-columns.ts'
import { findId, idWords } from './feed-ids.ts'
import type { FilteredResource, ResourceTest, StoredFilter } from './stored-filter.ts'
import { meetsText, storedText } from './text-search.ts'

/** A test of rows, made for one query: it remembers what it has seen, and columns must not change meanwhile. */
export type RowTest = (row: number) => boolean

/** Whether a row passes all of a filter but its time and `distinct`; null when it asks nothing else. */
export function rowTest(columns: Columns, filter: StoredFilter): RowTest | null {
  const tests: RowTest[] = []
  const { ids, name, resource, text } = filter
  if (ids) {
    const rows = new Set([...ids].map((id) => findId(columns.ids, idWords(id))))
    tests.push((row) => rows.has(row))
  }
  if (name) tests.push(nameTest(columns, name))
  if (resource) {
    tests.push(primaryTest(columns, resourceTest(columns, resource)(columns.primaries)))
  }
  for (const involved of filter.involved) tests.push(involvedTest(columns, involved))
  if (text) {
    const terms = new Map<string, RowTest>()
    for (const term of [text.include, text.exclude, text.required].flat()) {
      terms.set(term, termTest(columns, term))
    }
    tests.push((row) => meetsText(text, (term) => terms.get(term)?.(row) ?? false))
  }
  const [first, second] = tests
  if (!first) return null
  if (!second) return first
  return (row) => tests.every((test) => test(row))
}

type NumberTest = (number: number) => boolean

const YES = 1
const NO = 2

/** A test of numbers in a dictionary that is put to each number once. */
function remembered(size: number, test: NumberTest): NumberTest {
  const known = new Uint8Array(size)
  return (number) => {
    if (known[number] === 0) known[number] = test(number) ? YES : NO
    return known[number] === YES
  }
}

function nameTest({ names, name }: Columns, test: (name: string) => boolean): RowTest {
  const passes = remembered(names.texts.length, (number) => test(names.texts[number] ?? ''))
  return (row) => passes(name[row] ?? 0)
}

/** Tests resources of both dictionaries, primary and related ones, sharing what is known about ids. */
function resourceTest(columns: Columns, { id, rest }: ResourceTest) {
  const { texts } = columns.resourceIds
  const hasId = id && remembered(texts.length, (number) => id(texts[number] ?? ''))
  return (resources: ResourceDictionary): NumberTest => {
    const { ids, json } = resources
    const view = viewOf(columns, resources)
    return remembered(
      json.texts.length,
      (number) =>
        (hasId === null || hasId(ids[number] ?? 0)) && (rest === null || rest(view(number))),
    )
  }
}

/** A resource by its number, read only as far as asked; each call turns the same object to another resource. */
function viewOf({ resourceIds }: Columns, { json, ids, roles }: ResourceDictionary) {
  let current = 0
  const view: FilteredResource = {
    get id() {
      return resourceIds.texts[ids[current] ?? 0] ?? ''
    },
    get role() {
      return roles[current] ?? ''
    },
    label: (name) => labelIn(json.texts[current] ?? '{}', name),
  }
  return (number: number) => {
    current = number
    return view
  }
}

/** A resource's label, without reading the others where it is certain that the name can only be found as a key. */
function labelIn(json: string, name: string): string | undefined {
  if (/^[\w.-]+$/.test(name)) {
    const key = `"${name}":"`
    const at = json.indexOf(key)
    if (at < 0) return undefined
    const from = at + key.length
    const to = json.indexOf('"', from)
    const value = json.slice(from, to)
    if (!value.includes('\\')) return value
  }
  const labels: Record<string, string> = JSON.parse(json)
  return Object.hasOwn(labels, name) ? labels[name] : undefined
}

const primaryTest =
  ({ primary }: Columns, test: NumberTest): RowTest =>
  (row) =>
    test(primary[row] ?? 0)

function relatedTest({ related, relatedFrom, relatedCount }: Columns, test: NumberTest): RowTest {
  return (row) => {
    const from = relatedFrom[row] ?? 0
    const to = from + (relatedCount[row] ?? 0)
    for (let i = from; i < to; i++) if (test(related[i] ?? 0)) return true
    return false
  }
}

function involvedTest(columns: Columns, test: ResourceTest): RowTest {
  const testIn = resourceTest(columns, test)
  const isPrimary = primaryTest(columns, testIn(columns.primaries))
  const isRelated = relatedTest(columns, testIn(columns.relateds))
  return (row) => isPrimary(row) || isRelated(row)
}

/**
 * Terms that may reach over a comma, a colon, the end of a part or of the list of related resources: only the whole text tells whether a
 * row has them.
 */
const REACHES_OVER = /[,:]|[}\]]\s|\s[{[]|^\s|\s$|\[[{\]]|\[$|[}[]\]|^\]/

function termTest(columns: Columns, term: string): RowTest {
  if (!REACHES_OVER.test(term)) return partTest(columns, term)
  const pieces = term.split(/[\s,:{}[\]]+/).filter((piece) => piece !== '')
  const tests = pieces.map((piece) => partTest(columns, piece))
  return (row) => tests.every((test) => test(row)) && textAt(columns, row).includes(term)
}

/** Whether some part of a row has the term: its name, a resource, or the payload. */
function partTest(columns: Columns, term: string): RowTest {
  const { names, primaries, relateds } = columns
  const hasTerm = (texts: string[]) =>
    remembered(texts.length, (number) => (texts[number] ?? '').toLowerCase().includes(term))
  const inName = hasTerm(names.texts)
  const inPrimary = primaryTest(columns, hasTerm(primaries.json.texts))
  const inRelated = relatedTest(columns, hasTerm(relateds.json.texts))
  const inPayload = payloadTest(columns, term)
  return (row) =>
    inName(columns.name[row] ?? 0) || inPrimary(row) || inRelated(row) || inPayload(row)
}

/** Terms whose rows are remembered for columns: those of the page that is open, and of one or two others. */
const TERMS_MAX = 8
const searched = new WeakMap<Columns, Map<string, Uint8Array>>()

/**
 * Payloads are what takes time to search. Rows never change, so what was found out of them is kept for the next query: a page asks for rows
 * and for bars, and a live one asks again every second.
 */
function payloadTest(columns: Columns, term: string): RowTest {
  const terms = searched.get(columns) ?? new Map<string, Uint8Array>()
  searched.set(columns, terms)
  let known = terms.get(term) ?? new Uint8Array(columns.occurred.length)
  if (known.length < columns.rows) {
    const longer = new Uint8Array(columns.occurred.length)
    longer.set(known)
    known = longer
  }
  terms.delete(term)
  terms.set(term, known)
  if (terms.size > TERMS_MAX) terms.delete(terms.keys().next().value as string)
  return (row) => {
    if (known[row] === 0) {
      known[row] = (columns.payloads[row] ?? '').toLowerCase().includes(term) ? YES : NO
    }
    return known[row] === YES
  }
}

const textAt = (columns: Columns, row: number): string =>
  storedText(
    nameAt(columns, row),
    primaryJsonAt(columns, row),
    relatedJsonAt(columns, row),
    columns.payloads[row] ?? '',
  )
