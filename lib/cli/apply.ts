// `tripline plan` shows how the project differs from what is there; `tripline apply` makes it so.
import type { Command } from 'commander'
import { type ConfirmFlags, confirm, YES_FLAG } from './confirm.ts'
import { withExample } from './help.ts'
import { painter, printable, say } from './output.ts'
import { type Change, planProject } from './plan.ts'
import { readProject } from './project.ts'
import type { Session } from './session.ts'

interface PlanFlags extends ConfirmFlags {
  file?: string
  json?: true
}

const FILE_FLAG = [
  '-f, --file <path>',
  'the project file (default: tripline.yaml, tripline.yml or prefect.yaml)',
] as const

export function addPlanAndApply(program: Command, session: Session): void {
  const { terminal } = session
  withExample(
    program
      .command('plan')
      .description('show what apply would change')
      .option(...FILE_FLAG)
      .option('--json', 'as JSON')
      .action(async ({ file, json }: PlanFlags) => {
        const { client } = session.runtime()
        const changes = await planProject(client, await readProject(terminal, client, file))
        terminal.stdout.write(json ? planJson(changes) : planText(changes, session))
      }),
    'tripline plan',
    "tripline plan --json | jq '.changes[].name'",
  )
  withExample(
    program
      .command('apply')
      .description('make deployments, webhooks and automations as the project file has them')
      .option(...FILE_FLAG)
      .option('--json', 'as JSON')
      .option(...YES_FLAG)
      .action((flags: PlanFlags) => apply(session, flags)),
    'tripline apply --yes',
  )
}

async function apply(session: Session, flags: PlanFlags): Promise<void> {
  const { terminal } = session
  const { client } = session.runtime()
  const changes = await planProject(client, await readProject(terminal, client, flags.file))
  const due = changes.filter(({ action }) => action !== 'none')
  terminal.stdout.write(flags.json ? planJson(changes) : planText(changes, session))
  if (due.length === 0) return
  await confirm(terminal, flags, `Make ${count(due.length, 'change')}?`)
  for (const change of due) {
    const id = await change.make()
    say(terminal, `${change.kind} '${change.name}' is ${change.action}d (${id})`)
  }
}

/** The changes for programs; `changes` is empty when there is nothing to do. */
function planJson(all: Change[]): string {
  const changes = all
    .filter(({ action }) => action !== 'none')
    .map(({ kind, name, action, differences }) => ({ kind, name, action, differences }))
  return `${JSON.stringify({ changes, unchanged: all.length - changes.length }, null, 2)}\n`
}

/** The changes for people: what is made, and of what is changed each key before and after. */
export function planText(changes: Change[], { terminal }: Pick<Session, 'terminal'>): string {
  const paint = painter(terminal, terminal.stdout)
  const lines = changes.flatMap(({ kind, name, action, differences }) => {
    if (action === 'none') return []
    const sign = action === 'create' ? paint.green('+') : paint.yellow('~')
    const title = `${sign} ${kind} ${paint.bold(name)}`
    if (action === 'create') return [title]
    return [
      title,
      ...differences.map(
        ({ path, from, to }) =>
          `    ${path}: ${paint.red(brief(from))} → ${paint.green(brief(to))}`,
      ),
    ]
  })
  const unchanged = changes.filter(({ action }) => action === 'none').length
  if (lines.length === 0)
    return `Nothing to change: all ${unchanged} are as the project has them.\n`
  const [create, update] = (['create', 'update'] as const).map(
    (wanted) => changes.filter(({ action }) => action === wanted).length,
  )
  return `${lines.join('\n')}\n\n${create} to create, ${update} to change, ${unchanged} unchanged.\n`
}

/** Characters of a value in a plan. */
const BRIEF_LENGTH_MAX = 60

function brief(value: unknown): string {
  const text = value === undefined ? '(none)' : printable(JSON.stringify(value))
  return text.length > BRIEF_LENGTH_MAX ? `${text.slice(0, BRIEF_LENGTH_MAX - 1)}…` : text
}

export const count = (amount: number, noun: string): string =>
  `${amount} ${noun}${amount === 1 ? '' : 's'}`
