// A tree run over a context, from its first statement to its text.
import { TemplateError } from './errors.ts'
import { Evaluation, type EvaluationOptions, Sink, scopeIn } from './evaluation.ts'
import { capture, execute } from './execute.ts'
import { blocksIn, type SyntaxTree } from './parser.ts'
import { Callable, model, type Piece, type Value } from './values.ts'

/** Run a tree over a context. The result is the text, or its pieces when `weaving`. Throws TemplateError. */
export function evaluate(
  tree: SyntaxTree,
  context: object,
  options: EvaluationOptions,
): { text: string; pieces: readonly Piece[] } {
  const evaluation: Evaluation = new Evaluation(context, options, () => selfOf(tree, evaluation))
  const sink = new Sink(evaluation, true)
  try {
    execute(evaluation, tree.body, evaluation.top, sink)
    return { text: sink.text, pieces: sink.pieces ?? [] }
  } catch (error) {
    if (error instanceof TemplateError) throw error.locate(tree.source, evaluation.at)
    // The budgets keep stack and texts small; should they ever not suffice, JavaScript's own limits are one more budget.
    if (error instanceof RangeError) throw new TemplateError('budget', error.message, 'engine')
    throw error
  }
}

/** `self.block()`: the blocks of this template, callable. */
function selfOf(tree: SyntaxTree, evaluation: Evaluation): Value {
  const blocks = new Map(blocksIn(tree.body).map((block) => [block.name, block]))
  return model({
    type: 'TemplateReference',
    attribute: (name) => {
      const block = blocks.get(name)
      if (!block) return undefined
      return new Callable(name, () => capture(evaluation, block.body, scopeIn(evaluation.top)))
    },
  })
}
