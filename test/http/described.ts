// The API's description of itself, and whether an answer is what it says.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { openApi } from '../../lib/http/openapi.ts'
import type { Route } from '../../lib/http/route.ts'

export type Schema = Record<string, unknown>

export interface Operation {
  parameters?: { name: string }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}

export function description(routes: Route[]) {
  const { paths, components } = openApi(routes) as unknown as {
    paths: Record<string, Record<string, Operation>>
    components: { schemas: Record<string, Schema> }
  }
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema({ $id: 'https://tripline/', components })
  const validators = new Map<string, ValidateFunction>()

  function validatorOf(schema: Schema): ValidateFunction {
    const text = JSON.stringify(schema).replaceAll('"#/', '"https://tripline/#/')
    const validate = validators.get(text) ?? ajv.compile(JSON.parse(text))
    validators.set(text, validate)
    return validate
  }

  /**
   * What is wrong with an answer by the description of it: its status, its media type, or what it holds; null when nothing is. Refusals
   * are described together, as the default.
   */
  async function faultOf(operation: Operation, answer: Response): Promise<string | null> {
    if (answer.status >= 500) return `${answer.status}`
    const { [answer.status]: own, default: refused } = operation.responses
    const described = own ?? (answer.status >= 400 ? refused : undefined)
    if (!described) return `${answer.status} is not described`
    const text = await answer.clone().text()
    const type = (answer.headers.get('content-type') ?? '').replace(/;.*/, '')
    const content = described.content?.[type] ?? described.content?.['*/*']
    if (!content) return text === '' ? null : `${answer.status} of type ${type} is not described`
    if (type !== 'application/json') return null
    const validate = validatorOf(content.schema)
    return validate(JSON.parse(text)) ? null : `${ajv.errorsText(validate.errors)} in ${text}`
  }

  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

  /** The operation of a request: of those whose paths fit, the one with the fewest parameters. */
  function operationOf(method: string, path: string) {
    const asked = path.replace(/\?.*/, '').replace(/(.)\/$/, '$1')
    return operations
      .filter((one) => one.method === method.toLowerCase() && patternOf(one.path).test(asked))
      .toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)[0]
  }

  return { operations, components, faultOf, operationOf }
}

const patternOf = (path: string) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
