import { quote } from '../quote.ts';

/*
 * The syntax tree, after Go's text/template/parse/node.go. `position` is where Go reports an error of the node, in
 * UTF-16 units of the template's text.
 */

export interface TextNode {
  readonly kind: 'text';
  readonly position: number;
  readonly text: string;
}

export interface ActionNode {
  readonly kind: 'action';
  readonly position: number;
  readonly pipe: PipeNode;
}

export interface BranchNode {
  readonly kind: 'if' | 'range' | 'with';
  readonly position: number;
  readonly pipe: PipeNode;
  readonly list: ListNode;
  readonly elseList?: ListNode;
}

export interface TemplateNode {
  readonly kind: 'template';
  readonly position: number;
  readonly name: string;
  readonly pipe?: PipeNode;
}

export interface LoopControlNode {
  readonly kind: 'break' | 'continue';
  readonly position: number;
}

export type ActionLike = TextNode | ActionNode | BranchNode | TemplateNode | LoopControlNode;

export interface ListNode {
  readonly kind: 'list';
  readonly position: number;
  readonly nodes: readonly ActionLike[];
}

export interface PipeNode {
  readonly kind: 'pipe';
  readonly position: number;
  /** Variables that it declares, or assigns if {@link assigns}. */
  readonly variables: readonly VariableNode[];
  readonly assigns: boolean;
  readonly commands: readonly CommandNode[];
}

export interface CommandNode {
  readonly kind: 'command';
  readonly position: number;
  /** The first word and its arguments. */
  readonly words: readonly [OperandNode, ...OperandNode[]];
}

export interface IdentifierNode {
  readonly kind: 'identifier';
  readonly position: number;
  readonly name: string;
}

export interface VariableNode {
  readonly kind: 'variable';
  readonly position: number;
  /** Includes its `$`. */
  readonly name: string;
  readonly fields: readonly string[];
}

export interface DotNode {
  readonly kind: 'dot';
  readonly position: number;
}

export interface NilNode {
  readonly kind: 'nil';
  readonly position: number;
}

export interface FieldNode {
  readonly kind: 'field';
  readonly position: number;
  readonly fields: readonly string[];
}

/** Fields of the result of a function or of a parenthesised pipeline. */
export interface ChainNode {
  readonly kind: 'chain';
  readonly position: number;
  readonly operand: IdentifierNode | PipeNode;
  readonly fields: readonly string[];
}

export interface BoolNode {
  readonly kind: 'bool';
  readonly position: number;
  readonly value: boolean;
}

/** A constant, in each Go type that can represent it. */
export interface NumberNode {
  readonly kind: 'number';
  readonly position: number;
  readonly text: string;
  readonly int?: number | bigint;
  readonly uint?: bigint;
  readonly float?: number;
  readonly complex?: { readonly real: number; readonly imaginary: number };
}

export interface StringNode {
  readonly kind: 'string';
  readonly position: number;
  /** As written, with quotes. */
  readonly quoted: string;
  readonly value: string;
}

export type OperandNode =
  | IdentifierNode
  | VariableNode
  | DotNode
  | NilNode
  | FieldNode
  | ChainNode
  | BoolNode
  | NumberNode
  | StringNode
  | PipeNode;

export type Node = ActionLike | ListNode | CommandNode | OperandNode;

const dotted = (fields: readonly string[]): string => fields.map((field) => `.${field}`).join('');

const operand = (node: OperandNode): string => (node.kind === 'pipe' ? `(${print(node)})` : print(node));

/** The normalised template text of a node, like Go's `Node.String`. */
export function print(node: Node): string {
  switch (node.kind) {
    case 'list':
      return node.nodes.map(print).join('');
    case 'text':
      return node.text;
    case 'action':
      return `{{${print(node.pipe)}}}`;
    case 'if':
    case 'range':
    case 'with': {
      const otherwise = node.elseList ? `{{else}}${print(node.elseList)}` : '';
      return `{{${node.kind} ${print(node.pipe)}}}${print(node.list)}${otherwise}{{end}}`;
    }
    case 'template':
      return `{{template ${quote(node.name)}${node.pipe ? ` ${print(node.pipe)}` : ''}}}`;
    case 'break':
    case 'continue':
      return `{{${node.kind}}}`;
    case 'command':
      return node.words.map(operand).join(' ');
    default:
      return printOperand(node);
  }
}

function printOperand(node: OperandNode): string {
  switch (node.kind) {
    case 'pipe': {
      const names = node.variables.map(print).join(', ');
      const declaration = names === '' ? '' : `${names} ${node.assigns ? '=' : ':='} `;
      return declaration + node.commands.map(print).join(' | ');
    }
    case 'identifier':
      return node.name;
    case 'variable':
      return node.name + dotted(node.fields);
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'field':
      return dotted(node.fields);
    case 'chain':
      return operand(node.operand) + dotted(node.fields);
    case 'bool':
      return String(node.value);
    case 'number':
      return node.text;
    case 'string':
      return node.quoted;
  }
}
