// The checksum of a block schema: a Prefect client asks by it whether its schema is known, so it must be Prefect's to the byte.
import { createHash } from 'node:crypto'

/**
 * Prefect's checksum of a schema (blocks/core.py `_calculate_schema_checksum`): SHA-256 of Python's JSON with sorted keys,
 * without `secret_fields`. A client asks by it whether its schema is known.
 */
export function schemaChecksum(fields: Record<string, unknown>): string {
  const json = `[[${pythonJson(withoutSecretFields(fields))}], {}]`
  return `sha256:${createHash('sha256').update(json).digest('hex')}`
}

function withoutSecretFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const kept = Object.entries(value).filter(([key]) => key !== 'secret_fields')
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutSecretFields(item)]))
}

/** `json.dumps(value, sort_keys=True)`: blanks behind commas and colons, everything beyond ASCII escaped. */
function pythonJson(value: unknown): string {
  if (typeof value === 'string') return asciiJson(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  const keys = Object.keys(value).sort()
  const entries = keys.map(
    (key) => `${asciiJson(key)}: ${pythonJson((value as Record<string, unknown>)[key])}`,
  )
  return `{${entries.join(', ')}}`
}

const asciiJson = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
