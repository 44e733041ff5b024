// A call that made no event: what came, what was wrong, what the webhook would make of it now, and its release.
import type { WebhookDelivery } from '../core/webhook-delivery.ts'
import { renderWith } from '../steps/webhook-deliveries.ts'
import { Card, Fact } from './cards.tsx'
import { FAILURE_TITLES } from './failures.ts'
import { Json } from './json.tsx'
import { Frame, Head } from './layout.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { Action, Code, Status, Time } from './parts.tsx'
import type { Page } from './visit.ts'
import { TemplateFault } from './webhook-trial.tsx'
import { counted } from './words.ts'

export const deliveryPage: Page = async (visit) => {
  const { c, services, workspace } = visit
  const [id = '', deliveryId = ''] = [c.req.param('id'), c.req.param('delivery')]
  const webhook = await services.webhooks.get(workspace, id)
  const found = webhook && (await services.webhookDeliveries.get(workspace, id, deliveryId))
  if (!found) return notHere(visit, 'call')
  const delivery = found.value
  const { events, errors } = renderWith(services, webhook.value, delivery, null)
  const path = `/webhooks/${id}/deliveries/${deliveryId}`
  return c.html(
    <Frame visit={visit} title={FAILURE_TITLES[delivery.cause]}>
      <Head
        title={FAILURE_TITLES[delivery.cause]}
        sub={delivery.message}
        from={{ path: `/webhooks/${id}`, name: webhook.value.name }}
      >
        {delivery.released ? (
          <Status tone="good">Released</Status>
        ) : (
          <>
            <Status tone="bad">Not released</Status>
            <a class="button" href={`/webhooks/${id}/edit?delivery=${deliveryId}`}>
              Fix the template
            </a>
            {events.length > 0 && (
              <Action visit={visit} path={`${path}/release`} kind="main-action">
                Release
              </Action>
            )}
          </>
        )}
      </Head>
      <div class="columns even">
        <Request delivery={delivery} now={visit.now} />
        <Card id="now" title={delivery.released ? 'What it became' : 'What it would be now'}>
          <div class="body stack">
            {errors.map((fault) => (
              <TemplateFault fault={fault} />
            ))}
            {delivery.released?.events.map((event) => (
              <a class="link mono" href={`/events/${event}`}>
                {event}
              </a>
            ))}
            {events.map((event, i) => (
              <Json id={`event-${i}`} value={event} />
            ))}
          </div>
        </Card>
      </div>
    </Frame>,
  )
}

const Request = ({ delivery, now }: { delivery: WebhookDelivery; now: number }) => {
  const { request, received, verified } = delivery
  return (
    <Card id="request" title="Request" hint={<Time at={received} now={now} as="full" />}>
      <div class="body stack">
        <dl class="facts">
          <Fact name="Method">
            <code>{request.method}</code>
          </Fact>
          {verified && <Fact name="Signature">{verified.ok ? 'Good' : 'Wrong'}</Fact>}
          {request.headers.map(([name, value]) => (
            <>
              <dt class="mono">{name}</dt>
              <dd class="mono">{value}</dd>
            </>
          ))}
        </dl>
        {request.body === null ? (
          <p class="quiet">
            The body, {counted(request.body_bytes, 'byte')}, was too large to be kept.
          </p>
        ) : (
          <Code id="request-body" text={request.body} />
        )}
      </div>
    </Card>
  )
}

export const releaseDelivery: Page = async ({ c, change }) => {
  const webhook = `/webhooks/${c.req.param('id')}`
  await change('POST', `${webhook}/deliveries/${c.req.param('delivery')}/release`)
  return c.redirect(saying('released', webhook), 303)
}
