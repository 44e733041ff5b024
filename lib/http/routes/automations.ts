// Automations over REST (Prefect: server/api/automations.py). What may be saved is decided in core/automation.ts.

import {
  type Automation,
  type AutomationContext,
  automationCreateSchema,
  automationPatchSchema,
  automationUpdateSchema,
  type OwnedAutomation,
  parseAutomationCreate,
  parseAutomationPatch,
  parseAutomationUpdate,
  type TemplateChecks,
} from '../../core/automation.ts'
import {
  automationCountSchema,
  automationListingSchema,
  parseAutomationCount,
  parseAutomationFilter,
  selectAutomations,
} from '../../core/automation-filter.ts'
import { Refusal } from '../../core/errors.ts'
import type { Services } from '../../core/ports.ts'
import { requireRoom } from '../../core/quota.ts'
import { checkTemplate, validateParameters } from '../../core/template/parameters.ts'
import { amend, remove } from '../../steps/amend.ts'
import { type Call, created, idParam, noContent, ok, type Route } from '../route.ts'

const TEMPLATES: TemplateChecks = { template: checkTemplate, parameters: validateParameters }

type Uses = Pick<Services, 'automations' | 'quotas' | 'clock' | 'ids'>

const notThere = () => new Refusal(404, 'Automation not found', { key: 'exception_message' })

export function automationRoutes({ automations, quotas, clock, ids }: Uses): Route[] {
  const context = (): AutomationContext => ({
    newId: ids.next,
    now: clock.now(),
    templates: TEMPLATES,
  })

  async function change(call: Call, next: (was: Automation) => Automation): Promise<void> {
    const id = idParam(call)
    const changed = await amend<OwnedAutomation>(
      () => automations.get(call.workspace, id),
      ({ automation, owner }) => ({ automation: next(automation), owner }),
      (owned, was) => automations.replace(call.workspace, owned, was),
    )
    if (!changed) throw notThere()
  }

  return [
    {
      method: 'POST',
      path: '/automations',
      summary: 'Create an automation',
      body: automationCreateSchema,
      answers: [201],
      async handle(call) {
        const owned = parseAutomationCreate(await call.body(), context())
        requireRoom('automations', await automations.count(call.workspace), quotas)
        if (await automations.create(call.workspace, owned)) return created(owned.automation)
        const automation = { ...owned.automation, id: ids.next() } // its owner has one of this name
        await automations.create(call.workspace, { ...owned, automation })
        return created(automation)
      },
    },
    {
      method: 'POST',
      path: '/automations/filter',
      summary: 'Automations that meet a filter, page by page',
      body: automationListingSchema,
      async handle(call) {
        const listing = parseAutomationFilter(await call.body())
        const all = await automations.list(call.workspace)
        return ok(
          selectAutomations(
            all.map(({ automation }) => automation),
            listing,
          ),
        )
      },
    },
    {
      method: 'POST',
      path: '/automations/count',
      summary: 'The number of automations in the workspace, or of those that meet a filter',
      body: automationCountSchema,
      async handle(call) {
        const isCounted = parseAutomationCount(await call.body())
        const all = await automations.list(call.workspace)
        return ok(all.filter(({ automation }) => isCounted(automation)).length)
      },
    },
    {
      method: 'GET',
      path: '/automations/related-to/:resource',
      summary: 'Automations that a resource owns or that name it in an action',
      async handle(call) {
        const resource = call.params.resource ?? ''
        const all = await automations.list(call.workspace)
        return ok(
          all.filter((owned) => isRelated(owned, resource)).map(({ automation }) => automation),
        )
      },
    },
    {
      method: 'GET',
      path: '/automations/owned-by/:resource',
      summary: 'Automations that a resource owns (not in Prefect)',
      async handle(call) {
        const owned = await automations.ownedBy(call.workspace, call.params.resource ?? '')
        return ok(owned.map(({ value }) => value.automation))
      },
    },
    {
      method: 'DELETE',
      path: '/automations/owned-by/:resource',
      summary: 'Delete every automation that a resource owns',
      answers: [202],
      async handle(call) {
        for (const was of await automations.ownedBy(call.workspace, call.params.resource ?? '')) {
          await automations.delete(call.workspace, was)
        }
        return { status: 202, body: null }
      },
    },
    {
      method: 'GET',
      path: '/automations/:id',
      summary: 'An automation',
      async handle(call) {
        const found = await automations.get(call.workspace, idParam(call))
        if (!found) throw notThere()
        return ok(found.value.automation)
      },
    },
    {
      method: 'PUT',
      path: '/automations/:id',
      summary: 'Replace an automation',
      body: automationUpdateSchema,
      async handle(call) {
        await change(call, parseAutomationUpdate(await call.body(), context()))
        return noContent
      },
    },
    {
      method: 'PATCH',
      path: '/automations/:id',
      summary: 'Enable or disable an automation',
      body: automationPatchSchema,
      async handle(call) {
        await change(call, parseAutomationPatch(await call.body(), context()))
        return noContent
      },
    },
    {
      method: 'DELETE',
      path: '/automations/:id',
      summary: 'Delete an automation',
      async handle(call) {
        const id = idParam(call)
        const isRemoved = await remove(
          () => automations.get(call.workspace, id),
          (was) => automations.delete(call.workspace, was),
        )
        if (!isRemoved) throw notThere()
        return noContent
      },
    },
  ]
}

/** Owned by the resource `prefect.<kind>.<id>`, or with an action that names its id. */
function isRelated({ automation, owner }: OwnedAutomation, resource: string): boolean {
  if (owner === resource) return true
  const id = resource.split('.').at(-1)
  const actions = [
    ...automation.actions,
    ...automation.actions_on_trigger,
    ...automation.actions_on_resolve,
  ]
  return actions.some((action) =>
    Object.entries(action).some(([key, value]) => key.endsWith('_id') && value === id),
  )
}
