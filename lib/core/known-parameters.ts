// What can be said of a run's parameters before anything has happened: values that are written out are checked as they are, and of
// templates the type, where the expression alone tells it. What depends on an event is not guessed.
import type { Deployment } from './deployment.ts'
import { asSchema, own, type Schema } from './json-schema.ts'
import { checkParameters, textifyParameters } from './parameters-schema.ts'
import type { Expr } from './template/ast.ts'
import { upgradeParameters } from './template/parameters.ts'
import { parse } from './template/parser.ts'

/** A type of JSON schema's that a template gives. */
type KnownType = 'string' | 'integer' | 'boolean' | 'array' | 'object'

/** A parameter as far as it is known: its value, its type, or nothing. */
type Known = { value: unknown } | { type: KnownType } | null

/**
 * Why no run could be made with these parameters, whatever the event, or null. Templates are taken to parse, which saving checks.
 * @throws Refusal 422 when the schema refers to itself without end
 */
export function knownFault(
  { parameter_openapi_schema: schema, enforce_parameter_schema: enforces, parameters }: Deployment,
  given: Record<string, unknown>,
): string | null {
  if (!enforces || schema === null) return null
  const known = Object.entries(upgradeParameters(given)).map(
    ([name, value]) => [name, knownOf(value)] as const,
  )
  const properties = asSchema(schema.properties)
  for (const [name, one] of known) {
    const taken = typesOf(own(properties, name))
    if (one && 'type' in one && taken && !fits(one.type, taken)) {
      return `${name} is always ${WORDS[one.type]}, and the deployment takes ${taken.join(' or ')}.`
    }
  }
  const values = known.map(([name, one]) => [name, one && 'value' in one ? one.value : null])
  const open = known.filter(([, one]) => !(one && 'value' in one)).map(([name]) => [name, true])
  const isKnownName = ([name]: unknown[]) => Object.hasOwn(properties, String(name))
  const loosened = { ...properties, ...Object.fromEntries(open.filter(isKnownName)) }
  const fitted = textifyParameters(Object.fromEntries(values), schema)
  return checkParameters({ ...parameters, ...fitted }, { ...schema, properties: loosened })
}

const WORDS: Readonly<Record<KnownType, string>> = {
  string: 'text',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

function knownOf(value: unknown): Known {
  if (!hasTemplate(value)) return { value }
  const { __prefect_kind: kind, template, value: inner } = asSchema(value)
  if (kind === 'jinja') return { type: 'string' }
  if (kind === 'json') return expressionOf(asSchema(inner).template)
  return kind === undefined && template === undefined ? structureOf(value) : null
}

const structureOf = (value: unknown): Known => ({ type: Array.isArray(value) ? 'array' : 'object' })

const hasTemplate = (value: unknown): boolean =>
  JSON.stringify(value)?.includes('"__prefect_kind"') ?? false

/** `{{ expression | tojson }}`, as single expressions are written once they are upgraded. */
function expressionOf(template: unknown): Known {
  if (typeof template !== 'string') return null
  const [print, ...others] = parse(template).body
  if (print?.kind !== 'print' || others.length > 0) return null
  const { value } = print
  const type = value.kind === 'filter' && value.name === 'tojson' && value.of && typeOf(value.of)
  return type ? { type } : null
}

/** Filters whose outcome is of one type, whatever comes in. */
const FILTERS: Readonly<Record<string, KnownType>> = {
  ...Object.fromEntries(
    ['string', 'upper', 'lower', 'title', 'trim', 'capitalize', 'replace', 'join'].map(
      (name) => [name, 'string'] as const,
    ),
  ),
  int: 'integer',
  length: 'integer',
  count: 'integer',
  wordcount: 'integer',
  list: 'array',
}

/** What every event and every automation has, as text. */
const TEXTS = new Set([
  ...['id', 'event', 'occurred', 'received', 'resource.id'].map((name) => `event.${name}`),
  ...['id', 'name'].map((name) => `automation.${name}`),
])

function typeOf(expression: Expr): KnownType | null {
  switch (expression.kind) {
    case 'const':
      return typeOfValue(expression.value)
    case 'concat':
      return 'string'
    case 'list':
    case 'tuple':
      return 'array'
    case 'dict':
      return 'object'
    case 'test':
    case 'compare':
      return 'boolean'
    case 'unary':
      return expression.operator === 'not' ? 'boolean' : typeOf(expression.of)
    case 'filter':
      return Object.hasOwn(FILTERS, expression.name) ? (FILTERS[expression.name] ?? null) : null
    case 'attribute':
      return TEXTS.has(pathOf(expression)) ? 'string' : null
    default:
      return null
  }
}

function typeOfValue(value: unknown): KnownType | null {
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value as KnownType
  return typeof value === 'bigint' || Number.isInteger(value) ? 'integer' : null
}

function pathOf(expression: Expr): string {
  if (expression.kind === 'name') return expression.name
  return expression.kind === 'attribute' ? `${pathOf(expression.of)}.${expression.name}` : ''
}

/** The types that a schema names; null where it says it in another way. */
function typesOf(schema: unknown): string[] | null {
  const { type, anyOf } = asSchema(schema)
  if (typeof type === 'string') return [type]
  if (Array.isArray(type)) return type.map(String)
  if (!Array.isArray(anyOf)) return null
  const types = anyOf.map((one: unknown) => (asSchema(one) as Schema).type)
  return types.every((one) => typeof one === 'string') ? types : null
}

/** Lists and objects become text where only that is taken. */
const fits = (type: KnownType, taken: string[]): boolean =>
  taken.includes(type) ||
  (type === 'integer' && taken.includes('number')) ||
  ((type === 'array' || type === 'object') && taken.includes('string'))
