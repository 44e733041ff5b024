// The playground's right side: the events that a template makes of a request, whom they would concern, or what is wrong and where.
import type { WebhookTrial } from '../steps/webhook-trial.ts'
import { FAILURE_TITLES } from './failures.ts'
import { Json } from './json.tsx'
import { attempt, Faults } from './parts.tsx'
import type { Page, Visit } from './visit.ts'

/** A body to begin with. */
export const SAMPLE = `{
  "event": "baked",
  "name": "rye",
  "loaves": 12
}`

interface TrialProps {
  visit: Visit
  template: string
  request: string
  webhookId: string | null
}

export const Trial = async ({ visit, template, request, webhookId }: TrialProps) => {
  const headers = { 'Content-Type': 'application/json', 'X-GitHub-Event': 'push' }
  const asked = { template, request: { body: request, headers }, webhook_id: webhookId }
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
  return (
    <div
      id="trial"
      class="body stack"
      data-bad-line={String(fault?.line ?? 0)}
      data-editor="template-editor"
    >
      {fault && (
        <div class="notice bad">
          <div>
            <strong>{FAILURE_TITLES[fault.cause]}</strong>
            {fault.line !== null && ` in line ${fault.line}, column ${fault.column}`}
            <p>{fault.message}</p>
            {fault.line !== null && (
              <Marked template={template} line={fault.line} column={fault.column} />
            )}
          </div>
        </div>
      )}
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

const EFFECTS = { fires: 'fires at once', counts: 'counts it', begins: 'begins to count' } as const

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
  const { template = '', request = '', webhook_id } = visit.form
  return visit.c.html(
    <Trial
      visit={visit}
      template={template.replaceAll('\r\n', '\n')}
      request={request}
      webhookId={webhook_id ?? null}
    />,
  )
}
