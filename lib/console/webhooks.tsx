// Webhooks: the list, one of them with its calls, and what can be done with it. The form is webhook-form.tsx, its playground
// webhook-trial.tsx.

import { shownWebhook, type Webhook } from '../core/webhook-definition.ts'
import type { WebhookDelivery } from '../core/webhook-delivery.ts'
import { listDeliveries } from '../steps/webhook-deliveries.ts'
import { FAILURE_TITLES } from './failures.ts'
import { EventList } from './feed.tsx'
import { Spark } from './histogram.tsx'
import { Icon } from './icons.tsx'
import { Frame, Head } from './layout.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { Action, Code, Copy, Empty, Status, Switch, Time } from './parts.tsx'
import { hourly, recentOf } from './recent.ts'
import type { Page, Visit } from './visit.ts'
import { counted } from './words.ts'

/** Calls and deliveries shown on a webhook's page. */
const RECENT_MAX = 10

const hookUrl = ({ url }: Visit, { slug }: Webhook): string => `${url.origin}/hooks/${slug}`

/** The resource that a webhook is in events of it and about it. */
const resourceOf = ({ id }: Webhook): string => `prefect-cloud.webhook.${id}`

const curlOf = (visit: Visit, webhook: Webhook): string =>
  [
    `curl ${hookUrl(visit, webhook)} \\`,
    `  -H 'Content-Type: application/json' -d '{"name": "rye", "loaves": 12}'`,
  ].join('\n')

export const webhooksPage: Page = async (visit) => {
  const { c, services, workspace } = visit
  const all = (await services.webhooks.list(workspace)).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )
  const calls = await hourly(visit, all.map(resourceOf))
  return c.html(
    <Frame visit={visit} title="Webhooks">
      <Head title="Webhooks" sub="Addresses that others call. Each call becomes an event.">
        <a class="button main-action" href="/webhooks/new">
          <Icon name="plus" />
          New webhook
        </a>
      </Head>
      <section class="card" aria-label="Webhooks">
        {all.length === 0 ? (
          <Empty icon="webhook" title="No webhooks yet">
            <p>
              A webhook is an address that GitHub, Stripe or any program can call. Create one, call
              it, and see the event in the feed.
            </p>
            <a class="button main-action" href="/webhooks/new">
              Create a webhook
            </a>
          </Empty>
        ) : (
          <div class="table">
            <table>
              <thead>
                <tr>
                  <th>Name</th>
                  <th class="wide">URL</th>
                  <th>Signature</th>
                  <th class="wide">Last 24 hours</th>
                  <th>Enabled</th>
                </tr>
              </thead>
              <tbody>
                {all.map((webhook, i) => (
                  <tr data-row id={`w-${webhook.id}`}>
                    <td>
                      <div class="title">
                        <a href={`/webhooks/${webhook.id}`}>{webhook.name}</a>
                      </div>
                      <div class="quiet">{webhook.description}</div>
                    </td>
                    <td class="wide">
                      <div class="copy-line">
                        <code>/hooks/{webhook.slug}</code>
                        <Copy of={hookUrl(visit, webhook)} />
                      </div>
                    </td>
                    <td>{signatureName(webhook)}</td>
                    <td class="wide">
                      <Spark
                        counts={calls[i] ?? []}
                        label={`${counted(sum(calls[i] ?? []), 'event')} in 24 hours`}
                      />
                    </td>
                    <td>
                      <Switch
                        visit={visit}
                        path={`/webhooks/${webhook.id}/enable`}
                        isOn={webhook.enabled}
                        label={`${webhook.name} enabled`}
                      />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </Frame>,
  )
}

const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0)

const signatureName = ({ signature }: Webhook): string =>
  signature === null ? 'None' : signature.scheme === 'preset' ? signature.preset : signature.scheme

export const webhookPage: Page = async (visit) => {
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
        sub={webhook.description || 'No description'}
        from={{ path: '/webhooks', name: 'Webhooks' }}
      >
        <Status tone={webhook.enabled ? 'good' : 'calm'}>
          {webhook.enabled ? 'Enabled' : 'Disabled'}
        </Status>
        <Switch
          visit={visit}
          path={`${path}/enable`}
          isOn={webhook.enabled}
          label={`${webhook.name} enabled`}
        />
        <Action
          visit={visit}
          path={`${path}/rotate`}
          confirm="Give this webhook a new URL? The old one is invalid at once."
        >
          Rotate URL
        </Action>
        <a class="button main-action" href={`${path}/edit`}>
          <Icon name="edit" />
          Edit
        </a>
      </Head>
      <section class="card" aria-labelledby="url">
        <header>
          <h2 id="url">Call it</h2>
          <span class="quiet">Whoever knows the URL may call. Keep it secret.</span>
        </header>
        <div class="body stack">
          <div class="copy-line">
            <code id="hook-url">{hookUrl(visit, webhook)}</code>
            <Copy of="#hook-url" label="Copy URL" />
          </div>
          <Code id="hook-curl" text={curlOf(visit, webhook)} />
        </div>
      </section>
      <div class="columns">
        <section class="card" aria-labelledby="events">
          <header>
            <h2 id="events">Recent events</h2>
            <a class="link" href={`/?span=7d&related=${encodeURIComponent(resourceOf(webhook))}`}>
              In the feed
            </a>
          </header>
          {events.length > 0 ? (
            <EventList events={events} now={now} />
          ) : (
            <Empty icon="feed" title="Nothing yet">
              <p>Call it with the command above; the event appears here.</p>
            </Empty>
          )}
        </section>
        <div class="stack">
          <Failed visit={visit} webhook={webhook} deliveries={failed} />
          <Settings visit={visit} webhook={webhook} />
        </div>
      </div>
    </Frame>,
  )
}

interface FailedProps {
  visit: Visit
  webhook: Webhook
  deliveries: WebhookDelivery[]
}

const Failed = ({ visit, webhook, deliveries }: FailedProps) => (
  <section class="card" aria-labelledby="failed">
    <header>
      <h2 id="failed">Calls that made no event</h2>
      {deliveries.some(({ released }) => !released) && (
        <Action visit={visit} path={`/webhooks/${webhook.id}/release`} kind="small">
          Release all
        </Action>
      )}
    </header>
    {deliveries.length === 0 ? (
      <p class="body quiet">
        None. A call whose template fails is kept here, to be fixed and released.
      </p>
    ) : (
      <ol class="list narrow">
        {deliveries.map((delivery) => (
          <li data-row id={`d-${delivery.id}`}>
            <span class={`dot ${delivery.released ? 'good' : 'bad'}`} aria-hidden="true" />
            <a href={`/webhooks/${webhook.id}/deliveries/${delivery.id}`} class="cut">
              <div class="title cut">{FAILURE_TITLES[delivery.cause]}</div>
              <div class="under">{delivery.released ? 'Released' : delivery.message}</div>
            </a>
            <Time at={delivery.received} now={visit.now} />
          </li>
        ))}
      </ol>
    )}
  </section>
)

const Settings = ({ visit, webhook }: { visit: Visit; webhook: Webhook }) => {
  const { signature } = shownWebhook(webhook)
  return (
    <section class="card" aria-labelledby="settings">
      <header>
        <h2 id="settings">Settings</h2>
      </header>
      <div class="body stack">
        <dl class="facts">
          <dt>Signature</dt>
          <dd>{signatureName(webhook)}</dd>
          {signature && (
            <>
              <dt>Secrets</dt>
              <dd>{counted(signature.secrets.length, 'secret')}</dd>
            </>
          )}
          <dt>Rate limit</dt>
          <dd>
            {webhook.rate_limit
              ? `${webhook.rate_limit.per_second} a second, ${webhook.rate_limit.burst} at once`
              : 'None'}
          </dd>
          <dt>Created</dt>
          <dd>
            <Time at={webhook.created} now={visit.now} as="full" />
          </dd>
          <dt>Id</dt>
          <dd>
            <code>{webhook.id}</code>
          </dd>
        </dl>
        <Action
          visit={visit}
          path={`/webhooks/${webhook.id}/delete`}
          kind="danger"
          confirm={`Delete ${webhook.name}? Its URL is gone for good.`}
        >
          Delete webhook
        </Action>
      </div>
    </section>
  )
}

const pathOf = ({ c }: Visit): string => `/webhooks/${c.req.param('id')}`

/** Answers the switch as it is now, or the page for those without scripts. */
export const enableWebhook: Page = async (visit) => {
  const { c, form, change, services, workspace } = visit
  const enabled = form.enabled === 'true'
  await change('PATCH', pathOf(visit), { enabled })
  if (c.req.header('hx-request') === undefined) {
    return c.redirect(saying(enabled ? 'enabled' : 'disabled', pathOf(visit)), 303)
  }
  const found = await services.webhooks.get(workspace, c.req.param('id') ?? '')
  const name = found?.value.name ?? ''
  return c.html(
    <Switch
      visit={visit}
      path={`${pathOf(visit)}/enable`}
      isOn={enabled}
      label={`${name} enabled`}
    />,
  )
}

export const rotateWebhook: Page = async (visit) => {
  await visit.change('POST', `${pathOf(visit)}/rotate`)
  return visit.c.redirect(saying('rotated', pathOf(visit)), 303)
}

export const releaseWebhook: Page = async (visit) => {
  await visit.change('POST', `${pathOf(visit)}/deliveries/release`, {
    deliveries: { released: false },
  })
  return visit.c.redirect(pathOf(visit), 303)
}

export const deleteWebhook: Page = async (visit) => {
  await visit.change('DELETE', pathOf(visit))
  return visit.c.redirect(saying('deleted', '/webhooks'), 303)
}
