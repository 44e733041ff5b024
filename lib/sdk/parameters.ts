// A flow's parameters: one object. Its schema comes from zod when the author gave one, else from
// the names that the function's own text destructures, else nothing is known and everything is
// allowed.
import { z } from 'zod'

/** A zod object, or anything else that takes and makes objects. */
export type ParameterSchema = z.ZodType<object, object>

/** JSON Schema of a flow's parameters, as `parameter_openapi_schema` of its deployments. */
export function parameterSchemaOf(
  fn: (...args: never[]) => unknown,
  schema: ParameterSchema | undefined,
): Record<string, unknown> {
  if (schema) {
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
    return { title: 'Parameters', ...rest }
  }
  const names = destructuredNames(fn.toString())
  const properties = Object.fromEntries(
    names.map((name, position) => [name, { title: name, position }]),
  )
  return { title: 'Parameters', type: 'object', properties }
}

/**
 * Names that a function takes out of its first argument: `({ order, retries = 3 })` gives order and
 * retries.
 */
function destructuredNames(source: string): string[] {
  const open = /^(?:async\s+)?(?:function\b[^(]*)?[\w$]*\s*\(\s*\{/.exec(source)
  if (!open) return []
  return topLevelParts(source.slice(open[0].length)).flatMap(
    (part) => /^\s*([\w$]+)\s*(?:[:=]|$)/.exec(part)?.[1] ?? [],
  )
}

/**
 * The comma-separated parts up to the bracket that closes the object, with what nested brackets
 * hold left inside.
 */
function topLevelParts(text: string): string[] {
  const parts: string[] = ['']
  let depth = 0
  for (const char of text) {
    if ('{[('.includes(char)) depth += 1
    if ('}])'.includes(char)) depth -= 1
    if (depth < 0) break
    if (char === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += char
  }
  return parts
}

/**
 * The parameters as the function will get them: checked, and with zod's defaults, when there is a
 * schema.
 * @throws Error naming each wrong parameter
 */
export function parseParameters(given: unknown, schema: ParameterSchema | undefined): object {
  if (!schema) return (given ?? {}) as object
  const parsed = schema.safeParse(given ?? {})
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'parameters'}: ${issue.message}`,
  )
  throw new TypeError(`Validation failed for flow parameters. ${faults.join('; ')}`)
}
