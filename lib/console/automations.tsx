// Automations: the list with what each fired lately, and what its switches and buttons do. One of them is automation.tsx, the form is
// automation-form.tsx.
import type { Automation } from '../core/automation.ts'
import type { EventFilter } from '../core/filter.ts'
import { actionText, triggerText } from './automation-text.ts'
import { Spark } from './histogram.tsx'
import { Frame, Head } from './layout.tsx'
import { Named, TableCard } from './lists.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { Empty, MainLink, Switch } from './parts.tsx'
import { hourly } from './recent.ts'
import { namesOf } from './runs.tsx'
import type { Page, Visit } from './visit.ts'
import { byName, counted } from './words.ts'

const FIRED: EventFilter['event'] = {
  prefix: null,
  exclude_prefix: null,
  name: ['prefect.automation.triggered', 'prefect.automation.resolved'],
  exclude_name: null,
}

/** As events name it. */
export const resourceOf = ({ id }: Pick<Automation, 'id'>): string => `prefect.automation.${id}`

export const automationsPage: Page = async (visit) => {
  const { c, services, workspace } = visit
  const owned = await services.automations.list(workspace)
  const all = owned.map(({ automation }) => automation).toSorted(byName)
  const names = await namesOf(visit)
  const firings = await hourly(visit, all.map(resourceOf), FIRED)
  return c.html(
    <Frame visit={visit} title="Automations">
      <Head title="Automations" sub="When something happens, or does not, do something about it.">
        <MainLink path="/automations/new" icon="plus">
          New automation
        </MainLink>
      </Head>
      <TableCard
        label="Automations"
        rows={all}
        prefix="a"
        empty={
          <Empty icon="automation" title="No automations yet">
            <p>
              Open any event in the feed and choose “Automate this event”, or begin with an empty
              form.
            </p>
            <MainLink path="/automations/new">Create an automation</MainLink>
          </Empty>
        }
        columns={[
          {
            head: 'Name',
            cell: ({ id, name, description }) => (
              <Named path={`/automations/${id}`} name={name}>
                {description}
              </Named>
            ),
          },
          { head: 'When', cell: ({ trigger }) => triggerText(trigger) },
          {
            head: 'Then',
            kind: 'wide',
            cell: ({ actions }) => actions.map((action) => actionText(action, names)).join(', '),
          },
          {
            head: 'Last 24 hours',
            kind: 'wide',
            cell: (_, i) => (
              <Spark
                counts={firings[i] ?? []}
                labelFor={(count) => `Fired ${counted(count, 'time')} in 24 hours`}
              />
            ),
          },
          {
            head: 'Enabled',
            cell: (automation) => <Toggle visit={visit} automation={automation} />,
          },
        ]}
      />
    </Frame>,
  )
}

/** On or off, in the list and on the page. */
export const Toggle = ({ visit, automation }: { visit: Visit; automation: Automation }) => (
  <Switch
    visit={visit}
    path={`/automations/${automation.id}/enable`}
    isOn={automation.enabled}
    label={`${automation.name} enabled`}
  />
)

export const enableAutomation: Page = async (visit) => {
  const { c, form, change, services, workspace } = visit
  const id = c.req.param('id') ?? ''
  await change('PATCH', `/automations/${id}`, { enabled: form.enabled === 'true' })
  if (c.req.header('hx-request') === undefined) return c.redirect(`/automations/${id}`, 303)
  const found = await services.automations.get(workspace, id)
  if (!found) return notHere(visit, 'automation')
  return c.html(<Toggle visit={visit} automation={found.value.automation} />)
}

export const deleteAutomation: Page = async ({ c, change }) => {
  await change('DELETE', `/automations/${c.req.param('id')}`)
  return c.redirect(saying('deleted', '/automations'), 303)
}
