// `tripline completion`: scripts for shells, made of the very tree of commands, so that what is
// completed is what there is.
import { Argument, type Command } from 'commander'
import { withExample } from './help.ts'
import type { Session } from './session.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

export function addCompletion(program: Command, { terminal }: Session): void {
  withExample(
    program
      .command('completion')
      .addArgument(new Argument('<shell>').choices(SHELLS))
      .description('print a script that completes commands and flags')
      .action((shell: Shell) => {
        terminal.stdout.write(completionOf(shell, program))
      }),
    'source <(tripline completion bash)',
    'tripline completion zsh > ~/.zsh/completions/_tripline',
    'tripline completion fish > ~/.config/fish/completions/tripline.fish',
  )
}

/** A command, by the words that lead to it, and the words that may come next. */
interface Place {
  path: string
  words: string[]
}

/** The script for a shell. */
export function completionOf(shell: Shell, program: Command): string {
  const places = placesOf(program)
  switch (shell) {
    case 'bash':
      return bash(places)
    case 'zsh':
      return `#compdef tripline\nautoload -U +X bashcompinit && bashcompinit\n${bash(places)}`
    case 'fish':
      return fish(places)
    default:
      return shell satisfies never
  }
}

function placesOf(command: Command, path: string[] = []): Place[] {
  const words = [
    ...command.commands.map((child) => child.name()),
    ...command.options.flatMap(({ long }) => long ?? []),
    '--help',
  ]
  const here = { path: path.join(' '), words }
  return [here, ...command.commands.flatMap((child) => placesOf(child, [...path, child.name()]))]
}

function bash(places: Place[]): string {
  const cases = places.map(({ path, words }) => `    '${path}') words='${words.join(' ')}' ;;`)
  const known = places.map(({ path }) => `'${path}'`).join('|')
  return `_tripline() {
  local path='' next words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in ${known}) path="$next" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -o default -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _tripline tripline
`
}

function fish(places: Place[]): string {
  const lines = places.map(({ path, words }) => {
    const said = path === '' ? '' : `__fish_seen_subcommand_from ${path.split(' ').at(-1)}`
    const parent = path.includes(' ')
      ? `__fish_seen_subcommand_from ${path.split(' ')[0]}; and `
      : ''
    const condition = path === '' ? '__fish_use_subcommand' : `${parent}${said}`
    return `complete -c tripline -f -n '${condition}' -a '${words.join(' ')}'`
  })
  return `${lines.join('\n')}\n`
}
