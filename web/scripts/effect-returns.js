/* An effect, or the callback of a ref, may return nothing but its clean-up. The types let through what is declared void, though a
 * browser may return something there: scrollIntoView() is declared void, and returns a promise in recent ones, which React
 * then calls as the clean-up. */
import ts from 'typescript';

const EFFECTS = new Set(['useEffect', 'useLayoutEffect', 'useInsertionEffect']);

function isEffect(node) {
  const { parent } = node;
  if (parent.type === 'CallExpression' && parent.arguments[0] === node) {
    const { callee } = parent;
    return EFFECTS.has(callee.type === 'MemberExpression' ? callee.property.name : callee.name);
  }
  return (
    parent.type === 'JSXExpressionContainer' &&
    parent.parent.type === 'JSXAttribute' &&
    parent.parent.name.name === 'ref'
  );
}

function mayBeCleanUp(type) {
  const parts = type.isUnion() ? type.types : [type];
  return parts.every((part) => part.getCallSignatures().length > 0 || (part.flags & ts.TypeFlags.Undefined) !== 0);
}

export const effectReturns = {
  meta: {
    type: 'problem',
    messages: { value: 'An effect may return only its clean-up: put the call in braces.' },
    schema: [],
  },
  create(context) {
    const { parserServices } = context.sourceCode;
    const functions = [];

    const check = (expression) => {
      if (!mayBeCleanUp(parserServices.getTypeAtLocation(expression)))
        context.report({ node: expression, messageId: 'value' });
    };
    const enter = (node) => {
      functions.push(node);
      if (node.body.type !== 'BlockStatement' && isEffect(node)) check(node.body);
    };
    const leave = () => {
      functions.pop();
    };
    return {
      ArrowFunctionExpression: enter,
      'ArrowFunctionExpression:exit': leave,
      FunctionExpression: enter,
      'FunctionExpression:exit': leave,
      FunctionDeclaration: enter,
      'FunctionDeclaration:exit': leave,
      ReturnStatement({ argument }) {
        if (argument && functions.length > 0 && isEffect(functions.at(-1))) check(argument);
      },
    };
  },
};
