// Names of runs that nobody named: an adjective and an animal, chosen by the run's id, so that a run made twice has one name.
import { createHash } from 'node:crypto'

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

const ADJECTIVES = words(`
  agile amber ancient ardent artful autumnal balmy blithe bold brave breezy bright brisk bronze bubbly calm candid careful
  cheery chestnut chipper citrus clever cobalt copper coral cosmic cozy crimson crisp curious dapper daring dawning deft
  dusky eager earnest ebony elated emerald fabled faithful fearless festive fleet fluffy fond frosty gallant gentle gilded
  glad golden graceful hazel hearty honest humble indigo ivory jade jaunty jolly jovial keen kind lively lofty loyal lucid
  lunar mellow merry mighty misty modest nimble noble olive opal patient pearly plucky polite proud quick quiet radiant
  rustic saffron sandy sapphire scarlet serene shiny silver sleek snowy solar spry stellar steady sunny swift tidy tranquil
  upbeat velvet verdant vivid warm wily windy witty zesty`)

const ANIMALS = words(`
  alpaca antelope armadillo axolotl badger barracuda bear beaver beetle bison bobcat buffalo bullfinch butterfly camel
  capybara caracal caribou cheetah chinchilla cicada condor cormorant coyote crane cricket cuckoo curlew dolphin donkey
  dormouse dragonfly eagle egret eland elk falcon ferret finch firefly flamingo fox gazelle gecko gibbon giraffe goldfinch
  goose gopher grasshopper grouse guppy hamster hare hawk hedgehog heron hornet horse hummingbird ibex ibis iguana impala
  jackal jaguar jay kestrel kingfisher kiwi koala kudu ladybird lark lemming lemur leopard lizard llama lobster lynx macaw
  magpie mallard manatee marmot marten meerkat mole mongoose moose moth mule narwhal newt nightingale ocelot octopus okapi
  orca oryx osprey otter owl oyster panda panther parrot partridge pelican penguin pheasant pigeon platypus plover porpoise
  puffin puma quail rabbit raccoon raven reindeer robin salmon sandpiper seahorse seal shrew skylark sloth snail sparrow
  squid squirrel starling stork swallow swan tapir tern tiger toad toucan trout turtle viper vole wallaby walrus weasel
  whale wolf wombat woodpecker wren yak zebra`)

/** `cobalt-heron`, the same for the same id. Not unique: thousands of runs share a name. */
export function runName(runId: string): string {
  const number = createHash('sha1').update(runId).digest().readUInt32BE()
  const adjective = ADJECTIVES[number % ADJECTIVES.length]
  const animal = ANIMALS[Math.floor(number / ADJECTIVES.length) % ANIMALS.length]
  return `${adjective}-${animal}`
}
