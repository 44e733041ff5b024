// One automation of a project against the one of its name. Both are read by the core's own schema,
// so whatever the server would fill in is no difference, and what it would refuse is told before.
import { type Automation, automationUpdateSchema } from '../core/automation.ts'
import { Refusal } from '../core/errors.ts'
import { parseBody } from '../core/schema.ts'
import type { Trigger } from '../core/trigger.ts'
import type { Client } from '../sdk/client.ts'
import { type AutomationBody, triggerBody } from '../sdk/triggers.ts'
import { automationNamed } from './automation-file.ts'
import { differences } from './difference.ts'
import type { Path, SourceDocument } from './document.ts'
import type { Change } from './plan-change.ts'
import type { Project } from './project.ts'
import type { AutomationDefinition } from './project-schema.ts'
import { finding, withIds } from './references.ts'

/** @throws CommandError with file and line for what the server would refuse */
export async function planAutomation(
  client: Client,
  project: Project,
  index: number,
): Promise<Change> {
  const definition = project.automations[index] as AutomationDefinition
  const { name } = definition
  const path = ['automations', index]
  const known = await automationNamed(client, name)
  const body = await withIds(bodyOf(definition), finding(client, project, path, false))
  const wanted = normalized(project.source, path, body)
  const found = differences(known ? shape(known) : {}, wanted)
  return {
    kind: 'automation',
    name,
    action: !known ? 'create' : found.length === 0 ? 'none' : 'update',
    differences: found,
    triggers:
      !known || found.some(({ path }) => path.startsWith('trigger'))
        ? [{ body, replaces: known?.id ?? null }]
        : [],
    async make() {
      const body = await withIds(bodyOf(definition), finding(client, project, path, true))
      if (!known) return (await client.automations.create(body)).id
      await client.automations.update(known.id, body)
      return known.id
    },
  }
}

const bodyOf = (definition: AutomationDefinition): AutomationBody => ({
  ...definition,
  trigger: triggerBody(definition.trigger),
})

type Comparable = Omit<Automation, 'id' | 'created' | 'updated' | 'trigger'> & { trigger: unknown }

/**
 * What the server would make of a body.
 * @throws CommandError with file, line and path of the first fault
 */
export function normalized(
  source: SourceDocument,
  path: Path,
  { owner_resource, ...body }: AutomationBody,
): Comparable {
  try {
    const draft = parseBody(automationUpdateSchema, body)
    return { ...draft, trigger: withoutIds(draft.trigger as Trigger) } as Comparable
  } catch (error) {
    const [fault] = error instanceof Refusal ? error.faults : []
    if (!fault) throw error
    throw source.fault([...path, ...fault.loc.slice(1)], fault.msg)
  }
}

/** An automation of the server's in the form of `normalized`. */
export function shape({ id, created, updated, trigger, ...rest }: Automation): Comparable {
  return { ...rest, trigger: withoutIds(trigger) }
}

function withoutIds({ id, ...trigger }: Trigger): object {
  if (!('triggers' in trigger)) return trigger
  return { ...trigger, triggers: trigger.triggers.map(withoutIds) }
}
