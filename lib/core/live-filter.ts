// Event filters over events as they come, for live subscriptions. What passes differs from what passes among stored events
// (stored-filter.ts), as it does in Prefect, where one is Python and the other SQL.
import type { Event, Resource } from './event.ts'
import type { AnyResourceFilter, EventFilter } from './filter.ts'
import { matchesPattern, parsePattern } from './glob.ts'
import { nameTest } from './stored-filter.ts'
import { isBlank, liveText, meetsText, parseTextQuery } from './text-search.ts'

/**
 * The check for live subscriptions: knows nothing of `related` and `distinct`, takes prefixes as they are, and label values as
 * globs with classes.
 */
export function compileLive(filter: EventFilter): (event: Event) => boolean {
  const { since, until } = filter.occurred
  const { event: names, resource, id, text } = filter
  const name = names && nameTest(names, (prefix) => (text) => text.startsWith(prefix))
  const primary = resource && liveTest(resource)
  const any = [filter.any_resource ?? []].flat().map(liveTest)
  const query = text ? parseTextQuery(text.query) : null
  return (event) => {
    if (event.occurred < since || event.occurred > until) return false
    if (id.id && id.id.length > 0 && !id.id.includes(event.id)) return false
    if (name && !name(event.event)) return false
    if (primary && !primary(event.resource)) return false
    const resources = [event.resource, ...event.related]
    if (!any.every((test) => resources.some(test))) return false
    if (!query || isBlank(query)) return true
    const searched = liveText(event)
    return meetsText(query, (term) => searched.includes(term))
  }
}

function liveTest(criteria: AnyResourceFilter): (resource: Resource) => boolean {
  const { id, id_prefix, labels } = criteria
  const patterns = Object.entries(labels ?? {}).map(
    ([label, values]) => [label, [values].flat().map(parsePattern)] as const,
  )
  return (resource) => {
    const own = resource['prefect.resource.id'] ?? ''
    if (id && id.length > 0 && !id.includes(own)) return false
    if (id_prefix && id_prefix.length > 0 && !id_prefix.some((prefix) => own.startsWith(prefix))) {
      return false
    }
    return patterns.every(([label, alternatives]) => {
      const value = Object.hasOwn(resource, label) ? resource[label] : undefined
      return value !== undefined && alternatives.some((pattern) => matchesPattern(pattern, value))
    })
  }
}
