// Parameters against the JSON schema of a flow's signature, as Prefect checks them (utilities/schema_tools/validation.py), and
// the one thing we do to make them fit.
import { asSchema, isObject, mismatches, own, type Schema } from './json-schema.ts'
import { mostRelevant } from './mismatch.ts'
import { python } from './python-repr.ts'

/**
 * "Validation failed for field 'x'. Failure reason: …" when the parameters do not fit, or null. A parameter that is not required
 * and has no default may be null, as in Prefect.
 * @throws Refusal 422 when the schema refers to itself without end
 */
export function checkParameters(
  parameters: Record<string, unknown>,
  schema: Schema,
): string | null {
  const worst = mostRelevant(mismatches(parameters, schema))
  if (!worst) return null
  const field = jsonPath(worst.path)
  const where = field === '$' ? '' : ` for field ${python(field.replaceAll('$.', ''))}`
  return `Validation failed${where}. Failure reason: ${worst.message}`
}

/**
 * The parameters, with the JSON text of an object or list in place of one that meets a parameter which takes only text. Prefect
 * refuses such a run; here `"{{ event }}"` can be given to `def flow(event: str)`.
 */
export function textifyParameters(
  parameters: Record<string, unknown>,
  schema: Schema | null,
): Record<string, unknown> {
  const properties = asSchema(schema?.properties)
  const entries = Object.entries(parameters).map(([name, value]) => {
    const isStructure = isObject(value) || Array.isArray(value)
    const becomesText = isStructure && takesOnlyText(own(properties, name))
    return [name, becomesText ? JSON.stringify(value) : value]
  })
  return Object.fromEntries(entries)
}

function takesOnlyText(schema: unknown): boolean {
  const { type, anyOf } = asSchema(schema)
  if (!Array.isArray(anyOf)) return type === 'string'
  const types = anyOf.map((alternative) => asSchema(alternative).type)
  return types.includes('string') && types.every((one) => one === 'string' || one === 'null')
}

/** `$.a[0]['b c']` */
const jsonPath = (path: (string | number)[]): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return /^[A-Za-z_]\w*$/.test(key) ? `${text}.${key}` : `${text}[${python(key)}]`
  }, '$')
