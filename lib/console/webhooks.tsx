// Webhooks: the list. One of them is webhook-page.tsx, its form webhook-form.tsx, the form's playground webhook-trial.tsx.
import type { Webhook } from '../core/webhook-definition.ts'
import { Spark } from './histogram.tsx'
import { Frame, Head } from './layout.tsx'
import { Named, TableCard } from './lists.tsx'
import { Copy, Empty, MainLink, Switch } from './parts.tsx'
import { hourly } from './recent.ts'
import type { Page, Visit } from './visit.ts'
import { senderName } from './webhook-settings.tsx'
import { byName, counted } from './words.ts'

export const webhooksPage: Page = async (visit) => {
  const { c, services, workspace } = visit
  const all = (await services.webhooks.list(workspace)).toSorted(byName)
  const calls = await hourly(visit, all.map(resourceOf))
  return c.html(
    <Frame visit={visit} title="Webhooks">
      <Head title="Webhooks" sub="Addresses that others call. Each call becomes an event.">
        <MainLink path="/webhooks/new" icon="plus">
          New webhook
        </MainLink>
      </Head>
      <TableCard
        label="Webhooks"
        rows={all}
        prefix="w"
        empty={
          <Empty icon="webhook" title="No webhooks yet">
            <p>
              A webhook is an address that GitHub, Stripe or any program can call. Create one, call
              it, and see the event in the feed.
            </p>
            <MainLink path="/webhooks/new">Create a webhook</MainLink>
          </Empty>
        }
        columns={[
          {
            head: 'Name',
            cell: ({ id, name, description }) => (
              <Named path={`/webhooks/${id}`} name={name}>
                {description}
              </Named>
            ),
          },
          {
            head: 'URL',
            kind: 'wide',
            cell: (webhook) => (
              <div class="copy-line">
                <code>/hooks/{webhook.slug}</code>
                <Copy of={hookUrl(visit, webhook)} />
              </div>
            ),
          },
          { head: 'Signature', cell: (webhook) => signatureName(webhook) },
          {
            head: 'Last 24 hours',
            kind: 'wide',
            cell: (_, i) => (
              <Spark
                counts={calls[i] ?? []}
                labelFor={(count) => `${counted(count, 'event')} in 24 hours`}
              />
            ),
          },
          { head: 'Enabled', cell: (webhook) => <WebhookSwitch visit={visit} webhook={webhook} /> },
        ]}
      />
    </Frame>,
  )
}

/** On or off, in the list and on the page. */
export const WebhookSwitch = ({ visit, webhook }: { visit: Visit; webhook: Webhook }) => (
  <Switch
    visit={visit}
    path={`/webhooks/${webhook.id}/enable`}
    isOn={webhook.enabled}
    label={`${webhook.name} enabled`}
  />
)

/** How calls prove themselves, for people. */
export const signatureName = ({ signature }: Pick<Webhook, 'signature'>): string =>
  signature === null
    ? 'None'
    : senderName(signature.scheme === 'preset' ? signature.preset : signature.scheme)

/** Where a webhook is called. */
export const hookUrl = ({ url }: Visit, { slug }: Webhook): string => `${url.origin}/hooks/${slug}`

/** The resource that a webhook is in events of it and about it. */
export const resourceOf = ({ id }: Webhook): string => `prefect-cloud.webhook.${id}`
