// Filters Prefect adds (server/events/jinja_filters.py) and the two without which templates of its docs fail: `default`, and
// `from_cloud_event` of webhooks.

import { cloudEventFields } from '../../cloud-event.ts'
import { fail } from '../errors.ts'
import { type Entry, entry } from '../run.ts'
import { isModel, isString, isTrue, textOf, Undefined } from '../values.ts'

const orDefault = entry('default_value="" boolean=false', (value, [fallback, boolean]) =>
  value instanceof Undefined || (isTrue(boolean) && !isTrue(value)) ? fallback : value,
)

/** The filters by name, with their signatures. */
export const prefectFilters: Readonly<Record<string, Entry>> = {
  d: orDefault,
  default: orDefault,
  flow_run_id: entry('', (value) => {
    if (value instanceof Undefined) return null
    const found = isString(value) ? /flow-run\/([0-9a-f-]{36})/.exec(textOf(value)) : null
    return found?.[1] ?? null
  }),
  from_cloud_event: entry('headers=null', (body, [headers], run) => {
    const fields = cloudEventFields(body, headers)
    if (!fields) return fail('value', 'the request holds no CloudEvent', 'from_cloud_event')
    return run.filter('tojson', fields, { positional: [], named: new Map() })
  }),
  ui_resource_events_url: entry('', (value, _, { uiUrl }) =>
    isModel(value) ? (value.eventsUrl?.(uiUrl) ?? null) : null,
  ),
  ui_url: entry('', (value, _, { uiUrl }) =>
    isModel(value) ? (value.uiUrl?.(uiUrl) ?? null) : null,
  ),
}
