// The index of triggers: who may care about an event, without asking every trigger. Each is filed under one condition that any
// event it cares about must meet, the one under which fewest others are filed; of what is found there the rest is asked.
//
// A condition is a list of alternative keys: the event's name, a label of its resource, or a label of a related one, being or
// beginning with a text. Suffixes, `?` and `[...]` are filed under what stands before them, negations under the mere presence of
// their label; what has no such condition is asked about every event.
//
// With many triggers, time goes into waiting for memory that is not in the processor's cache. So what triggers have in common is
// kept once and asked once per event, and of a trigger that is found little more is touched than its entry.

import type {
  CompiledAutomation,
  CompiledSpecification,
  CompiledTrigger,
} from './compiled-trigger.ts'
import type { Event, Resource } from './event.ts'
import type { Glob, Pattern } from './glob.ts'
import { coversRelated, isInterestedInName, meets } from './match.ts'

/** Triggers of one workspace, by what an event must have to concern them. */
export interface TriggerIndex {
  add(automation: CompiledAutomation): void
  /** Takes the very object that was added. */
  remove(automation: CompiledAutomation): void
  /** The triggers that are interested in the event, as `isInterested` decides; each once, in no particular order. */
  interested(event: Event): CompiledTrigger[]
}

/** What an event must have: a text that its name, or the value of one of its labels, is or begins with. */
interface Key {
  of: 'name' | 'resource' | 'related'
  /** '' for the name. */
  label: string
  text: string
  isPrefix: boolean
  /** Where it is in its label's shelf: a hash of text and kind. */
  place: number
  /** Whether the key says all that the pattern does. */
  isWhole: boolean
}

/** A trigger and its places. */
interface Entry {
  trigger: CompiledTrigger
  keys: Key[]
  /** What a value that leads here must be, or begin with; '' if the rest asks that again. */
  text: string
  isPrefix: boolean
  rest: Rest
  /** Asked last, and of this trigger alone. */
  related: CompiledSpecification[] | null
  /** The query that saw it last: one query can come across it in several places. */
  askedIn: number
}

/** What is left to ask of triggers found, except of related resources: the same for all that have the same left. */
interface Rest {
  names: CompiledTrigger['names']
  match: CompiledSpecification
  text: string
  users: number
  askedIn: number
  answer: boolean
}

/**
 * Entries by the text they want of one label, whole or its beginning. Places are found by hash: every prefix's comes up on the
 * way through a value, where looking up the prefixes themselves would make as many texts. As hashes may collide, entries ask.
 */
interface Shelf {
  places: Map<number, Entry[]>
  /** By length, with which characters prefixes end, as bits: nearly all end in a dot, and most values have few. */
  endings: number[]
}

/** An event on its way through the index. */
interface Query {
  number: number
  event: Event
  found: CompiledTrigger[]
}

/** Longer prefixes are filed under their first so many characters, and no value is read beyond them. */
const PREFIX_LENGTH_MAX = 256

/** An event meets many prefixes of one value, but one exact text; and many triggers share a name. */
const PREFIX_PENALTY = 1
const NAME_PENALTY = 1
/** A label is there in many events. Filing under its presence pays when the other places are crowded. */
const PRESENCE_PENALTY = 16

export function createTriggerIndex(): TriggerIndex {
  const shelves = {
    name: new Map<string, Shelf>(),
    resource: new Map<string, Shelf>(),
    related: new Map<string, Shelf>(),
  }
  const entries = new Map<CompiledTrigger, Entry>()
  const rests = new Map<string, Rest>()
  const unconditional: Entry[] = []
  const indifferent = new Set<CompiledTrigger>()
  /** The same as a list; made anew after a change. */
  let allIndifferent: CompiledTrigger[] | null = null
  let queries = 0

  const filedUnder = (key: Key): Entry[] | undefined =>
    shelves[key.of].get(key.label)?.places.get(key.place)

  /** How many triggers would have to be asked with a trigger filed here, and how likely it is that there will be more. */
  const crowd = (condition: Key[]): number =>
    condition.reduce(
      (most, key) => Math.max(most, (filedUnder(key)?.length ?? 0) + penaltyOf(key)),
      0,
    )

  /** Of equally crowded conditions the one with fewer keys; null if there is none. */
  const leastCrowded = (conditions: Key[][]): Key[] | null =>
    conditions
      .map((keys) => ({ keys, crowd: crowd(keys) }))
      .sort((a, b) => a.crowd - b.crowd || a.keys.length - b.keys.length)[0]?.keys ?? null

  function file(key: Key, entry: Entry): void {
    const shelf = shelves[key.of].get(key.label) ?? { places: new Map(), endings: [] }
    shelves[key.of].set(key.label, shelf)
    const filed = shelf.places.get(key.place)
    if (filed) filed.push(entry)
    else shelf.places.set(key.place, [entry])
    if (key.isPrefix) addEnding(shelf.endings, key.text)
  }

  /** Endings stay as long as the shelf: they save looking, no more. */
  function takeOut(key: Key, entry: Entry): void {
    const shelf = shelves[key.of].get(key.label)
    const filed = shelf?.places.get(key.place)
    if (!shelf || !filed || withdraw(filed, entry) > 0) return
    shelf.places.delete(key.place)
    if (shelf.places.size === 0) shelves[key.of].delete(key.label)
  }

  function share(names: Rest['names'], match: CompiledSpecification): Rest {
    const text = JSON.stringify([names.listed, match])
    const rest = rests.get(text) ?? { names, match, text, users: 0, askedIn: 0, answer: false }
    rests.set(text, rest)
    rest.users += 1
    return rest
  }

  function addTrigger(trigger: CompiledTrigger): void {
    if (isIndifferent(trigger)) {
      indifferent.add(trigger)
      return
    }
    const { names, match, matchRelated } = trigger
    const keys = leastCrowded(conditionsOf(trigger))
    const [key] = keys ?? []
    const isMet = keys?.length === 1 && key?.of === 'resource' && key.isWhole
    const entry: Entry = {
      trigger,
      keys: keys ?? [],
      text: isMet ? key.text : '',
      isPrefix: !isMet || key.isPrefix,
      rest: share(names, isMet ? match.filter(({ label }) => label !== key.label) : match),
      related: matchRelated.length > 0 ? matchRelated : null,
      askedIn: 0,
    }
    entries.set(trigger, entry)
    if (keys === null) unconditional.push(entry)
    for (const key of entry.keys) file(key, entry)
  }

  function removeTrigger(trigger: CompiledTrigger): void {
    indifferent.delete(trigger)
    const entry = entries.get(trigger)
    if (!entry) return
    entries.delete(trigger)
    withdraw(unconditional, entry)
    for (const key of entry.keys) takeOut(key, entry)
    entry.rest.users -= 1
    if (entry.rest.users === 0) rests.delete(entry.rest.text)
  }

  return {
    add({ triggers }) {
      allIndifferent = null
      for (const trigger of triggers) addTrigger(trigger)
    },
    remove({ triggers }) {
      allIndifferent = null
      for (const trigger of triggers) removeTrigger(trigger)
    },
    interested(event) {
      queries += 1
      allIndifferent ??= [...indifferent]
      const query: Query = { number: queries, event, found: [] }
      ask(query, unconditional, '')
      lookUp(query, shelves.name.get(''), event.event)
      lookUpLabels(query, shelves.resource, event.resource)
      for (const related of event.related) lookUpLabels(query, shelves.related, related)
      const [anyone] = allIndifferent
      return anyone && isInterestedInName(anyone, event.event)
        ? allIndifferent.concat(query.found)
        : query.found
    },
  }
}

function penaltyOf({ of, isPrefix, text }: Key): number {
  const ofName = of === 'name' ? NAME_PENALTY : 0
  if (!isPrefix) return ofName
  return ofName + (text === '' ? PRESENCE_PENALTY : PREFIX_PENALTY)
}

/** How many are left. */
function withdraw(entries: Entry[], entry: Entry): number {
  const at = entries.indexOf(entry)
  if (at >= 0) entries.splice(at, 1)
  return entries.length
}

function lookUpLabels(query: Query, shelves: Map<string, Shelf>, resource: Resource): void {
  if (shelves.size === 0) return
  for (const label of Object.keys(resource)) {
    lookUp(query, shelves.get(label), resource[label] ?? '')
  }
}

/** Asks who is filed under the value, and under any of its beginnings, the empty one included. */
function lookUp(query: Query, shelf: Shelf | undefined, value: string): void {
  if (!shelf) return
  const { places, endings } = shelf
  let hash = HASH_START
  let unit = 0
  for (let at = 0; at < value.length; at++) {
    if (at < endings.length && ((endings[at] ?? 0) >>> unit) & 1)
      ask(query, places.get(hash), value)
    unit = value.charCodeAt(at)
    hash = hashOn(hash, unit)
  }
  if (value.length < endings.length) ask(query, places.get(hash), value)
  ask(query, places.get(hashOn(hash, END)), value)
}

function ask(query: Query, entries: Entry[] | undefined, value: string): void {
  if (!entries) return
  for (const entry of entries) {
    const { text, isPrefix, rest, related } = entry
    if (entry.askedIn === query.number) continue
    if (isPrefix ? !value.startsWith(text) : value !== text) continue
    entry.askedIn = query.number
    if (!isMet(rest, query) || (related && !coversRelated(related, query.event))) continue
    query.found.push(entry.trigger)
  }
}

function isMet(rest: Rest, { number, event }: Query): boolean {
  if (rest.askedIn !== number) {
    rest.askedIn = number
    rest.answer = isInterestedInName(rest, event.event) && meets(event.resource, rest.match)
  }
  return rest.answer
}

/** FNV-1a over UTF-16 units. */
const HASH_START = 0x811c9dc5 | 0
const hashOn = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193)

/** Follows the last unit of a text that is wanted whole. */
const END = 0x10000

function placeOf(text: string, isPrefix: boolean): number {
  let hash = HASH_START
  for (let at = 0; at < text.length; at++) hash = hashOn(hash, text.charCodeAt(at))
  return isPrefix ? hash : hashOn(hash, END)
}

/** The bit is that of the last character's code modulo 32, as shifts count; the empty text has bit 0. */
function addEnding(endings: number[], text: string): void {
  while (endings.length <= text.length) endings.push(0)
  const last = text === '' ? 0 : text.charCodeAt(text.length - 1)
  endings[text.length] = (endings[text.length] ?? 0) | (1 << last)
}

/** Whether the trigger takes any event: its only name is `*`, or none, and it asks nothing of the resources. */
function isIndifferent({ names, match, matchRelated }: CompiledTrigger): boolean {
  const [name, ...others] = names.listed
  const isAnyName = others.length === 0 && name?.glob.kind === 'any' && name.pieces === null
  return isAnyName && match.length === 0 && matchRelated.length === 0
}

/** Every condition that an event must meet; a list of no keys is met by none. */
function conditionsOf({ names, match, matchRelated }: CompiledTrigger): Key[][] {
  const byName = names.listed.map(({ glob }): Key => ({ of: 'name', label: '', ...start(glob) }))
  const isAnyName = byName.some(({ isPrefix, text }) => isPrefix && text === '')
  return [
    ...ofLabels('resource', match),
    ...matchRelated.flatMap((specification) => ofLabels('related', specification)),
    ...(isAnyName ? [] : [byName]),
  ]
}

const ofLabels = (of: Key['of'], specification: CompiledSpecification): Key[][] =>
  specification.map(({ label, patterns }) =>
    patterns.map((pattern) => ({ of, label, ...startOfPattern(pattern) })),
  )

type Start = Pick<Key, 'text' | 'isPrefix' | 'place' | 'isWhole'>

/** A negation is met by nearly everything, but the label has to be there. */
const startOfPattern = (pattern: Pattern): Start =>
  pattern.negated ? { ...start({ kind: 'any' }), isWhole: false } : start(pattern)

/** The text that all a glob matches is, or begins with. */
function start(glob: Glob): Start {
  const isPrefix = glob.kind !== 'exact'
  const literal = isPrefix ? literalStart(glob) : glob.text
  const text = isPrefix ? literal.slice(0, PREFIX_LENGTH_MAX) : literal
  const isWhole = glob.kind !== 'texts' && glob.kind !== 'tokens' && text === literal
  return { text, isPrefix, place: placeOf(text, isPrefix), isWhole }
}

function literalStart(glob: Exclude<Glob, { kind: 'exact' }>): string {
  switch (glob.kind) {
    case 'any':
      return ''
    case 'prefix':
      return glob.text
    case 'texts':
      return glob.pieces[0] ?? ''
    case 'tokens': {
      const first = glob.pieces[0] ?? []
      const end = first.findIndex((token) => typeof token !== 'number')
      const points = first.slice(0, end < 0 ? undefined : end) as number[]
      return points.map((point) => String.fromCodePoint(point)).join('')
    }
  }
}
