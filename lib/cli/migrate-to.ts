// What was read of a server as a project file: names in the place of ids, and nothing said that goes without saying.
import type { Automation } from '../core/automation.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import { CommandError } from './errors.ts'
import type { Found } from './migrate-from.ts'
import { onlyRuns } from './owned-triggers.ts'
import { actionWithNames, labelsWithNames, type Names } from './references.ts'

/** The project as it is written. */
export function migratedProject(found: Found): object {
  const { names } = found
  return said({
    variables: found.variables.map(({ name, value, tags }) => ({ name, value, ...said({ tags }) })),
    work_pools: found.workPools.map(workPoolOf),
    deployments: found.deployments.map((one) => deploymentOf(one, names)),
    webhooks: found.webhooks.map(webhookOf),
    automations: found.automations.map((one) => automationOf(one, names)),
  })
}

/** What a person has to see to, because no file can say it. */
export function remarksOn({ automations, deployments, names }: Found): string[] {
  const text = JSON.stringify(automations)
  const blocks = [...new Set(text.match(/(?<="block_document_id":")[^"]+/g) ?? [])]
  const alone = automations.flatMap((one) =>
    deployments
      .filter(({ deployment }) => onlyRuns(one, deployment.id))
      .map(({ flow, deployment }) => [one.name, `${flow}/${deployment.name}`] as const),
  )
  return [
    ...blocks.map(
      (id) =>
        `Automations use block ${names('block', id) ?? id}, whose secrets cannot be read: tripline block create ${(names('block', id) ?? 'TYPE/NAME').replace('/', ' ')} …`,
    ),
    ...alone.map(
      ([name, deployment]) =>
        `'${name}' only runs ${deployment}. If it is one of its triggers, which Prefect does not tell, move it there.`,
    ),
  ]
}

function workPoolOf({ pool, queues }: Found['workPools'][number]): object {
  const { name, type, description, is_paused, concurrency_limit, base_job_template } = pool
  const named = queues.filter((queue) => queue.name !== 'default')
  return {
    name,
    type,
    ...said({ description, paused: is_paused, concurrency_limit, base_job_template }),
    ...said({
      queues: named.map(({ name, description, is_paused, concurrency_limit, priority }) => ({
        name,
        ...said({ description, paused: is_paused, concurrency_limit, priority }),
      })),
    }),
  }
}

function deploymentOf(
  { flow, deployment, triggers }: Found['deployments'][number],
  names: Names,
): object {
  const { name, entrypoint, tags, parameters, description, version, paused } = deployment
  const { work_pool_name: pool, work_queue_name: queue, job_variables, schedules } = deployment
  if (entrypoint === null) {
    throw new CommandError(`deployment '${flow}/${name}' names no entrypoint`, {
      fix: 'It was made by something other than `deploy`; delete it there, or deploy it anew.',
    })
  }
  const concurrency_limit =
    deployment.global_concurrency_limit?.limit ?? deployment.concurrency_limit
  return {
    name,
    entrypoint,
    flow_name: flow,
    ...said({ version, description, tags, parameters, paused, concurrency_limit }),
    ...(pool && {
      work_pool: {
        name: pool,
        ...said({ work_queue_name: queue === 'default' ? null : queue, job_variables }),
      },
    }),
    ...said({
      pull: deployment.pull_steps,
      schedules: schedules.map(({ schedule, active, slug, parameters, max_scheduled_runs }) => ({
        ...withoutNulls(schedule),
        ...(!active && { active }),
        ...said({ slug, parameters, max_scheduled_runs }),
      })),
      triggers: triggers.map((one) => triggerOf(one, names)),
    }),
  }
}

function triggerOf({ name, description, enabled, trigger, actions }: Automation, names: Names) {
  const [action] = actions as Record<string, unknown>[]
  const { parameters, job_variables, schedule_after } = action ?? {}
  return {
    name,
    ...said({ description }),
    ...(!enabled && { enabled }),
    ...matchOf(trigger, names),
    ...said({ parameters, job_variables, schedule_after }),
  }
}

function automationOf(automation: Automation, names: Names): object {
  const { name, description, enabled, tags, trigger, actions } = automation
  const { actions_on_trigger, actions_on_resolve } = automation
  const named = (all: readonly object[]) =>
    all.map((action) => withoutNulls(actionWithNames(action, names)))
  return {
    name,
    ...said({ description }),
    ...(!enabled && { enabled }),
    ...said({ tags }),
    trigger: matchOf(trigger, names),
    actions: named(actions),
    ...said({
      actions_on_trigger: named(actions_on_trigger),
      actions_on_resolve: named(actions_on_resolve),
    }),
  }
}

const webhookOf = ({ name, description, enabled, template }: Webhook): object => ({
  name,
  ...said({ description }),
  ...(!enabled && { enabled }),
  template,
})

/** A trigger without the ids that every server makes anew. Its numbers are written even where they are nought. */
function matchOf(trigger: Automation['trigger'], names: Names): object {
  const { id, ...rest } = trigger
  const numbers = Object.entries(rest).filter(([, value]) => typeof value === 'number')
  const match = { ...said(labelsWithNames(rest, names)), ...Object.fromEntries(numbers) }
  if (!('triggers' in trigger)) return match
  return { ...match, triggers: trigger.triggers.map((one) => matchOf(one, names)) }
}

/** The fields that say something: not null, false, nought or empty. */
const said = (fields: object): object =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) =>
      typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value),
    ),
  )

const withoutNulls = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
