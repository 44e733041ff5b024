// The feed's memory: events as rows of typed columns. Names and resources repeat, so each is kept once, as text, and rows hold
// its number; what an event alone has (its payload) is a string of its own. About 100 bytes a row beyond those texts.
import type { Event } from './event.ts'
import {
  appendId,
  compareIds,
  createRowIds,
  findId,
  type IdWords,
  idAt,
  idWords,
  type RowIds,
  wordsAt,
} from './feed-ids.ts'
import { readExactJson, writeJson } from './json.ts'
import { formatInstant, type Micros, parseInstant } from './time.ts'

/** Texts kept once each, by number. */
export interface Dictionary {
  readonly texts: string[]
  numberOf(text: string): number
  /** The number of a text that may not be there: -1. */
  find(text: string): number
}

function createDictionary(): Dictionary {
  const numbers = new Map<string, number>()
  const texts: string[] = []
  return {
    texts,
    numberOf(text) {
      const known = numbers.get(text)
      if (known !== undefined) return known
      numbers.set(text, texts.length)
      return texts.push(text) - 1
    },
    find: (text) => numbers.get(text) ?? -1,
  }
}

/** Resources kept once each, as JSON. `ids` are numbers in the dictionary of resource ids; a primary resource's role is ''. */
export interface ResourceDictionary {
  readonly json: Dictionary
  readonly ids: number[]
  readonly roles: string[]
}

const createResources = (): ResourceDictionary => ({
  json: createDictionary(),
  ids: [],
  roles: [],
})

type Column = Float64Array | Uint32Array | Uint16Array

/** Rows a new set of columns has room for; doubled when full. */
const ROWS_MIN = 1024

/** All rows. Typed columns are replaced by longer ones when full, so hold none of them across an `addRow`. */
export interface Columns {
  rows: number
  /** Characters of all texts, dictionaries included: what memory grows with besides rows. */
  characters: number
  occurred: Float64Array
  received: Float64Array
  names: Dictionary
  name: Uint32Array
  resourceIds: Dictionary
  primaries: ResourceDictionary
  primary: Uint32Array
  relateds: ResourceDictionary
  /** Row r's related resources are `related[relatedFrom[r]] …`, `relatedCount[r]` of them. */
  related: Uint32Array
  relatedFrom: Uint32Array
  relatedCount: Uint16Array
  relatedRows: number
  payloads: string[]
  /** Few events follow another. */
  follows: Map<number, string>
  ids: RowIds
}

export const createColumns = (): Columns => ({
  rows: 0,
  characters: 0,
  occurred: new Float64Array(ROWS_MIN),
  received: new Float64Array(ROWS_MIN),
  names: createDictionary(),
  name: new Uint32Array(ROWS_MIN),
  resourceIds: createDictionary(),
  primaries: createResources(),
  primary: new Uint32Array(ROWS_MIN),
  relateds: createResources(),
  related: new Uint32Array(ROWS_MIN),
  relatedFrom: new Uint32Array(ROWS_MIN),
  relatedCount: new Uint16Array(ROWS_MIN),
  relatedRows: 0,
  payloads: [],
  follows: new Map(),
  ids: createRowIds(),
})

/** An event in parts: what is kept once each, and what is its own. */
interface Parts {
  words: IdWords
  occurred: Micros
  received: Micros
  name: string
  primary: ResourcePart
  related: ResourcePart[]
  payload: string
  follows: string | null
}

interface ResourcePart {
  json: string
  id: string
  role: string
}

/** Adds an event as a new row; -1 when its id is there already, whose event then stays as it was. */
export function addRow(columns: Columns, event: Event): number {
  const words = idWords(event.id)
  if (findId(columns.ids, words) >= 0) return -1
  return append(columns, {
    words,
    occurred: parseInstant(event.occurred) ?? 0,
    received: parseInstant(event.received) ?? 0,
    name: event.event,
    primary: { ...resourcePart(event.resource), role: '' },
    related: event.related.map(resourcePart),
    payload: writeJson(event.payload).text,
    follows: event.follows,
  })
}

const resourcePart = (resource: Record<string, string>): ResourcePart => ({
  json: JSON.stringify(resource),
  id: resource['prefect.resource.id'] ?? '',
  role: resource['prefect.resource.role'] ?? '',
})

/** Adds a row of other columns, without reading its texts. */
export const copyRow = (columns: Columns, from: Columns, row: number): number =>
  append(columns, {
    words: wordsAt(from.ids, row),
    occurred: from.occurred[row] ?? 0,
    received: from.received[row] ?? 0,
    name: nameAt(from, row),
    primary: partAt(from, from.primaries, from.primary[row] ?? 0),
    related: Array.from(relatedAt(from, row), (number) => partAt(from, from.relateds, number)),
    payload: from.payloads[row] ?? '{}',
    follows: from.follows.get(row) ?? null,
  })

const partAt = (from: Columns, { json, ids, roles }: ResourceDictionary, number: number) => ({
  json: json.texts[number] ?? '{}',
  id: from.resourceIds.texts[ids[number] ?? 0] ?? '',
  role: roles[number] ?? '',
})

function append(columns: Columns, parts: Parts): number {
  const row = columns.rows
  if (row === columns.occurred.length) growRows(columns)
  columns.occurred[row] = parts.occurred
  columns.received[row] = parts.received
  columns.name[row] = numbered(columns, columns.names, parts.name)
  columns.primary[row] = resourceNumber(columns, columns.primaries, parts.primary)
  columns.relatedFrom[row] = columns.relatedRows
  columns.relatedCount[row] = parts.related.length
  for (const part of parts.related) {
    addRelated(columns, resourceNumber(columns, columns.relateds, part))
  }
  columns.payloads.push(parts.payload === '{}' ? '{}' : parts.payload)
  columns.characters += parts.payload.length
  if (parts.follows !== null) columns.follows.set(row, parts.follows)
  appendId(columns.ids, parts.words)
  columns.rows = row + 1
  return row
}

/** The event of a row, as it was added. */
export function eventAt(columns: Columns, row: number): Event {
  return {
    occurred: formatInstant(columns.occurred[row] ?? 0),
    event: nameAt(columns, row),
    resource: JSON.parse(primaryJsonAt(columns, row)),
    related: JSON.parse(relatedJsonAt(columns, row)),
    payload: readExactJson(columns.payloads[row] ?? '{}') as Event['payload'],
    id: idAt(columns.ids, row),
    follows: columns.follows.get(row) ?? null,
    received: formatInstant(columns.received[row] ?? 0),
  }
}

export const nameAt = ({ names, name }: Columns, row: number): string =>
  names.texts[name[row] ?? 0] ?? ''

export const primaryJsonAt = ({ primaries, primary }: Columns, row: number): string =>
  primaries.json.texts[primary[row] ?? 0] ?? '{}'

export const relatedJsonAt = (columns: Columns, row: number): string =>
  `[${[...relatedAt(columns, row)].map((number) => columns.relateds.json.texts[number]).join(',')}]`

/** Numbers of a row's related resources, in the order of its event. */
function relatedAt(columns: Columns, row: number): Uint32Array {
  const from = columns.relatedFrom[row] ?? 0
  return columns.related.subarray(from, from + (columns.relatedCount[row] ?? 0))
}

/** At most so many characters go with a row: its resources may be those of others too. */
export const charactersAt = (columns: Columns, row: number): number =>
  (columns.payloads[row]?.length ?? 0) +
  nameAt(columns, row).length +
  primaryJsonAt(columns, row).length +
  relatedJsonAt(columns, row).length

/** The order of the feed: by `occurred`, then by id. */
export function compareRows(columns: Columns, a: number, b: number): number {
  const { occurred, ids } = columns
  const apart = (occurred[a] ?? 0) - (occurred[b] ?? 0)
  return apart !== 0 ? apart : compareIds(ids, a, b)
}

/** The same for a row and a place between rows. */
export function compareToPlace(
  columns: Columns,
  row: number,
  occurred: Micros,
  id: string,
): number {
  const apart = (columns.occurred[row] ?? 0) - occurred
  if (apart !== 0) return apart
  const own = idAt(columns.ids, row)
  return own < id ? -1 : own > id ? 1 : 0
}

function numbered(columns: Columns, dictionary: Dictionary, text: string): number {
  const before = dictionary.texts.length
  const number = dictionary.numberOf(text)
  if (dictionary.texts.length > before) columns.characters += text.length
  return number
}

function resourceNumber(
  columns: Columns,
  dictionary: ResourceDictionary,
  { json, id, role }: ResourcePart,
): number {
  const number = numbered(columns, dictionary.json, json)
  if (number === dictionary.ids.length) {
    dictionary.ids.push(numbered(columns, columns.resourceIds, id))
    dictionary.roles.push(role)
  }
  return number
}

function addRelated(columns: Columns, number: number): void {
  if (columns.relatedRows === columns.related.length) columns.related = doubled(columns.related)
  columns.related[columns.relatedRows] = number
  columns.relatedRows += 1
}

function growRows(columns: Columns): void {
  columns.occurred = doubled(columns.occurred)
  columns.received = doubled(columns.received)
  columns.name = doubled(columns.name)
  columns.primary = doubled(columns.primary)
  columns.relatedFrom = doubled(columns.relatedFrom)
  columns.relatedCount = doubled(columns.relatedCount)
}

function doubled<T extends Column>(column: T): T {
  const next = new (column.constructor as new (length: number) => T)(2 * column.length)
  next.set(column)
  return next
}
