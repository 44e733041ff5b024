// Workspaces of an account (Prefect Cloud; its Terraform resource `prefect_workspace`). Deleting one forgets its name; what is in
// it stays until it is deleted itself, as Terraform does in any order.
import { z } from 'zod'
import {
  type AccountWorkspace,
  changeWorkspace,
  newWorkspace,
  workspaceCreateSchema,
  workspaceUpdateSchema,
} from '../../core/account-workspace.ts'
import { notFound, Refusal } from '../../core/errors.ts'
import { pageFields, pageOf } from '../../core/order.ts'
import type { Services } from '../../core/ports.ts'
import { parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import { amend } from '../../steps/amend.ts'
import { type Call, created, idParam, noContent, ok, type Route } from '../route.ts'

const anyOf = z.object({ any_: z.array(z.string()).nullish() }).nullish()

const listingSchema = z.object({
  workspaces: z.object({ id: anyOf, handle: anyOf, name: anyOf }).nullish(),
  ...pageFields,
})

const handleTaken = (handle: string) =>
  new Refusal(409, `A workspace with the handle ${JSON.stringify(handle)} already exists.`)

export function accountWorkspaceRoutes({
  workspaces,
  clock,
  ids,
}: Pick<Services, 'workspaces' | 'clock' | 'ids'>): Route[] {
  const account = (call: Call) => idParam(call, 'account')

  async function requireFree(call: Call, handle: string, id: string): Promise<void> {
    const others = await workspaces.list(account(call))
    if (others.some((other) => other.handle === handle && other.id !== id)) {
      throw handleTaken(handle)
    }
  }

  const routes: Omit<Route, 'scope'>[] = [
    {
      method: 'POST',
      path: '/workspaces',
      summary: 'Create a workspace',
      body: workspaceCreateSchema,
      answers: [201],
      async handle(call) {
        const sent = parseBody(workspaceCreateSchema, await call.body())
        const now = formatInstant(clock.now())
        const workspace = newWorkspace(sent, { id: ids.next(), account: account(call), now })
        await requireFree(call, workspace.handle, workspace.id)
        await workspaces.create(account(call), workspace)
        return created(workspace)
      },
    },
    {
      method: 'POST',
      path: '/workspaces/filter',
      summary: 'Workspaces by id, handle or name',
      body: listingSchema,
      async handle(call) {
        const asked = parseBody(listingSchema, (await call.body()) ?? {})
        const { id, handle, name } = asked.workspaces ?? {}
        const found = (await workspaces.list(account(call))).filter(
          (workspace) =>
            (id?.any_?.includes(workspace.id) ?? true) &&
            (handle?.any_?.includes(workspace.handle) ?? true) &&
            (name?.any_?.includes(workspace.name) ?? true),
        )
        return ok(pageOf(found, asked))
      },
    },
    {
      method: 'GET',
      path: '/workspaces/:workspace',
      summary: 'A workspace',
      async handle(call) {
        const found = await workspaces.get(account(call), idParam(call, 'workspace'))
        if (!found) throw notFound('Workspace')
        return ok(found.value)
      },
    },
    {
      method: 'PATCH',
      path: '/workspaces/:workspace',
      summary: 'Change some of a workspace',
      body: workspaceUpdateSchema,
      async handle(call) {
        const sent = parseBody(workspaceUpdateSchema, await call.body())
        const id = idParam(call, 'workspace')
        if (sent.handle !== undefined) await requireFree(call, sent.handle, id)
        const changed = await amend<AccountWorkspace>(
          () => workspaces.get(account(call), id),
          (was) => changeWorkspace(was, sent, formatInstant(clock.now())),
          (next, was) => workspaces.replace(account(call), next, was),
        )
        if (!changed) throw notFound('Workspace')
        return noContent
      },
    },
    {
      method: 'DELETE',
      path: '/workspaces/:workspace',
      summary: 'Forget a workspace; what is in it stays',
      async handle(call) {
        const isGone = await workspaces.delete(account(call), idParam(call, 'workspace'))
        if (!isGone) throw notFound('Workspace')
        return noContent
      },
    },
  ]
  return routes.map((route) => ({ ...route, scope: 'account' }))
}
