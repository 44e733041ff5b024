// CloudEvents over HTTP as a webhook's event: the filter `from_cloud_event` of Prefect Cloud, whose rules are documented only
// so far: the resource is the `subject`, else the `source`; `data` and the other attributes go into the payload.
import { dictEntries, dictGet, isDict, isString, textOf, type Value } from './template/values.ts'

/**
 * The event's fields, or a list of several events' when the body is a batch. Null when neither the headers (binary mode) nor the
 * body (structured and batch mode) hold CloudEvents alone.
 */
export function cloudEventFields(body: Value, headers: Value): Value {
  const event = binaryMode(body, headers)
  if (event || !Array.isArray(body)) return fieldsOf(event ?? structuredMode(body))
  const batch = body.map((one) => fieldsOf(structuredMode(one)))
  return batch.includes(null) ? null : batch
}

function fieldsOf(event: CloudEvent | null): Map<string, Value> | null {
  const [type, source] = [event?.attributes.get('type'), event?.attributes.get('source')]
  if (!event || !isFilled(type) || !isFilled(source)) return null
  const subject = event.attributes.get('subject')
  const rest = new Map(event.attributes)
  rest.delete('type')
  rest.delete('subject')
  return new Map<string, Value>([
    ['event', type],
    ['resource', new Map([['prefect.resource.id', isFilled(subject) ? subject : source]])],
    ['payload', new Map<string, Value>([['cloudevents', rest], ...dataOf(event.data)])],
  ])
}

interface CloudEvent {
  readonly attributes: Map<string, Value>
  readonly data: Value
}

const isFilled = (value: Value): boolean => isString(value) && textOf(value) !== ''
const dataOf = (data: Value): [string, Value][] => (data === undefined ? [] : [['data', data]])

function binaryMode(body: Value, headers: Value): CloudEvent | null {
  if (!isDict(headers) || !isString(dictGet(headers, 'ce-specversion'))) return null
  const attributes = new Map<string, Value>()
  for (const [name, value] of dictEntries(headers)) {
    const found = isString(name) ? /^ce-(.+)$/.exec(textOf(name).toLowerCase())?.[1] : undefined
    if (found !== undefined) attributes.set(found, value)
  }
  return { attributes, data: body }
}

function structuredMode(body: Value): CloudEvent | null {
  if (!isDict(body) || !isString(dictGet(body, 'specversion'))) return null
  const attributes = new Map<string, Value>()
  for (const [name, value] of dictEntries(body)) {
    if (isString(name) && textOf(name) !== 'data') attributes.set(textOf(name), value)
  }
  return { attributes, data: dictGet(body, 'data') }
}
