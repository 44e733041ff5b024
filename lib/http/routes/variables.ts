// Variables (Prefect: server/api/variables.py), by name for the client and by id for Terraform.
import { z } from 'zod'
import { Refusal } from '../../core/errors.ts'
import { NAMED_ORDERS, namedSort, pageFields, pageOf } from '../../core/order.ts'
import type { Services, Stored } from '../../core/ports.ts'
import { python } from '../../core/python-repr.ts'
import { variableFilter } from '../../core/run-filter.ts'
import { NAME_LENGTH_MAX } from '../../core/run-schema.ts'
import { parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import type { Variable } from '../../core/variable.ts'
import { amend } from '../../steps/amend.ts'
import { type Answer, type Call, created, idParam, noContent, ok, type Route } from '../route.ts'

const name = z.string().min(1).max(NAME_LENGTH_MAX)
const tags = z.array(z.string())

const createSchema = z.strictObject({ name, value: z.json(), tags: tags.default([]) })
const updateSchema = z.strictObject({
  name: name.nullish(),
  value: z.json().optional(),
  tags: tags.nullish(),
})
const countSchema = z.object({ variables: variableFilter.schema })
const listingSchema = z.object({ ...countSchema.shape, ...pageFields, sort: namedSort })

const notThere = () => new Refusal(404, 'Variable not found.')
const nameTaken = (taken: string) =>
  new Refusal(409, `A variable with the name ${python(taken)} already exists.`)

const ADDRESSES = ['/variables/name/:name', '/variables/:id']

export function variableRoutes({
  variables,
  clock,
  ids,
}: Pick<Services, 'variables' | 'clock' | 'ids'>): Route[] {
  async function find(call: Call): Promise<Stored<Variable> | null> {
    const { workspace, params } = call
    if (params.name !== undefined) return variables.get(workspace, params.name)
    const id = idParam(call)
    const known = (await variables.list(workspace)).find((variable) => variable.id === id)
    return known ? variables.get(workspace, known.name) : null
  }

  async function read(call: Call): Promise<Stored<Variable>> {
    const found = await find(call)
    if (!found) throw notThere()
    return found
  }

  async function update(call: Call): Promise<Answer> {
    const sent = parseBody(updateSchema, await call.body())
    const changed = await amend<Variable>(
      () => find(call),
      (was) => ({
        ...was,
        name: sent.name ?? was.name,
        value: sent.value === undefined ? was.value : sent.value,
        tags: sent.tags ?? was.tags,
        updated: formatInstant(clock.now()),
      }),
      async (next, was) => {
        const isMoved = next.name !== was.value.name
        if (isMoved && (await variables.get(call.workspace, next.name))) throw nameTaken(next.name)
        return variables.replace(call.workspace, next, was)
      },
    )
    if (!changed) throw notThere()
    return noContent
  }

  async function remove(call: Call): Promise<Answer> {
    const { value } = await read(call)
    if (!(await variables.delete(call.workspace, value.name))) throw notThere()
    return noContent
  }

  async function list(call: Call, asked: z.output<typeof countSchema>): Promise<Variable[]> {
    const all = await variables.list(call.workspace)
    return all.filter((variable) => variableFilter.passes(asked.variables, variable))
  }

  return [
    {
      method: 'POST',
      path: '/variables',
      summary: 'Create a variable',
      body: createSchema,
      answers: [201],
      async handle(call) {
        const sent = parseBody(createSchema, await call.body())
        const now = formatInstant(clock.now())
        const variable: Variable = { id: ids.next(), created: now, updated: now, ...sent }
        if (!(await variables.create(call.workspace, variable))) throw nameTaken(sent.name)
        return created(variable)
      },
    },
    {
      method: 'POST',
      path: '/variables/filter',
      summary: 'Variables that meet a filter, page by page',
      body: listingSchema,
      async handle(call) {
        const asked = parseBody(listingSchema, (await call.body()) ?? {})
        const found = await list(call, asked)
        return ok(pageOf(found.sort(NAMED_ORDERS[asked.sort ?? 'NAME_ASC']), asked))
      },
    },
    {
      method: 'POST',
      path: '/variables/count',
      summary: 'The number of variables that meet a filter',
      body: countSchema,
      async handle(call) {
        const asked = parseBody(countSchema, (await call.body()) ?? {})
        return ok((await list(call, asked)).length)
      },
    },
    ...ADDRESSES.flatMap((address): Route[] => [
      {
        method: 'GET',
        path: address,
        summary: 'A variable',
        handle: async (call) => ok((await read(call)).value),
      },
      {
        method: 'PATCH',
        path: address,
        summary: 'Change some of a variable',
        body: updateSchema,
        handle: update,
      },
      { method: 'DELETE', path: address, summary: 'Delete a variable', handle: remove },
    ]),
  ]
}
