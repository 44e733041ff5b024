// Filters of listings (Prefect: server/schemas/filters.py): objects of criteria, joined by `and_` or `or_`. A filter is declared
// once, as the fields it may narrow down; its schema and its meaning both follow from that.
import { z } from 'zod'
import { boolean, instant, integer } from './schema.ts'

/** A criterion's schema, and what each part of it that was asked says of a value. */
interface Criterion<V> {
  schema: z.ZodType
  /** `asked` is what the schema made of the request. */
  holds(asked: never, value: V): boolean[]
}

/** One kind's filter: what requests may ask, and who passes. */
export interface Filter<T> {
  schema: z.ZodType<Asked | null | undefined>
  /** A filter that is absent, or asks nothing, is passed by everything. */
  passes(asked: Asked | null | undefined, value: T): boolean
}

/** A filter as its schema gives it. Only the filter it came from can read it. */
export type Asked = Record<string, unknown> & { operator: Operator }

type Operator = 'and_' | 'or_'
const operator = z.enum(['and_', 'or_']).default('and_')

const joined = (how: Operator, claims: boolean[]): boolean =>
  claims.length === 0 || (how === 'and_' ? claims.every(Boolean) : claims.some(Boolean))

/** A field of a filter: which criterion, of which value of the object. */
export interface Field<T> {
  schema: z.ZodType
  passes(asked: unknown, object: T): boolean
}

/** Narrows a listing down by a value of its objects. */
export const by = <V, T>(criterion: Criterion<V>, keyOf: (object: T) => V): Field<T> => ({
  schema: criterion.schema.nullish(),
  passes(asked, object) {
    const how = (asked as { operator?: Operator }).operator ?? 'and_'
    return joined(how, criterion.holds(asked as never, keyOf(object)))
  },
})

/** The filter of these fields. */
export function filterOf<T>(fields: Record<string, Field<T>>): Filter<T> {
  const schemas = Object.entries(fields).map(([name, field]) => [name, field.schema])
  const schema = z.strictObject({ operator, ...Object.fromEntries(schemas) })
  return {
    schema: schema.nullish() as unknown as Filter<T>['schema'],
    passes(asked, object) {
      if (!asked) return true
      const claims = Object.entries(fields).flatMap(([name, field]) =>
        asked[name] ? [field.passes(asked[name], object)] : [],
      )
      return joined(asked.operator, claims)
    },
  }
}

/** A field that is a filter itself. */
export const within = <T>({ schema, passes }: Filter<T>): Field<T> => ({
  schema,
  passes: (asked, object) => passes(asked as Asked, object),
})

const isGiven = <T>(asked: T | null | undefined): asked is T =>
  asked !== null && asked !== undefined

/** `any_`, `not_any_`, `is_null_`, `like_` (anywhere, in any case) and `startswith_` of a text or an id. */
export const text = (element: z.ZodType<string>) => {
  const list = z.array(element).nullish()
  const schema = z.strictObject({
    operator,
    any_: list,
    not_any_: list,
    startswith_: list,
    like_: z.string().nullish(),
    is_null_: boolean.nullish(),
  })
  return {
    schema,
    holds(asked: z.output<typeof schema>, value: string | null): boolean[] {
      const { any_, not_any_, startswith_, like_, is_null_ } = asked
      const claims: boolean[] = []
      if (isGiven(any_)) claims.push(value !== null && any_.includes(value))
      if (isGiven(not_any_)) claims.push(value === null || !not_any_.includes(value))
      if (isGiven(startswith_)) claims.push(startswith_.some((start) => value?.startsWith(start)))
      if (isGiven(like_)) claims.push((value ?? '').toLowerCase().includes(like_.toLowerCase()))
      if (isGiven(is_null_)) claims.push((value === null) === is_null_)
      return claims
    },
  }
}

const texts = z.array(z.string()).nullish()
const tagsSchema = z.strictObject({
  operator,
  all_: texts,
  any_: texts,
  is_null_: boolean.nullish(),
})

/** `all_`, `any_` and `is_null_` of a list of tags. */
export const tags = {
  schema: tagsSchema,
  holds({ all_, any_, is_null_ }: z.output<typeof tagsSchema>, value: string[]): boolean[] {
    const claims: boolean[] = []
    if (isGiven(all_)) claims.push(all_.every((tag) => value.includes(tag)))
    if (isGiven(any_)) claims.push(any_.some((tag) => value.includes(tag)))
    if (isGiven(is_null_)) claims.push((value.length === 0) === is_null_)
    return claims
  },
}

const moment = instant.nullish()
const momentSchema = z.strictObject({
  before_: moment,
  after_: moment,
  is_null_: boolean.nullish(),
})

/** `before_` and `after_`, both inclusive, and `is_null_` of an instant in the wire form. */
export const time = {
  schema: momentSchema,
  holds(asked: z.output<typeof momentSchema>, value: string | null): boolean[] {
    const { before_, after_, is_null_ } = asked
    const claims: boolean[] = []
    if (isGiven(before_)) claims.push(value !== null && value <= before_)
    if (isGiven(after_)) claims.push(value !== null && value >= after_)
    if (isGiven(is_null_)) claims.push((value === null) === is_null_)
    return claims
  },
}

const limit = integer.nullish()
const numberSchema = z.strictObject({ ge_: limit, le_: limit, is_null_: boolean.nullish() })

/** `ge_`, `le_` and `is_null_` of a number. */
export const number = {
  schema: numberSchema,
  holds({ ge_, le_, is_null_ }: z.output<typeof numberSchema>, value: number | null): boolean[] {
    const claims: boolean[] = []
    if (isGiven(ge_)) claims.push(value !== null && value >= ge_)
    if (isGiven(le_)) claims.push(value !== null && value <= le_)
    if (isGiven(is_null_)) claims.push((value === null) === is_null_)
    return claims
  },
}

const flagSchema = z.strictObject({ eq_: boolean.nullish(), is_null_: boolean.nullish() })

/** `eq_` of something that is so or not; `is_null_` of something that is there (true) or not. */
export const flag = {
  schema: flagSchema,
  holds({ eq_, is_null_ }: z.output<typeof flagSchema>, value: boolean): boolean[] {
    const claims: boolean[] = []
    if (isGiven(eq_)) claims.push(value === eq_)
    if (isGiven(is_null_)) claims.push(value !== is_null_)
    return claims
  },
}
