// Prefect's templates around Jinja2: rendering over an automation's event and firing, validation, hydration, parameters.
import { isDeepStrictEqual } from 'node:util'
import { actionContext } from '../../../lib/core/action-context.ts'
import { JsonNumber } from '../../../lib/core/json.ts'
import { PYTHON_NAME, TemplateError } from '../../../lib/core/template/errors.ts'
import {
  checkTemplate,
  hydrate,
  ParameterError,
  Placeholder,
  renderParameters,
  renderText,
  validateParameters,
} from '../../../lib/core/template/parameters.ts'
import { validateTemplate } from '../../../lib/core/template/template.ts'
import type { Outcome } from '../run.ts'

interface Case {
  kind: 'render' | 'validate' | 'hydrate' | 'parameters' | 'validate-parameters'
  name: string
  context?: string
  template?: string
  value?: Record<string, unknown>
  render_jinja?: boolean
  render_workspace_variables?: boolean
  raise_on_error?: boolean
  result?: unknown
  error?: { type: string }
}

interface File {
  ui_url: string
  variables: Record<string, unknown>
  contexts: Record<string, { automation: never; firing: never; event: unknown; labels: unknown }>
  cases: Case[]
}

/** An answer, or the name of the error. */
type Answer = { result: unknown } | { error: string; refused?: string }

export function run(file: File): Outcome[] {
  return file.cases.map((item) => {
    const name = `${item.kind} ${item.name}`
    const answer = answered(() => resultOf(item, file))
    if ('refused' in answer) return { name, verdict: 'refused', detail: String(answer.refused) }
    const wanted = item.error ? { error: item.error.type } : { result: item.result }
    return isDeepStrictEqual(answer, wanted)
      ? { name, verdict: 'passed' }
      : { name, verdict: 'failed', detail: JSON.stringify({ answer, wanted }) }
  })
}

function answered(compute: () => unknown): Answer {
  try {
    return { result: compute() }
  } catch (error) {
    if (error instanceof TemplateError && error.kind === 'refused') {
      return { error: 'refused', refused: error.message }
    }
    if (error instanceof TemplateError) return { error: PYTHON_NAME[error.kind] }
    if (error instanceof ParameterError) return { error: error.type }
    throw error
  }
}

function resultOf(item: Case, file: File): unknown {
  const context = contextOf(item, file)
  const options = { uiUrl: file.ui_url, variables: file.variables }
  const { template = '', value = {} } = item
  switch (item.kind) {
    case 'render':
      return renderText(template, context, options)
    case 'validate':
      validateTemplate(template)
      return checkTemplate(template) ?? 'ok'
    case 'hydrate': {
      const hydrated = hydrate(value, context, {
        ...options,
        renderJinja: item.render_jinja ?? true,
        renderVariables: item.render_workspace_variables ?? true,
      })
      if (item.raise_on_error) raise(hydrated)
      return encoded(hydrated, item.result)
    }
    case 'parameters':
      return encoded(renderParameters(value, context, options), item.result)
    case 'validate-parameters': {
      const faults = validateParameters(value)
      return faults.length === 0 ? 'ok' : raise(new Placeholder({ fault: INVALID }))
    }
  }
}

const INVALID = { type: 'ValidationError' as 'TypeError', message: '' }

function raise(value: unknown): never | undefined {
  if (value instanceof Placeholder && value.fault) throw new ParameterError(value.fault, '')
  if (typeof value === 'object' && value !== null && !(value instanceof Placeholder)) {
    for (const item of Object.values(value)) raise(item)
  }
  return undefined
}

function contextOf(item: Case, { contexts }: File): object {
  const found = contexts[item.context ?? '']
  return found ? actionContext(found.automation, found.firing, {}) : {}
}

/** Results as the vectors write them; messages of errors are theirs, for they are informative. */
function encoded(value: unknown, like: unknown): unknown {
  if (value instanceof Placeholder) {
    const { fault, template, variable } = value
    if (fault) return { $error: fault.type, message: (like as { message?: string })?.message }
    return template !== null ? { $template: template } : { $variable: variable }
  }
  if (Number.isNaN(value)) return { $nan: true }
  if (value instanceof JsonNumber) return Number(value.text)
  if (Array.isArray(value)) {
    return value.map((item, index) => encoded(item, (like as unknown[])?.[index]))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      encoded(item, (like as Record<string, unknown>)?.[key]),
    ]),
  )
}
