// Webhooks: the list. One of them is webhook-page.tsx, its form webhook-form.tsx, the form's playground webhook-trial.tsx.
import type { Webhook } from '../core/webhook-definition.ts'
import { Spark } from './histogram.tsx'
import { Icon } from './icons.tsx'
import { Frame, Head } from './layout.tsx'
import { Copy, Empty, Switch } from './parts.tsx'
import { hourly } from './recent.ts'
import type { Page, Visit } from './visit.ts'
import { senderName } from './webhook-settings.tsx'
import { counted } from './words.ts'

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

/** How calls prove themselves, for people. */
export const signatureName = ({ signature }: Pick<Webhook, 'signature'>): string =>
  signature === null
    ? 'None'
    : senderName(signature.scheme === 'preset' ? signature.preset : signature.scheme)

/** Where a webhook is called. */
export const hookUrl = ({ url }: Visit, { slug }: Webhook): string => `${url.origin}/hooks/${slug}`

/** The resource that a webhook is in events of it and about it. */
export const resourceOf = ({ id }: Webhook): string => `prefect-cloud.webhook.${id}`
