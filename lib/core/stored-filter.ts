// Event filters over stored events, as tests of the parts an event consists of, so that the feed can ask each name and each
// resource once. The rules are those of Prefect's SQL on PostgreSQL (server/events/filters.py, storage/database.py).
import type { Event } from './event.ts'
import type { EventFilter, RelatedFilter } from './filter.ts'
import { matchesGlob, matchesPattern, parseGlob, parsePattern } from './glob.ts'
import { isBlank, meetsText, parseTextQuery, storedText, type TextQuery } from './text-search.ts'
import { type Micros, parseInstant } from './time.ts'
import type { ResourceSpecification } from './trigger.ts'

/** A test of texts; absent where nothing is asked. */
type Test = (text: string) => boolean

/** A resource as filters see it: the primary one has the role ''. */
export interface FilteredResource {
  readonly id: string
  readonly role: string
  label(name: string): string | undefined
}

/** What one resource must meet, in two parts: many resources share an id, and most fail by it. Absent parts pass. */
export interface ResourceTest {
  id: Test | null
  rest: ((resource: FilteredResource) => boolean) | null
}

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

/** A filter's tests, made once per query. */
export function compileFilter(filter: EventFilter): StoredFilter {
  const { event, resource, related, any_resource, id, text } = filter
  const query = text ? parseTextQuery(text.query) : null
  return {
    since: parseInstant(filter.occurred.since) ?? 0,
    until: parseInstant(filter.occurred.until) ?? 0,
    ids: id.id && id.id.length > 0 ? new Set(id.id) : null,
    name: event && nameTest(event, likePrefix),
    resource: resource && resourceTest(resource, noRole),
    involved: [
      ...listed(related).map(relatedTest),
      ...listed(any_resource).map((criteria) => resourceTest(criteria, isOneOf)),
    ].filter((test) => test !== null),
    text: query && !isBlank(query) ? query : null,
    distinct: resource?.distinct ?? false,
    descending: filter.order === 'DESC',
  }
}

/**
 * Whether a stored event passes, read plainly: what the feed asks of its columns (feed-match.ts) is held to this by tests. `distinct` and
 * the order are for those who have more than one.
 */
export function matchesStored(filter: StoredFilter, event: Event): boolean {
  const occurred = parseInstant(event.occurred) ?? 0
  if (occurred < filter.since || occurred > filter.until) return false
  if (filter.ids && !filter.ids.has(event.id)) return false
  if (filter.name && !filter.name(event.event)) return false
  const primary = asFiltered(event.resource, '')
  if (filter.resource && !meets(filter.resource, primary)) return false
  const related = event.related.map((one) => asFiltered(one, one['prefect.resource.role'] ?? ''))
  const resources = [primary, ...related]
  if (!filter.involved.every((test) => resources.some((one) => meets(test, one)))) return false
  if (!filter.text) return true
  const parts = [event.resource, event.related, event.payload].map((part) => JSON.stringify(part))
  const text = storedText(event.event, ...parts)
  return meetsText(filter.text, (term) => text.includes(term))
}

const meets = ({ id, rest }: ResourceTest, resource: FilteredResource): boolean =>
  (id === null || id(resource.id)) && (rest === null || rest(resource))

const asFiltered = (resource: Record<string, string>, role: string): FilteredResource => ({
  id: resource['prefect.resource.id'] ?? '',
  role,
  label: (name) => (Object.hasOwn(resource, name) ? resource[name] : undefined),
})

const listed = <T>(criteria: T | T[] | null): T[] =>
  criteria === null ? [] : ([criteria].flat() as T[])

const all = <T>(tests: ((value: T) => boolean)[]): ((value: T) => boolean) | null =>
  tests.length === 0 ? null : (value) => tests.every((test) => test(value))

type NameCriteria = NonNullable<EventFilter['event']>

/** What a name must meet: exact names, and prefixes in the sense of `prefixTest`; null when nothing is asked. */
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

type Values = string | string[]

/** In stored queries `*` and `?` are special in label values, classes are not; one value of several must match. */
function valueTest(values: Values): Test {
  const patterns = [values].flat().map((value) => parsePattern(value.replaceAll('[', '[[]')))
  return (text) => patterns.some((pattern) => matchesPattern(pattern, text))
}

interface ResourceCriteria {
  id: string[] | null
  id_prefix?: string[] | null
  labels: ResourceSpecification | null
}

type RoleTest = (values: Values) => ((resource: FilteredResource) => boolean) | null

/**
 * Ids, prefixes of ids, and labels, which must be there and match. A role is no label in the table that Prefect asks: it is
 * compared as it is, if at all. And where any other label without values (`[]`) matches nothing, an id asks nothing.
 */
function resourceTest(
  { id, id_prefix, labels }: ResourceCriteria,
  roleTest: RoleTest,
  more: ((resource: FilteredResource) => boolean)[] = [],
): ResourceTest | null {
  const {
    'prefect.resource.id': idValues = [],
    'prefect.resource.role': roles,
    ...others
  } = labels ?? {}
  const ids = new Set(id)
  const prefixes = (id_prefix ?? []).map(likePrefix)
  const idTests: Test[] = []
  if (ids.size > 0) idTests.push((text) => ids.has(text))
  if (prefixes.length > 0) idTests.push((text) => prefixes.some((test) => test(text)))
  if (idValues.length > 0) idTests.push(valueTest(idValues))
  const hasRole = roles === undefined ? null : roleTest(roles)
  const tests = [...more, ...(hasRole ? [hasRole] : [])]
  for (const [name, values] of Object.entries(others)) {
    const test = valueTest(values)
    tests.push((resource) => {
      const value = resource.label(name)
      return value !== undefined && test(value)
    })
  }
  const [idTest, rest] = [all(idTests), all(tests)]
  return idTest || rest ? { id: idTest, rest } : null
}

/** The primary resource has no role that could be asked for. */
const noRole: RoleTest = () => () => false

const isOneOf: RoleTest = (values) =>
  values.length === 0 ? null : ({ role }) => [values].flat().includes(role)

/**
 * A related resource is one with a role, unless roles are asked for: then '' asks for the primary one. Labels ask for one even
 * where none of them has a value.
 */
function relatedTest(criteria: RelatedFilter): ResourceTest | null {
  const { role: roles, resources_in_roles: pairs } = criteria
  const more: ((resource: FilteredResource) => boolean)[] = []
  if (roles && roles.length > 0) more.push(({ role }) => roles.includes(role))
  if (pairs && pairs.length > 0) {
    more.push(({ id, role }) => pairs.some((pair) => pair[0] === id && pair[1] === role))
  }
  const test = resourceTest(criteria, isOneOf, more)
  const isAsked = test !== null || Object.keys(criteria.labels ?? {}).length > 0
  if (!isAsked || (roles && roles.length > 0)) return test
  const { id = null, rest = null } = test ?? {}
  return { id, rest: (resource) => resource.role !== '' && (rest === null || rest(resource)) }
}
