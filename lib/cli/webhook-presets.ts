// `tripline webhook presets | secret`: senders that need no template of their own, and the secrets by which callers prove themselves.
import type { Command } from 'commander'
import { CATALOGUE, CATALOGUE_NAMES, type CataloguePreset } from '../core/webhook-catalogue.ts'
import { secondsOf } from './deployment.ts'
import { usage } from './errors.ts'
import { findWebhook } from './find.ts'
import { withExample } from './help.ts'
import { textOrFile } from './input.ts'
import { type OutputFlags, outputOption, printList, printObject, say } from './output.ts'
import type { Session } from './session.ts'

/** @throws CommandError listing those that there are */
export function presetNamed(name: string): CataloguePreset {
  const preset = Object.hasOwn(CATALOGUE, name) ? CATALOGUE[name] : undefined
  if (preset) return preset
  throw usage(
    `there is no preset '${name}'`,
    `Those that there are: ${CATALOGUE_NAMES.join(', ')}.`,
  )
}

/** A secret as it was said: a text, or @file, whose last line's end is no part of it. */
export const secretSaid = ({ terminal }: Session, said: string): string =>
  textOrFile(terminal, said).replace(/\r?\n$/, '')

export function addPresets(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('presets')
      .argument('[preset]', 'one of them, with its template')
      .description('senders that `create --preset` knows: signature, template, names of events')
      .addOption(outputOption())
      .action((said: string | undefined, flags: OutputFlags) => {
        if (said !== undefined) {
          return printObject(terminal, flags, { name: said, ...presetNamed(said) })
        }
        const presets = Object.entries(CATALOGUE).map(([name, preset]) => ({ name, ...preset }))
        printList(terminal, flags, presets, [
          { title: 'preset', of: ({ name }) => name, isWhole: true },
          { title: 'sender', of: ({ title }) => title },
          { title: 'signature', of: ({ signature, handshake }) => signature ?? handshake ?? '' },
          { title: 'events', of: ({ events }) => events.join(', ') },
        ])
      }),
    'tripline webhook presets',
    'tripline webhook presets github',
  )
  addSecret(group, session)
}

interface SecretFlags extends OutputFlags {
  secret?: string
  overlap: string
  remove?: string
}

function addSecret(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('secret')
      .argument('<webhook>', 'its id or name')
      .description('give it another secret, shown this once; those before it stay good for a while')
      .option('--secret <secret>', 'the sender’s, or @file (default: one is made)')
      .option('--overlap <duration>', 'how long the others stay good; 0: not at all', '1d')
      .option('--remove <id>', 'take this one away at once instead; `get` shows their ids')
      .addOption(outputOption())
      .action(async (said: string, flags: SecretFlags) => {
        const { client } = session.runtime()
        const { id, name } = await findWebhook(client, said)
        if (flags.remove !== undefined) {
          await client.webhooks.removeSecret(id, flags.remove)
          return say(terminal, `The secret is taken away from webhook '${name}'.`)
        }
        const made = await client.webhooks.addSecret(id, {
          ...(flags.secret !== undefined && { secret: secretSaid(session, flags.secret) }),
          expire_others_after: secondsOf(flags.overlap, '--overlap'),
        })
        printObject(terminal, flags, made)
      }),
    'tripline webhook secret github --overlap 2h',
    'tripline webhook secret stripe --secret @signing-secret.txt',
  )
}
