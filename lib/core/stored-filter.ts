// Event filters over stored events, as tests of the parts an event consists of, so that the feed can ask each name and each
// resource once. The rules are those of Prefect's SQL on PostgreSQL (server/events/filters.py, storage/database.py).
import { type Event, type RelatedResource, type Resource, resourceId } from './event.ts'
import type { AnyResourceFilter, EventFilter, RelatedFilter } from './filter.ts'
import { type Glob, matchesGlob, parseGlob, parsePattern } from './glob.ts'
import { isBlank, meetsText, parseTextQuery, storedText, type TextQuery } from './text-search.ts'
import { type Micros, parseInstant } from './time.ts'
import type { ResourceSpecification } from './trigger.ts'

/** A test of texts; absent where nothing is asked. */
type Test = (text: string) => boolean

/** A resource as filters see it: the primary one has the role ''. */
export interface FilteredResource {
  id: string
  role: string
  labels: Resource | RelatedResource
}

type ResourceTest = (resource: FilteredResource) => boolean

/** A filter for stored events, as tests of the parts that the feed keeps in dictionaries. Absent tests pass everything. */
export interface StoredFilter {
  since: Micros
  until: Micros
  ids: Set<string> | null
  name: Test | null
  /** Of the primary resource. */
  resource: ResourceTest | null
  /** Each must be met by some resource of the event, the primary one among them. */
  involved: ResourceTest[]
  text: TextQuery | null
  distinct: boolean
  descending: boolean
}

export function compileFilter(filter: EventFilter): StoredFilter {
  const { event, resource, related, any_resource, id, text } = filter
  const query = text ? parseTextQuery(text.query) : null
  return {
    since: parseInstant(filter.occurred.since) ?? 0,
    until: parseInstant(filter.occurred.until) ?? 0,
    ids: id.id && id.id.length > 0 ? new Set(id.id) : null,
    name: event && nameTest(event, likePrefix),
    resource: resource && all([...idTests(resource), ...labelTests(resource.labels, () => false)]),
    involved: [...listed(related).map(relatedTest), ...listed(any_resource).map(anyTest)].filter(
      (test) => test !== null,
    ),
    text: query && !isBlank(query) ? query : null,
    distinct: resource?.distinct ?? false,
    descending: filter.order === 'DESC',
  }
}

/** Whether a stored event passes; `distinct` and the order are for those who have more than one. */
export function matchesStored(filter: StoredFilter, event: Event): boolean {
  const occurred = parseInstant(event.occurred) ?? 0
  if (occurred < filter.since || occurred > filter.until) return false
  if (filter.ids && !filter.ids.has(event.id)) return false
  if (filter.name && !filter.name(event.event)) return false
  const primary = { id: resourceId(event), role: '', labels: event.resource }
  if (filter.resource && !filter.resource(primary)) return false
  const resources = [primary, ...event.related.map(asRelated)]
  if (!filter.involved.every((test) => resources.some(test))) return false
  if (!filter.text) return true
  const parts = [event.resource, event.related, event.payload].map((part) => JSON.stringify(part))
  const text = storedText(event.event, ...parts)
  return meetsText(filter.text, (term) => text.includes(term))
}

const asRelated = (resource: RelatedResource): FilteredResource => ({
  id: resource['prefect.resource.id'] ?? '',
  role: resource['prefect.resource.role'] ?? '',
  labels: resource,
})

const listed = <T>(criteria: T | T[] | null): T[] =>
  criteria === null ? [] : ([criteria].flat() as T[])

const all = <T>(tests: ((value: T) => boolean)[]): ((value: T) => boolean) | null =>
  tests.length === 0 ? null : (value) => tests.every((test) => test(value))

type NameCriteria = NonNullable<EventFilter['event']>

export function nameTest(
  criteria: NameCriteria,
  prefixTest: (prefix: string) => Test,
): Test | null {
  const { prefix, exclude_prefix, name, exclude_name } = criteria
  const prefixes = (prefix ?? []).map(prefixTest)
  const excluded = (exclude_prefix ?? []).map(prefixTest)
  const tests: Test[] = []
  if (prefixes.length > 0) tests.push((text) => prefixes.some((test) => test(text)))
  if (excluded.length > 0) tests.push((text) => !excluded.some((test) => test(text)))
  if (name && name.length > 0) tests.push((text) => name.includes(text))
  if (exclude_name && exclude_name.length > 0) tests.push((text) => !exclude_name.includes(text))
  return all(tests)
}

/** SQL's LIKE with an unescaped prefix, case-sensitive as on PostgreSQL: `_` is any character and `%` any text. */
function likePrefix(prefix: string): Test {
  if (!/[%_]/.test(prefix)) return (text) => text.startsWith(prefix)
  const literal = prefix.replace(/[*?[]/g, '[$&]')
  const glob = parseGlob(`${literal.replaceAll('%', '*').replaceAll('_', '?')}*`)
  return (text) => matchesGlob(glob, text)
}

function idTests(criteria: { id: string[] | null; id_prefix?: string[] | null }): ResourceTest[] {
  const ids = new Set(criteria.id)
  const prefixes = (criteria.id_prefix ?? []).map(likePrefix)
  const tests: ResourceTest[] = []
  if (ids.size > 0) tests.push(({ id }) => ids.has(id))
  if (prefixes.length > 0) tests.push(({ id }) => prefixes.some((test) => test(id)))
  return tests
}

/** In stored queries `*` and `?` are special in label values, classes are not. */
const storedPattern = (value: string): Glob => parsePattern(value.replaceAll('[', '[[]'))

/**
 * One test per label: it must be there and match one of the values. A role is no label in the table that Prefect asks, so it is
 * compared as it is, and a primary resource, whose role is '', has none.
 */
function labelTests(
  specification: ResourceSpecification | null,
  roleTest: (roles: string[], role: string) => boolean,
): ResourceTest[] {
  return Object.entries(specification ?? {}).map(([label, value]): ResourceTest => {
    const values = [value].flat()
    if (label === 'prefect.resource.role') return ({ role }) => roleTest(values, role)
    const patterns = values.map(storedPattern)
    return ({ labels }) => {
      const found = Object.hasOwn(labels, label) ? labels[label] : undefined
      return found !== undefined && patterns.some((pattern) => matchesGlob(pattern, found))
    }
  })
}

const isOneOf = (roles: string[], role: string): boolean => roles.includes(role)

function relatedTest(criteria: RelatedFilter): ResourceTest | null {
  const { role: roles, resources_in_roles: pairs } = criteria
  const tests = [...idTests(criteria), ...labelTests(criteria.labels, isOneOf)]
  if (roles && roles.length > 0) tests.push(({ role }) => roles.includes(role))
  if (pairs && pairs.length > 0) {
    tests.push(({ id, role }) =>
      pairs.some(([wantedId, wanted]) => wantedId === id && wanted === role),
    )
  }
  if (tests.length > 0 && !roles?.length) tests.push(({ role }) => role !== '')
  return all(tests)
}

const anyTest = (criteria: AnyResourceFilter): ResourceTest | null =>
  all([...idTests(criteria), ...labelTests(criteria.labels, isOneOf)])
