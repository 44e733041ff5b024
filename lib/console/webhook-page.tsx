// One webhook: how it is called, what came of its calls, and its settings.
import type { Refusal } from '../core/errors.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import type { WebhookDelivery } from '../core/webhook-delivery.ts'
import { listDeliveries } from '../steps/webhook-deliveries.ts'
import { Card, ShownOnce } from './cards.tsx'
import { FAILURE_TITLES } from './failures.ts'
import { EventList } from './feed.tsx'
import { Frame, Head } from './layout.tsx'
import { ShortList } from './lists.tsx'
import { notHere } from './not-here.tsx'
import { Action, Code, Copy, Empty, Faults, MainLink, Status } from './parts.tsx'
import { recentOf } from './recent.ts'
import type { Page, Visit } from './visit.ts'
import { Capture, Secrets, Settings } from './webhook-panels.tsx'
import { hookUrl, resourceOf, WebhookSwitch } from './webhooks.tsx'

/** Calls and deliveries shown on a webhook's page. */
const RECENT_MAX = 10

const curlOf = (visit: Visit, webhook: Webhook): string =>
  [
    `curl ${hookUrl(visit, webhook)} \\`,
    `  -H 'Content-Type: application/json' -d '{"name": "rye", "loaves": 12}'`,
  ].join('\n')

export const webhookPage: Page = (visit) => showWebhook(visit, {})

interface Shown {
  /** Of a secret that was made just now: it is on this one page and nowhere else. */
  secret?: string
  refusal?: Refusal
}

/** The page; with a new secret, or with what was refused. */
export async function showWebhook(visit: Visit, { secret, refusal }: Shown): Promise<Response> {
  const { c, services, workspace, now } = visit
  const found = await services.webhooks.get(workspace, c.req.param('id') ?? '')
  if (!found) return notHere(visit, 'webhook')
  const webhook = found.value
  const page = { filter: {}, before: null, limit: RECENT_MAX }
  const failed = await listDeliveries(services, workspace, webhook.id, page)
  const events = await recentOf(visit, resourceOf(webhook), RECENT_MAX)
  const path = `/webhooks/${webhook.id}`
  return c.html(
    <Frame visit={visit} title={webhook.name}>
      <Head
        title={webhook.name}
        sub={webhook.description}
        from={{ path: '/webhooks', name: 'Webhooks' }}
      >
        <Status tone={webhook.enabled ? 'good' : 'calm'}>
          {webhook.enabled ? 'Enabled' : 'Disabled'}
        </Status>
        <WebhookSwitch visit={visit} webhook={webhook} />
        <Capture visit={visit} webhook={webhook} />
        <Action
          visit={visit}
          path={`${path}/rotate`}
          confirm="Give this webhook a new URL? The old one is invalid at once."
        >
          Rotate URL
        </Action>
        <MainLink path={`${path}/edit`} icon="edit">
          Edit
        </MainLink>
      </Head>
      <Faults refusal={refusal ?? null} />
      {secret && <ShownOnce id="secret" title="The new secret" text={secret} />}
      <Card id="url" title="Call it" hint="Whoever knows the URL may call. Keep it secret.">
        <div class="body stack">
          <div class="copy-line">
            <code id="hook-url">{hookUrl(visit, webhook)}</code>
            <Copy of="#hook-url" label="Copy URL" />
          </div>
          <Code id="hook-curl" text={curlOf(visit, webhook)} />
        </div>
      </Card>
      <div class="columns">
        <Card
          id="events"
          title="Recent events"
          aside={
            <a class="link" href={`/?span=7d&related=${encodeURIComponent(resourceOf(webhook))}`}>
              In the feed
            </a>
          }
        >
          {events.length > 0 ? (
            <EventList events={events} now={now} />
          ) : (
            <Empty icon="feed" title="Nothing yet">
              <p>Call it with the command above; the event appears here.</p>
            </Empty>
          )}
        </Card>
        <div class="stack">
          <Failed visit={visit} webhook={webhook} deliveries={failed} />
          <Secrets visit={visit} webhook={webhook} />
          <Settings visit={visit} webhook={webhook} />
        </div>
      </div>
    </Frame>,
    refusal ? 422 : 200,
  )
}

interface FailedProps {
  visit: Visit
  webhook: Webhook
  deliveries: WebhookDelivery[]
}

const whatCame = ({ cause, released, message }: WebhookDelivery): string =>
  cause === 'CAPTURED' ? 'Its events are in the feed' : released ? 'Released' : message

const Failed = ({ visit, webhook, deliveries }: FailedProps) => (
  <Card
    id="failed"
    title="Calls that were kept"
    aside={
      deliveries.some(({ released }) => !released) && (
        <Action visit={visit} path={`/webhooks/${webhook.id}/release`} kind="small">
          Release all
        </Action>
      )
    }
  >
    {deliveries.length === 0 ? (
      <p class="body quiet">
        None. A call that makes no event is kept here, to be fixed and released.
      </p>
    ) : (
      <ShortList
        rows={deliveries.map((delivery) => ({
          id: `d-${delivery.id}`,
          tone: delivery.released ? 'good' : 'bad',
          path: `/webhooks/${webhook.id}/deliveries/${delivery.id}`,
          title: FAILURE_TITLES[delivery.cause],
          under: whatCame(delivery),
          at: delivery.received,
        }))}
        now={visit.now}
      />
    )}
  </Card>
)
