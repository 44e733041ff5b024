// A tree of prefixes (a radix tree): all those that a text begins with are found in one walk along the text, however many others
// there are. Looking up every length in use would grow with the variety of prefixes.

interface Node<T> {
  /** What the text must go on with to come here. */
  edge: string
  value: T | undefined
  /** By the first UTF-16 unit of their edges. */
  children: Map<number, Node<T>> | undefined
}

export interface PrefixTree<T> {
  get(prefix: string): T | undefined
  set(prefix: string, value: T): void
  delete(prefix: string): void
  /** The values of all prefixes that the text begins with, '' and the text itself among them, shortest first. */
  visit(text: string, visitor: (value: T) => void): void
}

export function createPrefixTree<T>(): PrefixTree<T> {
  const root: Node<T> = { edge: '', value: undefined, children: undefined }
  return {
    get: (prefix) => find(root, prefix)?.value,
    set: (prefix, value) => {
      insert(root, prefix).value = value
    },
    delete: (prefix) => {
      remove(root, prefix)
    },
    visit: (text, visitor) => {
      let at = 0
      for (let node: Node<T> | undefined = root; node; ) {
        if (node.value !== undefined) visitor(node.value)
        node = childOn(node, text, at)
        at += node?.edge.length ?? 0
      }
    },
  }
}

/** The child that the text leads to from `at`. */
function childOn<T>(node: Node<T>, text: string, at: number): Node<T> | undefined {
  const child = node.children?.get(text.charCodeAt(at))
  return child && text.startsWith(child.edge, at) ? child : undefined
}

function find<T>(root: Node<T>, prefix: string): Node<T> | undefined {
  let at = 0
  let node: Node<T> | undefined = root
  while (node && at < prefix.length) {
    node = childOn(node, prefix, at)
    at += node?.edge.length ?? 0
  }
  return node
}

function insert<T>(root: Node<T>, prefix: string): Node<T> {
  let node = root
  for (let at = 0; at < prefix.length; at += node.edge.length) {
    node = stepInto(node, prefix.slice(at))
  }
  return node
}

/** The child on the way to `rest`; made, or cut off an edge that goes another way from some point on. */
function stepInto<T>(node: Node<T>, rest: string): Node<T> {
  const unit = rest.charCodeAt(0)
  node.children ??= new Map()
  const child = node.children.get(unit)
  const shared = child ? sharedLength(child.edge, rest) : 0
  if (child && shared === child.edge.length) return child
  const next: Node<T> = {
    edge: child ? rest.slice(0, shared) : rest,
    value: undefined,
    children: undefined,
  }
  if (child) {
    child.edge = child.edge.slice(shared)
    next.children = new Map([[child.edge.charCodeAt(0), child]])
  }
  node.children.set(unit, next)
  return next
}

function sharedLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a.charCodeAt(length) === b.charCodeAt(length)) length += 1
  return length
}

/** Nodes that lead nowhere any more go too; chains that a split left behind stay, and are used again. */
function remove<T>(node: Node<T>, rest: string): boolean {
  if (rest === '') node.value = undefined
  else {
    const child = childOn(node, rest, 0)
    if (child && remove(child, rest.slice(child.edge.length))) {
      node.children?.delete(rest.charCodeAt(0))
      if (node.children?.size === 0) node.children = undefined
    }
  }
  return node.value === undefined && node.children === undefined
}
