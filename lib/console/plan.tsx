// The plan: what a project's next `apply` would change, as `tripline plan --publish` kept it, with what its triggers would have done. A plan
// reads the project's own files and code, so it is made where those are; here it is shown.
import { z } from 'zod'
import { Fact } from './cards.tsx'
import { Frame, Head } from './layout.tsx'
import { Empty, Status, Time } from './parts.tsx'
import type { Page } from './visit.ts'
import { counted, titled } from './words.ts'

/** The key under which the command line keeps plans. */
const PLAN_ARTIFACT = 'tripline-plan'

/** What `plan --json` writes, as far as it is shown. Anybody who may write can keep an artifact of this key. */
const planSchema = z.object({
  changes: z.array(
    z.object({
      kind: z.string(),
      name: z.string(),
      action: z.enum(['create', 'update']),
      differences: z
        .array(z.object({ path: z.string(), from: z.unknown(), to: z.unknown() }))
        .default([]),
      backtests: z
        .array(
          z.object({
            trigger: z.string(),
            firings: z.object({ now: z.number(), before: z.number().nullable() }),
            warnings: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
          }),
        )
        .default([]),
    }),
  ),
  unchanged: z.number(),
})

type Plan = z.output<typeof planSchema>
type Change = Plan['changes'][number]

export const planPage: Page = async ({ c, services, workspace, now, ...visit }) => {
  const [kept] = await services.artifacts.ofKey(workspace, PLAN_ARTIFACT, 1)
  const plan = planSchema.safeParse(kept?.data).data
  return c.html(
    <Frame visit={{ c, now, ...visit }} title="Plan">
      <Head title="Plan" sub="What the project's next apply would change." />
      {kept && plan ? (
        <>
          <p class="quiet">
            Made <Time at={kept.created} now={now} />. {counted(plan.unchanged, 'thing')} would stay
            as they are.
          </p>
          {plan.changes.length === 0 ? (
            <Empty icon="check" title="Nothing to change">
              <p>Everything is as the project has it.</p>
            </Empty>
          ) : (
            plan.changes.map((change) => <Changed change={change} />)
          )}
        </>
      ) : (
        <Empty icon="deployment" title="No plan has been kept">
          <p>Where the project is, say:</p>
          <pre class="code">tripline plan --publish</pre>
        </Empty>
      )}
    </Frame>,
  )
}

const Changed = ({
  change: { kind, name, action, differences, backtests },
}: {
  change: Change
}) => (
  <section class="card" aria-label={`${kind} ${name}`}>
    <header>
      <h2>
        {titled(kind)} {name}
      </h2>
      <Status tone={action === 'create' ? 'good' : 'warn'}>
        {action === 'create' ? 'New' : 'Changed'}
      </Status>
    </header>
    {(backtests.length > 0 || action === 'update') && (
      <div class="body">
        {backtests.map(({ trigger, firings, warnings }) => (
          <>
            <p>
              {trigger} would have fired {counted(firings.now, 'time')} in the last week
              {firings.before === null ? '' : `, was ${firings.before}`}.
            </p>
            {warnings.map(({ path, message }) => (
              <p class="fault">
                {path}: {message}
              </p>
            ))}
          </>
        ))}
        {action === 'update' && (
          <dl class="facts">
            {differences.map(({ path, from, to }) => (
              <Fact name={path}>
                <code>{text(from)}</code> → <code>{text(to)}</code>
              </Fact>
            ))}
          </dl>
        )}
      </div>
    )}
  </section>
)

const text = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value))
