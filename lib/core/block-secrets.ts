// What is secret in a block's data, hidden from those who may see the block, and found again when they send back what they saw.
import type { BlockSchema } from './block.ts'

/** What stands for a secret, whatever its length. */
const OBFUSCATED = '********'

type Values = Record<string, unknown>

const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The paths of a schema's secrets. */
export function secretFields({ fields }: Pick<BlockSchema, 'fields'>): string[] {
  const listed = fields.secret_fields
  return Array.isArray(listed) ? listed.filter((path) => typeof path === 'string') : []
}

/** The data with its secrets hidden, as everybody may see it. */
export function obfuscate(data: Values, paths: readonly string[]): Values {
  return paths.reduce<Values>((shown, path) => hide(shown, path.split('.')), data)
}

/** `*` is every value below, at any depth; an object without any is hidden as a whole, as with Prefect. */
function hide(values: Values, [head = '', ...rest]: string[]): Values {
  if (head === '*') return mapLeaves(values)
  const value = values[head]
  if (value === undefined || value === null) return values
  const isAll = rest.length === 0 || !isValues(value) || (rest[0] === '*' && isEmpty(value))
  return { ...values, [head]: isAll ? OBFUSCATED : hide(value, rest) }
}

const isEmpty = (values: Values): boolean => Object.keys(values).length === 0

const mapLeaves = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      isValues(value) && !isEmpty(value) ? mapLeaves(value) : OBFUSCATED,
    ]),
  )

/**
 * Data that was sent to replace other data: a hidden value that comes back stands for the secret it hid. With `merge` fields
 * that were not sent stay.
 */
export function updatedData(was: Values, sent: Values, merge: boolean): Values {
  const next = restore(was, sent) as Values
  return merge ? { ...was, ...next } : next
}

function restore(was: unknown, sent: unknown): unknown {
  if (sent === OBFUSCATED && was !== undefined) return was
  if (!isValues(sent) || !isValues(was)) return sent
  return Object.fromEntries(
    Object.entries(sent).map(([key, value]) => [key, restore(was[key], value)]),
  )
}
