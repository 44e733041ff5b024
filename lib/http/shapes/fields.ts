// What shapes are made of. A shape says what an answer holds, by Prefect's names: the API's description shows it, and tests hold every
// answer to it. Nothing is parsed by them, for what we answer is typed already.
import { z } from 'zod'

export const id = z.guid()
export const instant = z.iso.datetime({ precision: 6 })
export const text = z.string()
export const words = text.nullable()
export const seconds = z.number()
export const count = z.int().min(0)
export const tags = z.array(text)
export const labels = z.record(z.string(), z.string())
export const json = z.record(z.string(), z.unknown())

export const stored = { id, created: instant, updated: instant }

/** An object under the name that it has in the description. */
export const named = <S extends z.ZodRawShape>(name: string, shape: S) =>
  z.strictObject(shape).meta({ id: name })

export const creator = named('CreatedBy', { id: id.nullable(), type: words, display_value: words })
