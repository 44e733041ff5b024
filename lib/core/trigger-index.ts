// The index of triggers: who may care about an event, without asking every trigger. Each is filed under one condition that any
// event it cares about must meet, the one under which fewest others are filed; of what is found there the rest is asked.
//
// A condition is a list of alternative keys: the event's name, a label of its resource, or a label of a related one, being or
// beginning with a text. Suffixes, `?` and `[...]` are filed under what stands before them, negations under the mere presence of
// their label; what has no such condition is asked about every event.
//
// With many triggers, time goes into waiting for memory that is not in the processor's cache. So what triggers have in common is
// kept once and asked once per event, and of a trigger that is found little more is touched than its entry.
import type { Event, Resource } from './event.ts'
import type { Glob, Pattern } from './glob.ts'
import { coversRelated, isInterestedInName, meets } from './match.ts'
import type { CompiledAutomation, CompiledSpecification, CompiledTrigger } from './trigger.ts'

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
  /** Whether the key says all that the pattern does. */
  isWhole: boolean
}

/** A trigger and its places. `askedIn` is the query that saw it last: one query can come across it in several places. */
interface Entry {
  trigger: CompiledTrigger
  keys: Key[]
  /** What a value must begin with to lead here, if that is not asked again: a hash alone could be wrong. */
  start: string
  rest: Rest
  /** Asked last, and of this trigger alone. */
  related: CompiledSpecification[] | null
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

/** Entries by the text they want: exactly, or as a prefix. */
interface Shelf {
  exact: Map<string, Entry[]>
  /** By hash: to look up a text at every length would make as many texts. */
  prefixes: Map<number, Entry[]>
  /** How many entries are filed under prefixes of each length. */
  lengths: number[]
}

const newShelf = (): Shelf => ({ exact: new Map(), prefixes: new Map(), lengths: [] })

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
  let query = 0

  const filedUnder = ({ of, label, text, isPrefix }: Key): Entry[] | undefined => {
    const shelf = shelves[of].get(label)
    return isPrefix ? shelf?.prefixes.get(hashOf(text)) : shelf?.exact.get(text)
  }

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
    const shelf = shelves[key.of].get(key.label) ?? newShelf()
    shelves[key.of].set(key.label, shelf)
    const filed = filedUnder(key)
    if (filed) filed.push(entry)
    else if (key.isPrefix) shelf.prefixes.set(hashOf(key.text), [entry])
    else shelf.exact.set(key.text, [entry])
    if (key.isPrefix) shelf.lengths[key.text.length] = (shelf.lengths[key.text.length] ?? 0) + 1
  }

  function takeOut(key: Key, entry: Entry): void {
    const filed = filedUnder(key)
    const shelf = shelves[key.of].get(key.label)
    if (!filed || !shelf) return
    const { text, isPrefix } = key
    const isEmpty = withdraw(filed, entry) === 0
    if (isPrefix) shelf.lengths[text.length] = (shelf.lengths[text.length] ?? 1) - 1
    if (isEmpty && isPrefix) shelf.prefixes.delete(hashOf(text))
    else if (isEmpty) shelf.exact.delete(text)
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
      start: isMet && key.isPrefix ? key.text : '',
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
      query += 1
      allIndifferent ??= [...indifferent]
      const found: CompiledTrigger[] = []
      const ask = (candidates: Entry[], value: string): void => {
        for (const entry of candidates) {
          if (entry.askedIn === query || !value.startsWith(entry.start)) continue
          entry.askedIn = query
          const { rest, related } = entry
          if (rest.askedIn !== query) {
            rest.askedIn = query
            rest.answer = isInterestedInName(rest, event.event) && meets(event.resource, rest.match)
          }
          if (rest.answer && (!related || coversRelated(related, event))) found.push(entry.trigger)
        }
      }
      ask(unconditional, '')
      lookUp(shelves.name.get(''), event.event, ask)
      lookUpLabels(shelves.resource, event.resource, ask)
      for (const related of event.related) lookUpLabels(shelves.related, related, ask)
      const [anyone] = allIndifferent
      return anyone && isInterestedInName(anyone, event.event)
        ? allIndifferent.concat(found)
        : found
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

type Ask = (candidates: Entry[], value: string) => void

function lookUpLabels(shelves: Map<string, Shelf>, resource: Resource, ask: Ask): void {
  if (shelves.size === 0) return
  for (const label of Object.keys(resource)) lookUp(shelves.get(label), resource[label] ?? '', ask)
}

function lookUp(shelf: Shelf | undefined, value: string, ask: Ask): void {
  if (!shelf) return
  const exact = shelf.exact.get(value)
  if (exact) ask(exact, value)
  const { prefixes, lengths } = shelf
  const longest = Math.min(value.length, lengths.length - 1)
  let hash = HASH_START
  for (let length = 0; length <= longest; length++) {
    const filed = lengths[length] ? prefixes.get(hash) : undefined
    if (filed) ask(filed, value)
    hash = hashOn(hash, value.charCodeAt(length))
  }
}

/** FNV-1a over UTF-16 units: the hash of every prefix comes up on the way through a text. */
const HASH_START = 0x811c9dc5 | 0
const hashOn = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193)

function hashOf(text: string): number {
  let hash = HASH_START
  for (let i = 0; i < text.length; i++) hash = hashOn(hash, text.charCodeAt(i))
  return hash
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

type Start = Pick<Key, 'text' | 'isPrefix' | 'isWhole'>

/** A negation is met by nearly everything, but the label has to be there. */
const startOfPattern = (pattern: Pattern): Start =>
  pattern.negated ? { text: '', isPrefix: true, isWhole: false } : start(pattern)

/** The text that all a glob matches is, or begins with. */
function start(glob: Glob): Start {
  if (glob.kind === 'exact') return { text: glob.text, isPrefix: false, isWhole: true }
  const literal = literalStart(glob)
  const text = literal.slice(0, PREFIX_LENGTH_MAX)
  const isWhole = (glob.kind === 'prefix' || glob.kind === 'any') && text === literal
  return { text, isPrefix: true, isWhole }
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
