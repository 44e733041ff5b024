// Parameters of a run, rendered from the firing that starts it (Prefect: utilities/schema_tools/hydration.py and the
// migration of old parameters in events/actions.py). A plain string with an expression is Prefect's old form; objects with
// `__prefect_kind` are the new one.
import { JsonError, JsonNumber, parseJson } from '../json.ts'
import { PYTHON_NAME, TemplateError } from './errors.ts'
import { withModels } from './models.ts'
import {
  isTemplate,
  type RenderOptions,
  renderText as renderPlain,
  validateTemplate,
} from './template.ts'

/**
 * Render a templated field of an action (a name, a message, a body) over what the action knows. Texts without `{{` and `{%` stay.
 * @throws TemplateError
 */
export const renderText = (text: string, context: object, options: RenderOptions = {}): string =>
  renderPlain(text, withModels(context, options.uiUrl), options)

/** A problem hydration found, by Prefect's name of it. */
export interface HydrationFault {
  readonly type:
    | 'TemplateNotFound'
    | 'ValueNotFound'
    | 'InvalidJinja'
    | 'InvalidJSON'
    | 'WorkspaceVariableNotFound'
    | 'TypeError'
  readonly message: string
}

/** Thrown by `renderParameters`: what was wrong, and at which parameter. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError'
  readonly type: HydrationFault['type']
  readonly path: string
  constructor(fault: HydrationFault, path: string) {
    super(path === '' ? fault.message : `${path}: ${fault.message}`)
    this.type = fault.type
    this.path = path
  }
}

/** How objects with a kind become values. */
export interface HydrateOptions extends RenderOptions {
  /** Values of workspace variables by name. @default none */
  variables?: Readonly<Record<string, unknown>>
  /** Render templates; otherwise they are only checked. @default true */
  renderJinja?: boolean
  /** Look workspace variables up; otherwise they stay placeholders. @default true */
  renderVariables?: boolean
}

/** What stands where a value could not be made: a fault, or something left for later. */
export class Placeholder {
  readonly fault: HydrationFault | null
  /** The valid template that was not rendered. */
  readonly template: string | null
  /** The name of the variable that was not looked up. */
  readonly variable: string | null
  constructor(parts: { fault?: HydrationFault; template?: string; variable?: string }) {
    this.fault = parts.fault ?? null
    this.template = parts.template ?? null
    this.variable = parts.variable ?? null
  }
}

/** The entry is dropped from its parent: its object lacks what it needs. */
const REMOVE = Symbol('remove')

type Objects = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Objects =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Placeholder)

const faulty = (type: HydrationFault['type'], message: string) =>
  new Placeholder({ fault: { type, message } })

/**
 * The parameters a run starts with: old templates upgraded, templates rendered, variables looked up. Results of old templates
 * that are one expression keep their type. Throws ParameterError for the first fault.
 */
export function renderParameters(
  parameters: Objects,
  context: object,
  options: HydrateOptions = {},
): Record<string, unknown> {
  const hydrated = hydrate(upgradeParameters(parameters), context, options)
  const [first] = faultsIn(hydrated)
  if (first) throw new ParameterError(first.fault, first.path)
  return hydrated as Record<string, unknown>
}

/**
 * What is wrong with parameters when an automation is saved, one line each: templates that do not parse or loop too much, and
 * JSON that is none. As in Prefect, what stands inside lists is not looked at, nor whether variables exist.
 */
export function validateParameters(parameters: Objects): string[] {
  const checking = { renderJinja: false, renderVariables: false }
  const hydrated = hydrate(upgradeParameters(parameters), {}, checking)
  return faultsIn(hydrated, false).map(({ fault, path }) =>
    path === '' ? ` ${fault.message}` : `${path}: ${fault.message}`,
  )
}

/** What is wrong with a text as a template, or null: Prefect's check of templated fields. */
export function checkTemplate(text: string): string | null {
  try {
    validateTemplate(text)
    return null
  } catch (error) {
    if (error instanceof TemplateError) return error.message
    throw error
  }
}

// ── the old form ──

/** Old templates as the objects they mean: `json` of the expression with `tojson` when the string is one expression. */
export function upgradeParameters(parameters: Objects): Objects {
  if ('__prefect_kind' in parameters) return parameters
  return Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => [key, upgraded(value)]),
  )
}

function upgraded(value: unknown): unknown {
  if (typeof value === 'string') return upgradedText(value)
  if (Array.isArray(value)) {
    return value.map((item) => {
      if (typeof item === 'string') return upgradedText(item)
      return isObject(item) ? upgradedEntries(item) : item
    })
  }
  return isObject(value) ? upgradeParameters(value) : value
}

/** In a list even an object that is a template already has its texts upgraded, as in Prefect. */
const upgradedEntries = (item: Objects): Objects =>
  Object.fromEntries(Object.entries(item).map(([key, value]) => [key, upgraded(value)]))

function upgradedText(text: string): unknown {
  const expression = singleExpression(text)
  if (expression !== null) {
    const template = `{{ ${expression} | tojson }}`
    return { __prefect_kind: 'json', value: { __prefect_kind: 'jinja', template } }
  }
  return isTemplate(text) ? { __prefect_kind: 'jinja', template: text } : text
}

/** The inside of a text that is exactly one `{{ … }}`. */
function singleExpression(text: string): string | null {
  const inside = /^\s*\{\{(.*)\}\}\s*$/s.exec(text)?.[1]
  if (
    inside === undefined ||
    inside.includes('{{') ||
    inside.includes('}}') ||
    inside.includes('{%')
  ) {
    return null
  }
  return inside.trim()
}

// ── the new form ──

/** Replace every object with a `__prefect_kind` by what it means. Faults stay as Placeholders. */
export function hydrate(value: unknown, context: object, options: HydrateOptions = {}): unknown {
  const hydrated = within(value, withModels(context, options.uiUrl), options)
  return hydrated === REMOVE ? {} : hydrated
}

function within(value: unknown, context: object, options: HydrateOptions): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => within(item, context, options)).filter((item) => item !== REMOVE)
  }
  if (!isObject(value)) return value
  if ('__prefect_kind' in value) return ofKind(value, context, options)
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, within(item, context, options)] as const)
      .filter(([, item]) => item !== REMOVE),
  )
}

function ofKind(value: Objects, context: object, options: HydrateOptions): unknown {
  switch (value.__prefect_kind) {
    case 'none':
      if (!('value' in value))
        return faulty('ValueNotFound', "Missing 'value' key in __prefect object")
      return within(value.value, context, options)
    case 'json':
      return jsonOf(value, context, options)
    case 'jinja':
      return jinjaOf(value, context, options)
    case 'workspace_variable':
      return variableOf(value, context, options)
    default:
      return 'value' in value ? value.value : null
  }
}

/** A part of an object: hydrated when it is an object itself. */
function part(value: unknown, context: object, options: HydrateOptions): unknown {
  return isObject(value) ? within(value, context, options) : value
}

function jsonOf(value: Objects, context: object, options: HydrateOptions): unknown {
  if (!('value' in value)) return REMOVE
  const text = part(value.value, context, options)
  if (typeof text !== 'string') return text
  try {
    return parseJson(text, { constants: true, number: parameterNumber })
  } catch (error) {
    if (error instanceof JsonError) return faulty('InvalidJSON', `Invalid JSON: ${error.message}`)
    throw error
  }
}

/** Parameters are calculated with: only an integer beyond 2^53, which a number would change, is kept as text. */
function parameterNumber(text: string): unknown {
  const value = Number(text)
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? new JsonNumber(text) : value
}

function jinjaOf(value: Objects, context: object, options: HydrateOptions): unknown {
  if (!('template' in value)) {
    return faulty('TemplateNotFound', "Missing 'template' key in __prefect object")
  }
  const template = part(value.template, context, options)
  if (template === REMOVE || template instanceof Placeholder) return template
  if (typeof template !== 'string') {
    return faulty('TypeError', `argument of type '${typeof template}' is not iterable`)
  }
  try {
    validateTemplate(template)
    if (options.renderJinja === false) return new Placeholder({ template })
    return renderPlain(template, context, options)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    return faulty('InvalidJinja', `Invalid jinja: ${describe(error)}`)
  }
}

const describe = (error: TemplateError): string =>
  error.kind === 'syntax' || error.kind === 'limits'
    ? error.message
    : `Failed to render template due to the following error: ${PYTHON_NAME[error.kind]}(${JSON.stringify(error.message)})`

function variableOf(value: Objects, context: object, options: HydrateOptions): unknown {
  if (!('variable_name' in value)) return REMOVE
  const name = part(value.variable_name, context, options)
  if (name === REMOVE || name instanceof Placeholder) return name
  const variable = String(name)
  if (options.renderVariables === false) return new Placeholder({ variable })
  const variables = options.variables ?? {}
  if (!Object.hasOwn(variables, variable)) {
    return faulty('WorkspaceVariableNotFound', `Variable '${variable}' not found in workspace.`)
  }
  return variables[variable]
}

/** Faults with dotted paths, in order. */
function faultsIn(
  value: unknown,
  insideLists = true,
  path = '',
): { fault: HydrationFault; path: string }[] {
  if (value instanceof Placeholder) return value.fault ? [{ fault: value.fault, path }] : []
  if (Array.isArray(value)) {
    if (!insideLists) return []
    return value.flatMap((item, index) => faultsIn(item, insideLists, `${path}[${index}]`))
  }
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, item]) =>
    faultsIn(item, insideLists, path === '' ? key : `${path}.${key}`),
  )
}
