// Prefect's objects as templates see them (server/events/schemas/events.py, labelling.py, jinja_filters.py): an event knows
// its resource by name and label, labels dive along their dots, moments print as Python's.
import { JsonNumber } from '../json.ts'
import { lengthOfTime, momentOf } from './moments.ts'
import { bind, signature } from './signature.ts'
import {
  Callable,
  Float,
  int,
  isModel,
  isString,
  type Model,
  model,
  Tuple,
  textOf,
  type Value,
  View,
} from './values.ts'

type Plain = Readonly<Record<string, unknown>>
type Labels = Readonly<Record<string, string>>

/** Where the console shows a kind of object, below its base (Prefect: utilities/urls.py). */
const UI_PATH: Readonly<Record<string, string>> = {
  automation: 'automations/automation',
  deployment: 'deployments/deployment',
  flow: 'flows/flow',
  flow_run: 'runs/flow-run',
  work_pool: 'work-pools/work-pool',
  work_queue: 'work-queues/work-queue',
}

/** Fields that are moments, of any object. */
const MOMENTS = new Set(['occurred', 'received', 'created', 'updated', 'triggered', 'timestamp'])

/**
 * The context of an action's templates as models. Each is made when it is first named, so that a large payload costs nothing
 * in a template that does not look at it. `base` is where `event.url` begins. Names without a model of their own stay plain.
 */
export function withModels(context: object, base = ''): object {
  const models: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(context)) {
    let made: Value
    Object.defineProperty(models, name, {
      enumerable: true,
      get: () => {
        if (made === undefined) made = named(name, value, base)
        return made
      },
    })
  }
  return models
}

function named(name: string, value: unknown, base: string): Value {
  if (value === null || typeof value !== 'object' || isModel(value)) return value
  if (Array.isArray(value)) {
    const singular = name.replace(/s$/, '')
    return value.map((item) => named(singular, item, base))
  }
  switch (name) {
    case 'event':
      return eventModel(value as Plain, base)
    case 'labels':
      return labelDiver(value as Labels, '')
    case 'firing':
      return firingModel(value as Plain, base)
    case 'automation':
      return automationModel(value as Plain)
  }
  return Object.hasOwn(UI_PATH, name) ? objectModel(name, value as Plain) : fromJson(value)
}

/** Payloads may hold numbers as they were sent; templates calculate with Python's. Shares what needs no change. */
function fromJson(value: unknown): Value {
  if (value instanceof JsonNumber) {
    return /^-?\d+$/.test(value.text)
      ? int(BigInt(value.text))
      : new Float(Number(value.text), value.text)
  }
  if (Array.isArray(value)) {
    const items = value.map(fromJson)
    return items.every((item, index) => item === value[index]) ? value : items
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, fromJson(item)] as const)
  const isSame = entries.every(([key, item]) => item === (value as Plain)[key])
  return isSame ? value : new Map(entries)
}

/** An object whose fields are attributes, some of them shown otherwise. */
function record(type: string, fields: Plain, shown: Readonly<Record<string, () => Value>>): Model {
  return model({
    type,
    attribute: (name) => {
      if (Object.hasOwn(shown, name)) return shown[name]?.()
      if (!Object.hasOwn(fields, name)) return undefined
      const value = fields[name]
      return MOMENTS.has(name) && typeof value === 'string' ? momentOf(value) : fromJson(value)
    },
    json: () => plainJson(fields),
  })
}

/** As the API writes an object: moments without a fraction of zeros. */
function plainJson(fields: Plain): Value {
  const entries = Object.entries(fields).map(([name, value]) => {
    const isMoment = MOMENTS.has(name) && typeof value === 'string'
    return [name, isMoment ? value.replace('.000000Z', 'Z') : fromJson(value)] as const
  })
  return new Map<string, Value>(entries)
}

function eventModel(event: Plain, base: string): Model {
  const related = () =>
    (event.related as Labels[]).map((one) => resourceModel('RelatedResource', one))
  const inRole = (pick: (found: Model[]) => Value) =>
    model({
      type: 'mapping',
      item: (role) => {
        if (!isString(role)) return undefined
        const resources = (event.related as Labels[])
          .filter((one) => one['prefect.resource.role'] === textOf(role))
          .map((one) => resourceModel('RelatedResource', one))
        return resources.length > 0 ? pick(resources) : undefined
      },
    })
  const uiUrl = (below: string) =>
    `${below}/events/event/${String(event.occurred).slice(0, 10)}/${String(event.id)}`
  const faces = record('prefect.server.events.schemas.events.ReceivedEvent', event, {
    resource: () => resourceModel('Resource', event.resource as Labels),
    related,
    involved_resources: () => [resourceModel('Resource', event.resource as Labels), ...related()],
    resource_in_role: () => inRole(([first]) => first),
    resources_in_role: () => inRole((found) => found),
    url: () => uiUrl(base),
  })
  return Object.assign(faces, { uiUrl })
}

function resourceModel(type: string, labels: Labels): Model {
  const label = (name: string) => (Object.hasOwn(labels, name) ? labels[name] : undefined)
  const method = (name: string, of: string, call: (args: Value[]) => Value) =>
    new Callable(name, (args) => call(bind(name, signature(of), args)))
  const facts: Readonly<Record<string, () => Value>> = {
    id: () => label('prefect.resource.id'),
    name: () => label('prefect.resource.name') ?? null,
    role: () => label('prefect.resource.role'),
    labels: () => labelDiver(labels, ''),
    get: () =>
      method(
        'get',
        'label default=null',
        ([name, fallback]) => (isString(name) ? label(textOf(name)) : undefined) ?? fallback,
      ),
    items: () =>
      method(
        'items',
        '',
        () =>
          new View(
            'dict_items',
            Object.entries(labels).map((pair) => new Tuple(pair)),
          ),
      ),
    keys: () => method('keys', '', () => new View('dict_keys', Object.keys(labels))),
  }
  return model({
    type,
    attribute: (name) => (Object.hasOwn(facts, name) ? facts[name]?.() : undefined),
    item: (name) => (isString(name) ? label(textOf(name)) : undefined),
    length: () => Object.keys(labels).length,
    json: () => labels,
    eventsUrl: (base) => eventsUrl(base, label('prefect.resource.id') ?? ''),
  })
}

const eventsUrl = (base: string, resourceId: string): string =>
  `${base}/events?resource=${encodeURIComponent(resourceId)}`

/** Labels by dots: `labels.hello.world` is the label `hello.world`, and an object, not its text. */
function labelDiver(labels: Labels, own: string): Model {
  return model({
    type: 'LabelDiver',
    attribute: (name) => {
      const below = Object.entries(labels)
        .filter(([label]) => label.startsWith(`${name}.`))
        .map(([label, value]) => [label.slice(name.length + 1), value] as const)
      const value = Object.hasOwn(labels, name) ? labels[name] : undefined
      if (below.length === 0 && value === undefined) return undefined
      return labelDiver(Object.fromEntries(below), value ?? '')
    },
    item: (name) =>
      isString(name) && Object.hasOwn(labels, textOf(name)) ? labels[textOf(name)] : undefined,
    iterate: () => Object.entries(labels).map((pair) => new Tuple(pair)),
    length: () => Object.keys(labels).length,
    print: () => own,
  })
}

function firingModel(firing: Plain, base: string): Model {
  return record('Firing', firing, {
    trigger: () => triggerModel(firing.trigger as Plain),
    triggering_event: () => named('event', firing.triggering_event, base),
    triggering_firings: () =>
      (firing.triggering_firings as Plain[]).map((one) => firingModel(one, base)),
  })
}

function automationModel(automation: Plain): Model {
  const uiUrl = (base: string) => `${base}/${UI_PATH.automation}/${String(automation.id)}`
  const faces = record('Automation', automation, {
    trigger: () => triggerModel(automation.trigger as Plain),
  })
  return Object.assign(faces, {
    uiUrl,
    eventsUrl: (base: string) => eventsUrl(base, `prefect.automation.${String(automation.id)}`),
  })
}

function triggerModel(trigger: Plain): Value {
  if (typeof trigger !== 'object' || trigger === null) return trigger
  const shown: Record<string, () => Value> = {}
  const { within, posture, triggers } = trigger
  if (typeof within === 'number') shown.within = () => lengthOfTime(within)
  if (typeof posture === 'string') shown.posture = () => enumValue('Posture', posture)
  if (Array.isArray(triggers))
    shown.triggers = () => triggers.map((one: Plain) => triggerModel(one))
  return record('Trigger', trigger, shown)
}

/** A member of a Python enum of texts: equal to its text, printed with its class. */
const enumValue = (type: string, text: string): Model =>
  model({
    type,
    text,
    attribute: (name) => (name === 'value' || name === 'name' ? text : undefined),
    print: () => `${type}.${text}`,
    json: () => text,
  })

/** A flow, deployment, flow run, work pool or work queue. */
function objectModel(kind: string, fields: Plain): Model {
  const dashed = kind.replaceAll('_', '-')
  return Object.assign(record(dashed, fields, {}), {
    uiUrl: (base: string) => `${base}/${UI_PATH[kind]}/${String(fields.id)}`,
    eventsUrl: (base: string) => eventsUrl(base, `prefect.${dashed}.${String(fields.id)}`),
  })
}
