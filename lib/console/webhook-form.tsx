// Creating and editing a webhook: its name, who may call, and its template, tried on a request while one types.
import type { Refusal } from '../core/errors.ts'
import { PRESET_NAMES, type PresetName } from '../core/signature-presets.ts'
import { DEFAULT_TEMPLATE, type Webhook } from '../core/webhook-definition.ts'
import { listDeliveries } from '../steps/webhook-deliveries.ts'
import { FAILURE_TITLES } from './failures.ts'
import { Frame, Head } from './layout.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { attempt, Faults, Token } from './parts.tsx'
import type { Page, Visit } from './visit.ts'
import { SAMPLE, Trial } from './webhook-trial.tsx'
import { spoken } from './words.ts'

/** Templates to begin with: as they stand, each makes an event of its sender's requests. */
const STARTS: { name: string; template: string }[] = [
  { name: 'The whole call', template: DEFAULT_TEMPLATE },
  {
    name: 'From the body',
    template: `{
  "event": "bread.{{ body.event or 'called' }}",
  "resource": {
    "prefect.resource.id": "bread.{{ body.name }}",
    "prefect.resource.name": "{{ body.name }}"
  },
  "payload": {{ body | tojson }}
}`,
  },
  {
    name: 'GitHub',
    template: `{
  "event": "github.{{ headers['x-github-event'] }}",
  "resource": {
    "prefect.resource.id": "github.repository.{{ body.repository.full_name }}",
    "prefect.resource.name": "{{ body.repository.full_name }}"
  },
  "payload": {{ body | tojson }}
}`,
  },
]

/** Failed calls offered as requests to try. */
const OFFERED_MAX = 5

interface Draft {
  name: string
  description: string
  template: string
  /** A preset's name; '' is none, and `kept` a scheme that this form cannot say. */
  signature: string
  request: string
}

const EMPTY: Draft = {
  name: '',
  description: '',
  template: DEFAULT_TEMPLATE,
  signature: '',
  request: SAMPLE,
}

export const newWebhookPage: Page = (visit) => formPage(visit, { was: null, draft: EMPTY })

export const createWebhook: Page = async (visit) => {
  const draft = draftOf(visit)
  const tried = await attempt(() => visit.change('POST', '/webhooks', bodyOf(visit, draft)))
  if ('refusal' in tried) return formPage(visit, { was: null, draft, refusal: tried.refusal })
  const { id } = tried.done as { id: string }
  return visit.c.redirect(saying('created', `/webhooks/${id}`), 303)
}

async function webhookOf({ c, services, workspace }: Visit): Promise<Webhook | null> {
  const found = await services.webhooks.get(workspace, c.req.param('id') ?? '')
  return found?.value ?? null
}

export const editWebhookPage: Page = async (visit) => {
  const was = await webhookOf(visit)
  if (!was) return notHere(visit, 'webhook')
  const { name, description, template, signature } = was
  const known = signature?.scheme === 'preset' ? signature.preset : signature ? 'kept' : ''
  const draft = { name, description, template, signature: known, request: SAMPLE }
  return formPage(visit, { was, draft })
}

export const saveWebhook: Page = async (visit) => {
  const was = await webhookOf(visit)
  if (!was) return notHere(visit, 'webhook')
  const draft = draftOf(visit)
  const path = `/webhooks/${was.id}`
  const tried = await attempt(() => visit.change('PATCH', path, bodyOf(visit, draft)))
  if ('refusal' in tried) return formPage(visit, { was, draft, refusal: tried.refusal })
  return visit.c.redirect(saying('saved', path), 303)
}

const draftOf = ({ form }: Visit): Draft => ({
  name: form.name ?? '',
  description: form.description ?? '',
  template: (form.template ?? '').replaceAll('\r\n', '\n'),
  signature: form.signature ?? '',
  request: form.request ?? SAMPLE,
})

function bodyOf({ form }: Visit, { name, description, template, signature }: Draft) {
  const secret = form.secret ? { secret: form.secret } : {}
  return {
    name,
    description,
    template,
    ...(signature === 'kept'
      ? {}
      : { signature: signature === '' ? null : { preset: signature, ...secret } }),
  }
}

interface FormState {
  was: Webhook | null
  draft: Draft
  refusal?: Refusal
}

async function formPage(visit: Visit, { was, draft, refusal }: FormState): Promise<Response> {
  const title = was ? `Edit ${was.name}` : 'New webhook'
  const path = was ? `/webhooks/${was.id}` : '/webhooks'
  return visit.c.html(
    <Frame visit={visit} title={title}>
      <Head
        title={title}
        from={was ? { path, name: was.name } : { path: '/webhooks', name: 'Webhooks' }}
      />
      <Faults refusal={refusal ?? null} />
      <form class="form" method="post" action={was ? `${path}/edit` : path}>
        <Token visit={visit} />
        {was && <input type="hidden" name="webhook_id" value={was.id} />}
        <section class="card" aria-label="Name and signature">
          <div class="body form">
            <div class="row">
              <div class="field">
                <label for="name">Name</label>
                <input id="name" name="name" value={draft.name} required maxlength={255} />
              </div>
              <div class="field">
                <label for="description">Description</label>
                <input id="description" name="description" value={draft.description} />
              </div>
            </div>
            <Signatures draft={draft} />
          </div>
        </section>
        <div class="columns even">
          <section class="card" aria-labelledby="template-title">
            <header>
              <h2 id="template-title">Template</h2>
              <span class="actions">
                {STARTS.map(({ name, template }) => (
                  <span>
                    <button type="button" class="button small" data-fill="#template">
                      {name}
                    </button>
                    <span hidden data-sample>
                      {template}
                    </span>
                  </span>
                ))}
              </span>
            </header>
            <div class="body form">
              <div class="editor" id="template-editor">
                <div class="gutter" aria-hidden="true" />
                <textarea
                  id="template"
                  name="template"
                  rows={14}
                  spellcheck={false}
                  aria-label="Template"
                  {...TRYING}
                >
                  {draft.template}
                </textarea>
              </div>
              <div class="field">
                <label for="request">Request body to try</label>
                <textarea id="request" name="request" rows={6} spellcheck={false} {...TRYING}>
                  {draft.request}
                </textarea>
                {was && <Offered visit={visit} webhook={was} />}
              </div>
            </div>
          </section>
          <section class="card" aria-labelledby="trial-title" aria-live="polite">
            <header>
              <h2 id="trial-title">The event it makes</h2>
              <span class="quiet">as you type</span>
            </header>
            <Trial
              visit={visit}
              template={draft.template}
              request={draft.request}
              webhookId={was?.id ?? null}
            />
          </section>
        </div>
        <div class="actions">
          <button type="submit" class="button main-action">
            {was ? 'Save' : 'Create webhook'}
          </button>
          <a class="button" href={path}>
            Cancel
          </a>
        </div>
      </form>
    </Frame>,
    refusal ? 422 : 200,
  )
}

/** Asks for the trial anew, with the whole form. */
const TRYING = {
  'hx-post': '/webhooks/render',
  'hx-trigger': 'input changed delay:300ms',
  'hx-target': '#trial',
  'hx-swap': 'outerHTML',
  'hx-include': 'closest form',
}

const senderName = (preset: PresetName): string => SENDERS[preset] ?? spoken(preset)

const SENDERS: Partial<Record<PresetName, string>> = {
  github: 'GitHub',
  gitlab: 'GitLab',
  pagerduty: 'PagerDuty',
  'api-key': 'API key',
  basic: 'Basic password',
  bearer: 'Bearer token',
}

const Signatures = ({ draft }: { draft: Draft }) => (
  <fieldset class="pick">
    <legend class="label">Who may call</legend>
    {[
      ['', 'Whoever has the URL'] as const,
      ...PRESET_NAMES.map((name) => [name, senderName(name)] as const),
    ].map(([value, label]) => (
      <label>
        <input type="radio" name="signature" value={value} checked={draft.signature === value} />
        {label}
      </label>
    ))}
    {draft.signature === 'kept' && (
      <label>
        <input type="radio" name="signature" value="kept" checked />
        As it is
      </label>
    )}
    <div class="field whole">
      <label for="secret">Secret</label>
      <input
        id="secret"
        name="secret"
        type="password"
        autocomplete="new-password"
        placeholder="What the sender signs with; it is sealed and never shown again"
      />
    </div>
  </fieldset>
)

/** Bodies of calls that failed, to be tried with one click. */
const Offered = async ({ visit, webhook }: { visit: Visit; webhook: Webhook }) => {
  const page = { filter: {}, before: null, limit: OFFERED_MAX }
  const failed = await listDeliveries(visit.services, visit.workspace, webhook.id, page)
  const withBody = failed.filter(({ request }) => request.body)
  if (withBody.length === 0) return null
  return (
    <div class="tags">
      <span class="hint">Calls that failed:</span>
      {withBody.map(({ cause, received, request }) => (
        <span>
          <button type="button" class="button small" data-fill="#request">
            {FAILURE_TITLES[cause]}, {received.slice(11, 16)}
          </button>
          <span hidden data-sample>
            {request.body ?? ''}
          </span>
        </span>
      ))}
    </div>
  )
}
