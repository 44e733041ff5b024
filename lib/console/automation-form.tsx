// Making and changing an automation: a form for the common case on the left, and beside it the whole as JSON, which is what is
// saved. The form writes the JSON; what it cannot say is said there.
import type { Automation } from '../core/automation.ts'
import type { Refusal } from '../core/errors.ts'
import { editableJson, parsedJson, prettyJson } from './automation-json.ts'
import { BacktestPanel, Checks } from './backtest.tsx'
import { Card } from './cards.tsx'
import { Editor, Field } from './fields.tsx'
import { Frame, Head } from './layout.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { attempt, Faults, Token } from './parts.tsx'
import type { Page, Visit } from './visit.ts'

interface FormState {
  was: Automation | null
  name: string
  /** The automation as JSON, as it stands in the field. */
  text: string
  refusal?: Refusal
}

/** Prefilled by links: `event` and `resource` of an event that was looked at. */
export const newAutomationPage: Page = async (visit) => {
  const { searchParams } = visit.url
  const [event, resource] = [searchParams.get('event') ?? '', searchParams.get('resource') ?? '']
  const deployments = await visit.services.deployments.list(visit.workspace)
  const [first] = deployments
  const draft = {
    name: event === '' ? '' : `On ${event}`.slice(0, 200),
    description: '',
    enabled: true,
    trigger: {
      type: 'event',
      posture: 'Reactive',
      expect: event === '' ? [] : [event],
      match: resource === '' ? {} : { 'prefect.resource.id': resource },
      threshold: 1,
      within: 0,
    },
    actions: [
      first
        ? { type: 'run-deployment', source: 'selected', deployment_id: first.id, schedule_after: 0 }
        : { type: 'do-nothing' },
    ],
  }
  return formPage(visit, { was: null, name: draft.name, text: prettyJson(draft) })
}

export const editAutomationPage: Page = async (visit) => {
  const was = await automationOf(visit)
  if (!was) return notHere(visit, 'automation')
  return formPage(visit, { was, name: was.name, text: editableJson(was) })
}

async function automationOf({ c, services, workspace }: Visit): Promise<Automation | null> {
  const found = await services.automations.get(workspace, c.req.param('id') ?? '')
  return found?.value.automation ?? null
}

export const createAutomation: Page = async (visit) => {
  const { form, change, c } = visit
  const text = form.json ?? ''
  const tried = await attempt(() => change('POST', '/automations', parsedJson(text)))
  if ('refusal' in tried) {
    return formPage(visit, { was: null, name: '', text, refusal: tried.refusal })
  }
  return c.redirect(saying('created', `/automations/${(tried.done as Automation).id}`), 303)
}

export const saveAutomation: Page = async (visit) => {
  const was = await automationOf(visit)
  if (!was) return notHere(visit, 'automation')
  const text = visit.form.json ?? ''
  const path = `/automations/${was.id}`
  const tried = await attempt(() => visit.change('PUT', path, parsedJson(text)))
  if ('refusal' in tried)
    return formPage(visit, { was, name: was.name, text, refusal: tried.refusal })
  return visit.c.redirect(saying('saved', path), 303)
}

async function formPage(visit: Visit, { was, text, refusal }: FormState): Promise<Response> {
  const title = was ? `Edit ${was.name}` : 'New automation'
  const path = was ? `/automations/${was.id}` : '/automations'
  const deployments = await visit.services.deployments.list(visit.workspace)
  const from = was ? { path, name: was.name } : { path: '/automations', name: 'Automations' }
  return visit.c.html(
    <Frame visit={visit} title={title}>
      <Head title={title} from={from} />
      <Faults refusal={refusal ?? null} />
      <form class="form" method="post" action={was ? `${path}/edit` : path} data-mirror="#json">
        <Token visit={visit} />
        <div class="columns even">
          <div class="stack">
            <Card id="what" title="Name">
              <div class="body form">
                <JsonField id="name" label="Name" at="name" />
                <JsonField id="description" label="Description" at="description" />
              </div>
            </Card>
            <Card id="when" title="When">
              <div class="body form">
                <Field id="posture" label="Fires">
                  <select id="posture" data-at="trigger.posture">
                    <option value="Reactive">when it happens</option>
                    <option value="Proactive">when it does not happen</option>
                  </select>
                </Field>
                <JsonField
                  id="expect"
                  label="Events"
                  at="trigger.expect"
                  kind="list"
                  hint="Names, parted by commas; * at the end stands for anything"
                />
                <JsonField
                  id="match"
                  label="Resource id"
                  at="trigger.match.prefect\.resource\.id"
                  hint="* at the end stands for anything; empty for every resource"
                />
                <div class="row">
                  <JsonField id="threshold" label="Times" at="trigger.threshold" kind="number" />
                  <JsonField id="within" label="Within seconds" at="trigger.within" kind="number" />
                </div>
                <JsonField
                  id="for-each"
                  label="For each"
                  at="trigger.for_each"
                  kind="list"
                  hint="Labels whose values are counted apart, such as prefect.resource.id"
                />
              </div>
            </Card>
            <Card id="then" title="Then">
              <div class="body form">
                <Field id="action" label="Action">
                  <select id="action" data-at="actions.0.type">
                    {ACTIONS.map((type) => (
                      <option value={type}>{type}</option>
                    ))}
                  </select>
                </Field>
                <Field id="deployment" label="Deployment" data-when="actions.0.type=run-deployment">
                  <select id="deployment" data-at="actions.0.deployment_id">
                    <option value="">None</option>
                    {deployments.map(({ id, name }) => (
                      <option value={id}>{name}</option>
                    ))}
                  </select>
                </Field>
                <div data-when="actions.0.type=run-deployment">
                  <JsonField
                    id="after"
                    label="After seconds"
                    at="actions.0.schedule_after"
                    kind="number"
                    hint="The run waits that long, and can be changed or cancelled meanwhile"
                  />
                </div>
              </div>
            </Card>
          </div>
          <div class="stack">
            <Card id="json-title" title="As JSON" hint="This is what is saved">
              <div class="body">
                <Editor id="json" label="Automation as JSON" rows={34} text={text} />
                <p class="fault" id="json-fault" role="status" />
              </div>
            </Card>
            <Checks />
          </div>
        </div>
        <div class="actions">
          <button type="submit" class="button main-action">
            {was ? 'Save' : 'Create automation'}
          </button>
          <a class="button" href={path}>
            Cancel
          </a>
        </div>
        <BacktestPanel id={was?.id ?? null} />
      </form>
    </Frame>,
    refusal ? 422 : 200,
  )
}

/** Actions that the form can choose; the JSON takes all of them. */
const ACTIONS = [
  'run-deployment',
  'do-nothing',
  'cancel-flow-run',
  'send-notification',
  'call-webhook',
]

interface JsonFieldProps {
  id: string
  label: string
  /** Its place in the JSON, keys parted by dots. */
  at: string
  kind?: 'text' | 'number' | 'list'
  hint?: string
}

const JsonField = ({ id, label, at, kind = 'text', hint }: JsonFieldProps) => (
  <Field id={id} label={label} hint={hint}>
    <input
      id={id}
      data-at={at}
      data-kind={kind}
      {...(kind === 'number' && { inputmode: 'decimal' })}
    />
  </Field>
)
