// Creating and editing a webhook: who calls, by which rules, and its template, tried on a request while one types. With a call that made
// no event (`?delivery=`), it is fixed here: saved and released at once.
import type { Refusal } from '../core/errors.ts'
import { CATALOGUE } from '../core/webhook-catalogue.ts'
import { DEFAULT_TEMPLATE, type Webhook } from '../core/webhook-definition.ts'
import { Card } from './cards.tsx'
import { Editor, Field } from './fields.tsx'
import { Frame, Head } from './layout.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { attempt, Faults, Token } from './parts.tsx'
import type { Page, Visit } from './visit.ts'
import {
  bodyOf,
  type Draft,
  draftOf,
  draftOfPreset,
  draftTyped,
  requestTyped,
  type TriedRequest,
} from './webhook-draft.ts'
import { requestOfDelivery, type Sample, Samples, samplesOf } from './webhook-samples.tsx'
import { Catalogue, Rules, Setup, Signature, senderName } from './webhook-settings.tsx'
import { TRYING, Trial } from './webhook-trial.tsx'

interface FormState {
  was: Webhook | null
  draft: Draft
  request: TriedRequest
  /** A sender of the catalogue. */
  preset?: string | null
  /** The call that is to be released when the template is saved. */
  delivery?: string | null
  refusal?: Refusal
}

export const newWebhookPage: Page = (visit) => {
  const asked = visit.url.searchParams.get('preset')
  const known = asked !== null && Object.hasOwn(CATALOGUE, asked) ? CATALOGUE[asked] : undefined
  const draft = known && asked ? draftOfPreset(senderName(asked), known) : draftOf(null)
  return formPage(visit, {
    was: null,
    draft,
    request: requestTyped({}),
    preset: known ? asked : null,
  })
}

export const createWebhook: Page = async (visit) => {
  const draft = draftTyped(visit.form)
  const body = bodyOf(draft, visit.form.secret)
  const tried = await attempt(() => visit.change('POST', '/webhooks', body))
  if ('refusal' in tried) {
    const { refusal } = tried
    return formPage(visit, { was: null, draft, request: requestTyped(visit.form), refusal })
  }
  const { id } = tried.done as { id: string }
  return visit.c.redirect(saying('created', `/webhooks/${id}`), 303)
}

async function webhookOf({ c, services, workspace }: Visit): Promise<Webhook | null> {
  const found = await services.webhooks.get(workspace, c.req.param('id') ?? '')
  return found?.value ?? null
}

export const editWebhookPage: Page = async (visit) => {
  const { services, workspace, url } = visit
  const was = await webhookOf(visit)
  if (!was) return notHere(visit, 'webhook')
  const asked = url.searchParams.get('delivery')
  const found = asked && (await services.webhookDeliveries.get(workspace, was.id, asked))
  const [real] = await samplesOf(visit, was)
  const request = (found && requestOfDelivery(found.value)) || real?.request || requestTyped({})
  return formPage(visit, { was, draft: draftOf(was), request, delivery: found ? asked : null })
}

export const saveWebhook: Page = async (visit) => {
  const { change, form, c } = visit
  const was = await webhookOf(visit)
  if (!was) return notHere(visit, 'webhook')
  const draft = draftTyped(form)
  const { delivery = null } = form
  const path = `/webhooks/${was.id}`
  const tried = await attempt(async () => {
    await change('PATCH', path, bodyOf(draft, form.secret))
    if (delivery) {
      await change('POST', `${path}/deliveries/${encodeURIComponent(delivery)}/release`)
    }
  })
  if ('refusal' in tried) {
    const { refusal } = tried
    return formPage(visit, { was, draft, request: requestTyped(form), delivery, refusal })
  }
  return c.redirect(saying(delivery ? 'fixed' : 'saved', path), 303)
}

async function formPage(visit: Visit, state: FormState): Promise<Response> {
  const { was, draft, request, delivery, preset = null, refusal } = state
  const title = was ? `Edit ${was.name}` : 'New webhook'
  const path = was ? `/webhooks/${was.id}` : '/webhooks'
  const save = delivery ? 'Save and release' : was ? 'Save' : 'Create webhook'
  return visit.c.html(
    <Frame visit={visit} title={title}>
      <Head
        title={title}
        from={was ? { path, name: was.name } : { path: '/webhooks', name: 'Webhooks' }}
      />
      <Faults refusal={refusal ?? null} />
      {!was && <Catalogue chosen={preset} />}
      {preset && <Setup name={preset} />}
      <form class="form" method="post" action={was ? `${path}/edit` : path}>
        <Token visit={visit} />
        {was && <input type="hidden" name="webhook_id" value={was.id} />}
        {delivery && <input type="hidden" name="delivery" value={delivery} />}
        <section class="card" aria-label="Name and signature">
          <div class="body form">
            <div class="row">
              <Field id="name" label="Name">
                <input id="name" name="name" value={draft.name} required maxlength={255} />
              </Field>
              <Field id="description" label="Description">
                <input id="description" name="description" value={draft.description} />
              </Field>
            </div>
            <Signature draft={draft} isNew={!was} />
          </div>
        </section>
        <div class="columns even">
          <div class="stack">
            <Template text={draft.template} />
            <Request samples={was ? await samplesOf(visit, was) : []} request={request} />
          </div>
          <Card
            id="trial-title"
            title="The event it makes"
            hint="As you type"
            kind="stays"
            aria-live="polite"
          >
            <Trial
              visit={visit}
              template={draft.template}
              request={request}
              webhookId={was?.id ?? null}
            />
          </Card>
        </div>
        <Rules draft={draft} />
        <div class="actions">
          <button type="submit" class="button main-action">
            {save}
          </button>
          <a class="button" href={delivery ? `${path}/deliveries/${delivery}` : path}>
            Cancel
          </a>
        </div>
      </form>
    </Frame>,
    refusal ? 422 : 200,
  )
}

/** Templates to begin with, for senders that the catalogue does not have. */
const STARTS = {
  'The whole call': DEFAULT_TEMPLATE,
  'From the body': `{
  "event": "bread.{{ body.event or 'called' }}",
  "resource": {
    "prefect.resource.id": "bread.{{ body.name }}",
    "prefect.resource.name": "{{ body.name }}"
  },
  "payload": {{ body | tojson }}
}`,
}

const Template = ({ text }: { text: string }) => (
  <Card
    id="template-title"
    title="Template"
    aside={
      <span class="actions">
        {Object.entries(STARTS).map(([name, start]) => (
          <span>
            <button type="button" class="button small" data-fill="template">
              {name}
            </button>
            <span hidden data-sample>
              {JSON.stringify({ '#template': start })}
            </span>
          </span>
        ))}
      </span>
    }
  >
    <div class="body">
      <Editor id="template" label="Template" rows={14} text={text} {...TRYING} />
    </div>
  </Card>
)

const METHODS = ['POST', 'PUT', 'PATCH', 'GET', 'DELETE']

interface RequestProps {
  samples: Sample[]
  request: TriedRequest
}

const Request = ({ samples, request }: RequestProps) => (
  <Card id="request-title" title="A request to try it on">
    <div class="body form">
      <Samples samples={samples} />
      <div class="row method">
        <Field id="request_method" label="Method">
          <select id="request_method" name="request_method" {...TRYING} hx-trigger="change">
            {METHODS.map((method) => (
              <option selected={request.method === method}>{method}</option>
            ))}
          </select>
        </Field>
        <Field id="request_query" label="Query">
          <input
            id="request_query"
            name="request_query"
            value={request.query}
            placeholder="oven=1&amp;shift=night"
            class="mono"
            {...TRYING}
          />
        </Field>
      </div>
      <Field id="request_headers" label="Headers">
        <textarea
          id="request_headers"
          name="request_headers"
          rows={3}
          spellcheck={false}
          {...TRYING}
        >
          {request.headers}
        </textarea>
      </Field>
      <Field id="request_body" label="Body">
        <textarea id="request_body" name="request_body" rows={7} spellcheck={false} {...TRYING}>
          {request.body}
        </textarea>
      </Field>
    </div>
  </Card>
)
