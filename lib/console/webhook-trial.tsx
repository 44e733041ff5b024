// The playground's right side: the events that a template makes of a request, whom they would concern, or what is wrong and where.
import type { Child } from 'hono/jsx'
import type { EventDraft } from '../core/event.ts'
import { stringifyJson } from '../core/json.ts'
import { type Change, jsonDiff } from '../core/json-diff.ts'
import type { WebhookTrial } from '../steps/webhook-trial.ts'
import { FAILURE_TITLES } from './failures.ts'
import { Json } from './json.tsx'
import { attempt, Faults } from './parts.tsx'
import type { Page, Visit } from './visit.ts'
import { requestOf, requestTyped, type TriedRequest } from './webhook-draft.ts'
import { counted } from './words.ts'

/** Asks for the trial anew, with the whole form. */
export const TRYING = {
  'hx-post': '/webhooks/render',
  'hx-trigger': 'input changed delay:300ms',
  'hx-target': '#trial',
  'hx-swap': 'outerHTML',
  'hx-include': 'closest form',
}

interface TrialProps {
  visit: Visit
  template: string
  request: TriedRequest
  webhookId: string | null
}

export const Trial = async ({ visit, template, request, webhookId }: TrialProps) => {
  const asked = { template, request: requestOf(request), webhook_id: webhookId }
  const tried = await attempt(() => visit.change('POST', '/webhooks/render', asked))
  if ('refusal' in tried) {
    return (
      <div id="trial" class="body">
        <Faults refusal={tried.refusal} />
      </div>
    )
  }
  const { events, errors, automations } = tried.done as WebhookTrial
  const [fault] = errors
  const changes = fault ? [] : await changesMade(visit, asked, events)
  return (
    <div
      id="trial"
      class="body stack"
      data-bad-line={String(fault?.line ?? 0)}
      data-editor="template-editor"
    >
      {fault && (
        <TemplateFault fault={fault}>
          {fault.line !== null && (
            <Marked template={template} line={fault.line} column={fault.column} />
          )}
        </TemplateFault>
      )}
      {changes.length > 0 && <Changes changes={changes} />}
      {events.map((event, i) => (
        <Json id={`trial-${i}`} value={{ ...event, related: undefined }} />
      ))}
      {automations.length > 0 && (
        <div>
          <h3 class="label">It would concern</h3>
          <ul>
            {automations.map(({ id, name, effect }) => (
              <li>
                <a class="link" href={`/automations/${id}`}>
                  {name}
                </a>{' '}
                <span class="quiet">{EFFECTS[effect]}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}

interface TemplateFaultProps {
  fault: WebhookTrial['errors'][number]
  children?: Child
}

/** Why a template made no event, and where in it. */
export const TemplateFault = ({ fault, children }: TemplateFaultProps) => (
  <div class="notice bad">
    <div>
      <strong>{FAILURE_TITLES[fault.cause]}</strong>
      {fault.line !== null && ` in line ${fault.line}, column ${fault.column}`}
      <p>{fault.message}</p>
      {children}
    </div>
  </div>
)

const EFFECTS = { fires: 'fires at once', counts: 'counts it', begins: 'begins to count' } as const

interface AskedTrial {
  template: string
  request: ReturnType<typeof requestOf>
  webhook_id: string | null
}

/** What the template would change in the events that the saved one makes of the same request. */
async function changesMade(
  { services, workspace, change }: Visit,
  asked: AskedTrial,
  after: WebhookTrial['events'],
): Promise<Change[]> {
  const saved = asked.webhook_id && (await services.webhooks.get(workspace, asked.webhook_id))
  if (!saved || saved.value.template === asked.template) return []
  const { template } = saved.value
  const before = (await change('POST', '/webhooks/render', { ...asked, template })) as WebhookTrial
  return jsonDiff(before.events.map(told), after.map(told))
}

/** What of an event its template decides. */
const told = ({ event, resource, related, payload }: EventDraft) => ({
  event,
  resource,
  related,
  payload,
})

const CHANGES_MAX = 20

const Changes = ({ changes }: { changes: Change[] }) => (
  <div>
    <h3 class="label">What your change does</h3>
    <ul class="changes">
      {changes.slice(0, CHANGES_MAX).map(({ path, before, after }) => (
        <li>
          <code>{path || '/'}</code>
          {before !== undefined && <del>{shortened(before)}</del>}
          {after !== undefined && <ins>{shortened(after)}</ins>}
        </li>
      ))}
    </ul>
    {changes.length > CHANGES_MAX && (
      <p class="quiet">and {counted(changes.length - CHANGES_MAX, 'change')} more</p>
    )}
  </div>
)

const SHOWN_LENGTH_MAX = 200

const shortened = (value: unknown): string => stringifyJson(value).slice(0, SHOWN_LENGTH_MAX)

/** The faulty line, with a mark under the place. */
const Marked = ({
  template,
  line,
  column,
}: {
  template: string
  line: number
  column: number | null
}) => (
  <pre class="marked">
    {template.split('\n')[line - 1]}
    {'\n'}
    {`${' '.repeat(Math.max(0, (column ?? 1) - 1))}^`}
  </pre>
)

export const renderWebhook: Page = (visit) => {
  const { template, webhook_id } = visit.form
  return visit.c.html(
    <Trial
      visit={visit}
      template={(template ?? '').replaceAll('\r\n', '\n')}
      request={requestTyped(visit.form)}
      webhookId={webhook_id ?? null}
    />,
  )
}
